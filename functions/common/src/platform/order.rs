//! An order as a channel has it. Names and addresses of customers are not part of it: what is not kept
//! can't be lost.

use serde::Serialize;

/// An order as the channel has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExternalOrder {
    /// The channel's id.
    pub external_id: String,
    /// What people call it; the id where the channel has no other name.
    pub number: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// The channel's own word for that.
    pub channel_status: String,
    /// ISO 4217.
    pub currency: String,
    /// Decimal text, all included.
    pub total: String,
    /// RFC 3339.
    pub placed_at: String,
    /// RFC 3339: of two pictures of an order the later one is right.
    pub updated_at: String,
    /// What was bought.
    pub lines: Vec<ExternalOrderLine>,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Not paid, or not yet for us to act on.
    Pending,
    /// To be sent.
    Open,
    /// A part was sent.
    PartiallyFulfilled,
    /// All was sent.
    Fulfilled,
    /// Called off.
    Cancelled,
    /// Paid back.
    Refunded,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExternalOrderLine {
    /// The channel's id of the line.
    pub external_id: String,
    /// The variant, where the channel knows it.
    pub sku: Option<String>,
    /// The channel's id of the product.
    pub external_product_id: Option<String>,
    /// What the customer saw.
    pub title: String,
    /// Pieces that were bought.
    pub quantity: i64,
    /// Pieces that were sent.
    pub fulfilled_quantity: i64,
    /// Of one piece, decimal text.
    pub price: String,
}
