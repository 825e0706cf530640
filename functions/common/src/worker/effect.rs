//! What an attempt brought home, to be recorded with its result.

use crate::platform::{ExternalOrder, Issue, Outcome, Presence};
use serde::Serialize;
use serde_json::Value;

/// What an attempt changed or saw outside. `hub.settle` (migrations) says what becomes of each.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Effect {
    /// The channel's id of the listing's product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_data: Option<Value>,
    /// How the channel shows the listing's product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<ExternalOrder>,
    /// A product that a notification made us look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_lifetime_s: Option<u64>,
    /// Merged into the store's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnected: Option<Disconnected>,
}

/// A product as a channel shows it now.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Seen {
    pub external_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    pub issues: Vec<Issue>,
    /// Of a product with one variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<i64>,
}

/// A store that does not let us in any more.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Disconnected {
    pub reason: String,
    /// When that was so, RFC 3339; the beginning of the attempt where absent. Newer credentials prove the contrary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Sealed: what is left of the credentials; all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<String>,
}

impl Effect {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Seen {
    /// The product that `outcome`, of a check of `asked`, shows.
    pub fn of(outcome: &Outcome, asked: &str) -> Self {
        let variants = match outcome.products.as_slice() {
            [product] if !product.more_variants => product.variants.as_slice(),
            _ => &[],
        };
        Self {
            external_id: outcome
                .external_id
                .clone()
                .unwrap_or_else(|| asked.to_owned()),
            presence: outcome.presence,
            issues: outcome.issues.clone(),
            inventory: match variants {
                [only] => only.inventory_quantity,
                _ => None,
            },
        }
    }
}
