//! An order as the Orders API, 2026-01-01, has it. Buyer and recipient are restricted data: they are never asked for.

use super::call::Ask;
use super::call::Call;
use super::limits;
use crate::wire::percent_encode;
use common::platform::{ExternalOrder, ExternalOrderLine, OrderStatus};
use serde::{Deserialize, Serialize};

/// The path of all orders.
pub const ORDERS: &str = "/orders/2026-01-01/orders";

/// What is read of an order besides what it always has.
pub const DATA: &str = "PROCEEDS,FULFILLMENT";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    order_id: String,
    created_time: String,
    last_updated_time: String,
    sales_channel: SalesChannel,
    proceeds: Option<Proceeds>,
    fulfillment: Option<Fulfilment>,
    pub order_items: Vec<Line>,
    #[serde(default)]
    pub packages: Vec<Package>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SalesChannel {
    marketplace_id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proceeds {
    grand_total: Option<Money>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    amount: String,
    currency_code: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fulfilment {
    fulfillment_status: Status,
    fulfilled_by: Option<String>,
}

/// Amazon's words for where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    PendingAvailability,
    Pending,
    Unshipped,
    PartiallyShipped,
    Shipped,
    Cancelled,
    Unfulfillable,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::PendingAvailability => "PENDING_AVAILABILITY",
            Self::Pending => "PENDING",
            Self::Unshipped => "UNSHIPPED",
            Self::PartiallyShipped => "PARTIALLY_SHIPPED",
            Self::Shipped => "SHIPPED",
            Self::Cancelled => "CANCELLED",
            Self::Unfulfillable => "UNFULFILLABLE",
        }
    }

    const fn external(self) -> OrderStatus {
        match self {
            Self::PendingAvailability | Self::Pending => OrderStatus::Pending,
            Self::Unshipped => OrderStatus::Open,
            Self::PartiallyShipped => OrderStatus::PartiallyFulfilled,
            Self::Shipped => OrderStatus::Fulfilled,
            Self::Cancelled | Self::Unfulfillable => OrderStatus::Cancelled,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub order_item_id: String,
    quantity_ordered: i64,
    product: Product,
    fulfillment: Option<LineFulfilment>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    title: Option<String>,
    seller_sku: Option<String>,
    price: Option<Price>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    unit_price: Option<Money>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LineFulfilment {
    quantity_fulfilled: Option<i64>,
    quantity_unfulfilled: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    pub package_reference_id: String,
    pub tracking_number: Option<String>,
}

impl Line {
    pub fn sku(&self) -> Option<&str> {
        self.product.seller_sku.as_deref()
    }

    fn fulfilled(&self) -> i64 {
        let told = self.fulfillment.as_ref();
        told.and_then(|it| it.quantity_fulfilled).unwrap_or(0)
    }

    /// Pieces that are still to be sent.
    pub fn open(&self) -> i64 {
        let told = self.fulfillment.as_ref();
        told.and_then(|it| it.quantity_unfulfilled)
            .unwrap_or_else(|| self.quantity_ordered - self.fulfilled())
            .max(0)
    }

    fn external(self) -> ExternalOrderLine {
        let price = self.product.price.as_ref();
        let price = price.and_then(|price| price.unit_price.as_ref());
        ExternalOrderLine {
            fulfilled_quantity: self.fulfilled(),
            price: price.map_or_else(|| "0".to_owned(), |money| money.amount.clone()),
            external_product_id: self.product.seller_sku.clone(),
            external_id: self.order_item_id,
            sku: self.product.seller_sku,
            title: self.product.title.unwrap_or_default(),
            quantity: self.quantity_ordered,
        }
    }
}

impl Order {
    /// Where it stands; an order that does not say is not to be acted on yet.
    pub fn status(&self) -> Status {
        let told = self.fulfillment.as_ref();
        told.map_or(Status::Pending, |it| it.fulfillment_status)
    }

    pub fn is_sent_by_amazon(&self) -> bool {
        let told = self.fulfillment.as_ref();
        told.is_some_and(|it| it.fulfilled_by.as_deref() == Some("AMAZON"))
    }

    pub fn market_id(&self) -> Option<&str> {
        self.sales_channel.marketplace_id.as_deref()
    }

    /// RFC 3339.
    pub fn updated_at(&self) -> &str {
        &self.last_updated_time
    }

    /// As the API shows it. An order that waits for its payment has no prices: they are `0`, in the currency of
    /// the store.
    pub fn external(self, currency: &str) -> ExternalOrder {
        let status = self.status();
        let total = self.proceeds.and_then(|proceeds| proceeds.grand_total);
        let (total, currency) = match total {
            Some(money) => (money.amount, money.currency_code),
            None => ("0".to_owned(), currency.to_owned()),
        };
        ExternalOrder {
            number: self.order_id.clone(),
            external_id: self.order_id,
            status: status.external(),
            channel_status: status.name().to_owned(),
            currency,
            total,
            placed_at: self.created_time,
            updated_at: self.last_updated_time,
            lines: self.order_items.into_iter().map(Line::external).collect(),
        }
    }
}

/// Reads one order with `data`.
pub fn get(id: &str, data: &str) -> Ask {
    Ask::get(
        limits::GET_ORDER,
        format!("{ORDERS}/{}", percent_encode(id)),
    )
    .query("includedData", data)
}

/// The currency of the store's prices.
pub fn currency(call: Call<'_>) -> &'static str {
    call.market().map_or("USD", |market| market.currency)
}
