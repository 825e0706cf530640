//! What a channel can be asked to do.

use super::descriptor::OperationKind;
use super::product::ProductInput;
use crate::secret::Secret;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One thing to be done on a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The same for every attempt of one job, different between jobs.
    pub idempotency_key: String,
    /// When it was asked for, RFC 3339: the same for every attempt of one job.
    pub asked_at: Option<String>,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Check the credentials; get a new token where the store's credentials allow it.
    Authenticate,
    /// Read one page of products.
    ListProducts {
        /// Where the page begins; `None` is the first.
        cursor: Option<String>,
        /// The most products wanted; the channel's page size caps it.
        limit: u32,
    },
    /// Make the product and show it. A repeat finds what an earlier attempt made.
    CreateProduct(Box<ProductInput>),
    /// Change what the channel has under `external_id`.
    UpdateProduct {
        /// The channel's id.
        external_id: String,
        /// The complete product.
        product: Box<ProductInput>,
    },
    /// Remove the product; one that is gone already is a success.
    DeleteProduct {
        /// The channel's id.
        external_id: String,
    },
    /// Set the stock of a product's variants.
    SyncInventory(Box<InventorySync>),
    /// Report that (a part of) an order was sent; where the channel is the fulfiller, have it made.
    ProcessOrder(Box<OrderFulfilment>),
    /// What the channel would say to this product, without making it: the outcome's `issues`.
    PreviewProduct(Box<ProductInput>),
    /// How the channel shows a product now: the outcome's `presence`, `issues` and `products`. One that is
    /// not there is [`super::Presence::Gone`], not an error. Takes whatever id a notification names
    /// (a stock item's too) and answers with the product's own as `external_id`.
    CheckProduct {
        /// The channel's id.
        external_id: String,
    },
    /// Read one page of orders, the latest changes first or last as the channel gives them.
    ListOrders {
        /// Only what changed at or after this time, RFC 3339.
        since: Option<String>,
        /// Where the page begins; `None` is the first.
        cursor: Option<String>,
        /// The most orders wanted; the channel's page size caps it.
        limit: u32,
    },
    /// Read one order as it is now: the outcome's `orders`; empty when the channel has none of that id.
    GetOrder {
        /// The channel's id.
        external_order_id: String,
    },
    /// Turn the answer of the authorisation address into credentials.
    ExchangeCode(Box<CodeGrant>),
    /// See to it that the channel's notifications come to us: what is missing is registered, what is there
    /// is left alone. The outcome's `result`: `{registered: [topic], present: [topic], manual?: what a person has to do}`.
    SubscribeWebhooks(Box<Subscriptions>),
    /// Tell the channel how its wish to publish a product ended.
    AnswerPublish {
        /// The channel's id of the product.
        external_id: String,
        /// Ours, when we want it; `None` declines.
        listing_id: Option<String>,
    },
}

/// Where a shop's owner is sent to let us in.
#[derive(Clone, Copy, Debug)]
pub struct Authorisation<'a> {
    /// Single-use, comes back with the answer.
    pub state: &'a str,
    /// Of the verifier, S256 (RFC 7636).
    pub code_challenge: &'a str,
    /// Where the answer goes.
    pub redirect_uri: &'a str,
}

/// The answer of the authorisation address.
#[derive(Clone, PartialEq)]
pub struct CodeGrant {
    /// The query of the callback, decoded, in its order.
    pub query: Vec<(String, String)>,
    /// Of the challenge (RFC 7636).
    pub verifier: Secret<String>,
    /// The same as in the [`Authorisation`].
    pub redirect_uri: String,
}

impl std::fmt::Debug for CodeGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeGrant(…)")
    }
}

impl CodeGrant {
    /// A parameter of the callback.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }
}

/// Where notifications shall come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// `https://…/webhooks/{platform}/{store id}`.
    pub address: String,
}

/// Stock to be set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InventorySync {
    /// The channel's id of the product.
    pub external_id: String,
    /// What each variant shall have.
    pub levels: Vec<StockLevel>,
    /// What the plugin remembered about this listing.
    pub platform_data: Value,
}

