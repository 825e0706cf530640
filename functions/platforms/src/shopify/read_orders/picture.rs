//! An order as the shop has it, and what we make of it.

use crate::shopify::answer::Connection;
use common::platform::{ExternalOrder, ExternalOrderLine, OrderStatus};
use serde::{Deserialize, Serialize};

/// As `list_orders.graphql` and `get_order.graphql` ask for it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: String,
    name: String,
    created_at: String,
    updated_at: String,
    cancelled_at: Option<String>,
    currency_code: String,
    display_financial_status: Option<String>,
    display_fulfillment_status: String,
    total_price_set: Price,
    pub line_items: Connection<Line>,
}

/// In the shop's currency.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    shop_money: Money,
}

#[derive(Serialize, Deserialize)]
struct Money {
    amount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    id: String,
    sku: Option<String>,
    title: String,
    quantity: i64,
    current_quantity: i64,
    unfulfilled_quantity: i64,
    original_unit_price_set: Price,
    product: Option<Product>,
}

#[derive(Serialize, Deserialize)]
struct Product {
    id: String,
}

impl Order {
    /// Takes the head and the further lines of `later`, which was read after.
    pub fn add(&mut self, later: Self) {
        let mut lines = std::mem::take(&mut self.line_items.nodes);
        *self = later;
        lines.append(&mut self.line_items.nodes);
        self.line_items.nodes = lines;
    }

    pub fn external(self) -> ExternalOrder {
        let financial = self.display_financial_status.as_deref();
        let channel_status = match financial {
            Some(financial) => format!("{financial}, {}", self.display_fulfillment_status),
            None => self.display_fulfillment_status.clone(),
        };
        ExternalOrder {
            status: self.status(),
            external_id: self.id,
            number: self.name,
            channel_status: channel_status.to_lowercase(),
            currency: self.currency_code,
            total: self.total_price_set.shop_money.amount,
            placed_at: self.created_at,
            updated_at: self.updated_at,
            lines: self
                .line_items
                .nodes
                .into_iter()
                .map(Line::external)
                .collect(),
        }
    }

    fn status(&self) -> OrderStatus {
        let financial = self.display_financial_status.as_deref();
        let fulfilment = self.display_fulfillment_status.as_str();
        match (financial, fulfilment) {
            _ if self.cancelled_at.is_some() => OrderStatus::Cancelled,
            (Some("REFUNDED"), _) => OrderStatus::Refunded,
            (_, "FULFILLED" | "FULFILLMENT_NOT_REQUIRED") => OrderStatus::Fulfilled,
            (_, "PARTIALLY_FULFILLED") => OrderStatus::PartiallyFulfilled,
            (_, "ON_HOLD" | "SCHEDULED") => OrderStatus::Pending,
            // Money that is promised, not paid, or will never come.
            (Some("PENDING" | "AUTHORIZED" | "PARTIALLY_PAID" | "EXPIRED" | "VOIDED"), _) => {
                OrderStatus::Pending
            }
            // PAID, PARTIALLY_REFUNDED, or an order that costs nothing.
            _ => OrderStatus::Open,
        }
    }
}

impl Line {
    fn external(self) -> ExternalOrderLine {
        ExternalOrderLine {
            external_id: self.id,
            sku: self.sku.filter(|sku| !sku.is_empty()),
            external_product_id: self.product.map(|product| product.id),
            title: self.title,
            quantity: self.quantity,
            // What was removed or paid back is in neither of the two.
            fulfilled_quantity: (self.current_quantity - self.unfulfilled_quantity).max(0),
            price: self.original_unit_price_set.shop_money.amount,
        }
    }
}
