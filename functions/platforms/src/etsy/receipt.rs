//! Receipts: what we call orders. Names and addresses of buyers are not read.

use super::money::Money;
use super::time;
use common::platform::{ExternalOrder, ExternalOrderLine, OrderStatus, PlatformError};
use serde::Deserialize;

/// A receipt.
#[derive(Debug, Deserialize)]
pub struct Receipt {
    pub receipt_id: u64,
    pub status: String,
    pub is_paid: bool,
    pub is_shipped: bool,
    created_timestamp: i64,
    updated_timestamp: i64,
    grandtotal: Money,
    pub shipments: Vec<Shipment>,
    pub transactions: Vec<Transaction>,
}

/// A parcel that was reported.
#[derive(Debug, Deserialize)]
pub struct Shipment {
    pub receipt_shipping_id: Option<u64>,
    #[serde(default)]
    pub tracking_code: Option<String>,
}

/// A line of a receipt.
#[derive(Debug, Deserialize)]
pub struct Transaction {
    transaction_id: u64,
    title: Option<String>,
    pub quantity: i64,
    listing_id: Option<u64>,
    pub sku: Option<String>,
    price: Money,
    shipped_timestamp: Option<i64>,
}

impl Receipt {
    /// Where it stands. The documentation writes the words in lower case, the API has been seen to
    /// answer `Paid` and `Completed`.
    pub fn order_status(&self) -> OrderStatus {
        match self.status.to_ascii_lowercase().as_str() {
            "canceled" => OrderStatus::Cancelled,
            "fully refunded" => OrderStatus::Refunded,
            _ if self.is_shipped => OrderStatus::Fulfilled,
            "completed" => OrderStatus::Fulfilled,
            _ if self.is_paid => OrderStatus::Open,
            _ => OrderStatus::Pending,
        }
    }

    /// As everybody else reads it.
    pub fn external(self) -> Result<ExternalOrder, PlatformError> {
        let status = self.order_status();
        let all_sent = status == OrderStatus::Fulfilled;
        let lines: Result<Vec<_>, _> = self
            .transactions
            .into_iter()
            .map(|line| line.external(all_sent))
            .collect();
        Ok(ExternalOrder {
            external_id: self.receipt_id.to_string(),
            number: self.receipt_id.to_string(),
            status,
            channel_status: self.status,
            currency: self.grandtotal.currency_code.clone(),
            total: self.grandtotal.text()?,
            placed_at: time::text(self.created_timestamp, "created_timestamp")?,
            updated_at: time::text(self.updated_timestamp, "updated_timestamp")?,
            lines: lines?,
        })
    }
}

impl Transaction {
    fn external(self, all_sent: bool) -> Result<ExternalOrderLine, PlatformError> {
        let is_sent = all_sent || self.shipped_timestamp.is_some();
        Ok(ExternalOrderLine {
            external_id: self.transaction_id.to_string(),
            sku: self.sku.filter(|sku| !sku.is_empty()),
            external_product_id: self.listing_id.map(|id| id.to_string()),
            title: self.title.unwrap_or_default(),
            quantity: self.quantity,
            fulfilled_quantity: if is_sent { self.quantity } else { 0 },
            price: self.price.text()?,
        })
    }
}
