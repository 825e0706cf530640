//! What a completed operation brought.

use super::{ExternalOrder, ExternalProduct};
use crate::secret::Secret;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// What a completed operation brought.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// For the job's `result`: what happened, in the channel's words.
    pub result: Value,
    /// The channel's id of the product, where the operation made or found one.
    pub external_id: Option<String>,
    /// Merged into the listing's `platform_data`, key by key; `None` leaves it as it is.
    pub platform_data: Option<Value>,
    /// How the channel shows the product; `None` after a write means at once and as asked.
    pub presence: Option<Presence>,
    /// What the channel has to say against the product, of a preview or a check.
    pub issues: Vec<Issue>,
    /// The products that were asked for.
    pub products: Vec<ExternalProduct>,
    /// The orders that were asked for.
    pub orders: Vec<ExternalOrder>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
    /// New credentials, complete: encrypt and store them in place of the old ones.
    pub credentials: Option<Secret<Value>>,
    /// How long the new access token is good for, where the channel says so.
    pub token_lifetime: Option<Duration>,
    /// Merged into the store's `config`, key by key.
    pub config: Option<Value>,
    /// How many requests were sent.
    pub requests: u32,
}

/// How a channel shows a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Customers can buy it.
    Live,
    /// Taken in, not yet decided or shown: ask again later.
    Pending,
    /// Not shown; [`Outcome::issues`] say why.
    Refused,
    /// There, but not for sale.
    Inactive,
    /// For sale, without stock.
    OutOfStock,
    /// Not there.
    Gone,
}

/// Something that the channel has against a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// The channel's code.
    pub code: String,
    /// The channel's words.
    pub message: String,
    /// The attribute that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// How bad an [`Issue`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The product is not shown.
    Error,
    /// It is shown, but less well.
    Warning,
    /// To be known.
    Info,
}
