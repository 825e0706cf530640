//! What a channel can be asked to do.

use super::descriptor::OperationKind;
use super::product::ProductInput;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One thing to be done on a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The same for every attempt of one job, different between jobs.
    pub idempotency_key: String,
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
    /// Report that (a part of) an order was sent.
    ProcessOrder(Box<OrderFulfilment>),
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
            action,
        }
    }

    /// Which capability it needs.
    pub const fn kind(&self) -> OperationKind {
        match self.action {
            Action::Authenticate => OperationKind::Authenticate,
            Action::ListProducts { .. } => OperationKind::ListProducts,
            Action::CreateProduct(_) => OperationKind::CreateProduct,
            Action::UpdateProduct { .. } => OperationKind::UpdateProduct,
            Action::DeleteProduct { .. } => OperationKind::DeleteProduct,
            Action::SyncInventory(_) => OperationKind::SyncInventory,
            Action::ProcessOrder(_) => OperationKind::ProcessOrder,
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
