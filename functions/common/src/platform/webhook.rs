//! Notifications that a channel posts to us.

use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A request as it arrived: the signature covers the raw bytes.
#[derive(Clone, Copy, Debug)]
pub struct WebhookDelivery<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, unchanged.
    pub body: &'a [u8],
}

/// Why a delivery is not believed. The sender is told nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookRefused {
    /// A header that the channel always sends is missing.
    MissingHeader(&'static str),
    /// The signature is not the one that the secret gives.
    WrongSignature,
    /// The signed time lies too far from now.
    Stale,
}

impl std::fmt::Display for WebhookRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MissingHeader(name) => write!(f, "the delivery has no `{name}` header"),
            Self::WrongSignature => f.write_str("the delivery's signature is wrong"),
            Self::Stale => f.write_str("the delivery's timestamp is too far from now"),
        }
    }
}

impl std::error::Error for WebhookRefused {}

/// What a delivery is stored under before anybody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookReceipt {
    /// The channel's id of this delivery, the same over its retries; where the channel sends none or the
    /// body can't be read, the body's digest.
    pub event_id: String,
    /// The channel's own name for what it is about; `unknown` where it can't be read.
    pub topic: String,
}

impl WebhookReceipt {
    /// A receipt for a body without a readable id: `sha256:` and the hex digest of the body.
    pub fn by_digest(topic: impl Into<String>, body: &[u8]) -> Self {
        use std::fmt::Write as _;
        let mut event_id = "sha256:".to_owned();
        for byte in Sha256::digest(body) {
            // Writing to a String can't fail.
            let _ = write!(event_id, "{byte:02x}");
        }
        Self {
            event_id,
            topic: topic.into(),
        }
    }
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookSubject {
    /// A product was made or changed.
    ProductChanged,
    /// A product is gone.
    ProductDeleted,
    /// Stock changed.
    InventoryChanged,
    /// An order was made or changed.
    OrderChanged,
    /// The channel waits for an answer to its wish to publish a product ([`super::Action::AnswerPublish`]).
    PublishRequested,
    /// The shop took back our access: drop the credentials.
    Disconnected,
    /// Anything else; `topic` says what.
    Other,
}

/// A notification, decoded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WebhookEvent {
    /// The channel's id of this delivery, the same over its retries.
    pub delivery_id: String,
    /// The channel's id of what happened, which several deliveries may share.
    pub event_id: Option<String>,
    /// The channel's own name for it.
    pub topic: String,
    /// Which shop.
    pub shop: String,
    /// What it is about.
    pub subject: WebhookSubject,
    /// The channel's id of the thing, where the body has one.
    pub external_id: Option<String>,
    /// RFC 3339, where the channel says when.
    pub triggered_at: Option<String>,
    /// The body.
    pub payload: Value,
}