/// The stock of one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// The variant.
    pub sku: String,
    /// Pieces for sale.
    pub quantity: i64,
}

/// An order, or a part of one, that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFulfilment {
    /// The channel's id of the order.
    pub external_order_id: String,
    /// What was sent; empty means everything that is still open.
    pub lines: Vec<OrderLine>,
    /// The parcel.
    pub tracking: Option<Tracking>,
    /// Whether the channel tells the customer.
    pub notify_customer: bool,
    /// Where it goes, for channels that make the order themselves.
    pub recipient: Option<Recipient>,
}

/// Where an order goes.
#[derive(Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// For the carrier.
    #[serde(default)]
    pub email: Option<String>,
    /// For the carrier.
    #[serde(default)]
    pub phone: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province.
    #[serde(default)]
    pub region: Option<String>,
    /// Street and number.
    pub address1: String,
    /// More of it.
    #[serde(default)]
    pub address2: Option<String>,
    /// Town.
    pub city: String,
    /// Postal code.
    pub zip: String,
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// A part of an order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The variant.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
}

/// A parcel under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracking {
    /// The carrier.
    #[serde(default)]
    pub company: Option<String>,
    /// The carrier's number.
    #[serde(default)]
    pub number: Option<String>,
    /// Where the customer can follow it.
    #[serde(default)]
    pub url: Option<String>,
}

impl Operation {
    /// The operation without a job's payload: authentication, listing, deletion.
    pub fn new(action: Action, idempotency_key: impl Into<String>) -> Self {
        Self {
            idempotency_key: idempotency_key.into(),
            asked_at: None,
            action,
        }
    }

    /// The same, asked for at `time` (RFC 3339).
    #[must_use]
    pub fn asked_at(self, time: Option<String>) -> Self {
        Self {
            asked_at: time,
            ..self
        }
    }

    /// Which capability it needs.
    pub const fn kind(&self) -> OperationKind {
        match self.action {
            Action::Authenticate | Action::ExchangeCode(_) => OperationKind::Authenticate,
            Action::ListProducts { .. } => OperationKind::ListProducts,
            Action::CreateProduct(_) => OperationKind::CreateProduct,
            Action::UpdateProduct { .. } => OperationKind::UpdateProduct,
            Action::DeleteProduct { .. } => OperationKind::DeleteProduct,
            Action::SyncInventory(_) => OperationKind::SyncInventory,
            Action::ProcessOrder(_) => OperationKind::ProcessOrder,
            Action::PreviewProduct(_) => OperationKind::PreviewProduct,
            Action::CheckProduct { .. } => OperationKind::CheckProduct,
            Action::ListOrders { .. } | Action::GetOrder { .. } => OperationKind::ReadOrders,
            Action::SubscribeWebhooks(_) | Action::AnswerPublish { .. } => OperationKind::Webhooks,
        }
    }

    /// A key for one external write: stable over the attempts of the job, different for every
    /// `purpose` and for every content, since channels refuse a known key with other parameters.
    pub fn write_key(&self, purpose: &str, content: &Value) -> String {
        let mut hash = Sha256::new();
        for part in [&self.idempotency_key, purpose, &content.to_string()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut bytes = [0u8; 16];
        for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        uuid::Builder::from_custom_bytes(bytes)
            .into_uuid()
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_write_key_is_stable_and_depends_on_job_purpose_and_content() {
        let key = |job: &str, purpose: &str, content: Value| {
            Operation::new(Action::Authenticate, job).write_key(purpose, &content)
        };
        assert_eq!(key("a", "set", json!(1)), key("a", "set", json!(1)));
        assert_ne!(key("a", "set", json!(1)), key("b", "set", json!(1)));
        assert_ne!(key("a", "set", json!(1)), key("a", "put", json!(1)));
        assert_ne!(key("a", "set", json!(1)), key("a", "set", json!(2)));
        assert_ne!(key("ab", "c", json!(1)), key("a", "bc", json!(1)));
    }
}
