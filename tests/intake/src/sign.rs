//! Deliveries as their senders sign them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// A body and the headers that go with it.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Signed {
    /// As Shopify posts an order: delivery `id`, signed with `secret`.
    pub fn shopify(secret: &str, id: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = shopify_headers(secret, id, &body);
        Self { headers, body }
    }

    /// As a product management system posts `body` under `key`.
    pub fn pms(key: &str, secret: &str, seconds: i64, nonce: &str, body: &str) -> Self {
        Self {
            headers: pms_headers(key, secret, seconds, nonce, body.as_bytes()),
            body: body.into(),
        }
    }

    /// The same with another value in a header; an empty one takes it away.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
        self
    }
}

fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The headers of a Shopify delivery.
pub fn shopify_headers(secret: &str, id: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/json".to_owned()),
        ("x-shopify-topic", "orders/create".to_owned()),
        ("x-shopify-shop-domain", "shop.myshopify.com".to_owned()),
        ("x-shopify-api-version", "2026-10".to_owned()),
        ("x-shopify-webhook-id", id.to_owned()),
        (
            "x-shopify-hmac-sha256",
            STANDARD.encode(mac(secret, &[body])),
        ),
    ]
}

/// The headers of a product management system's request.
pub fn pms_headers(
    key: &str,
    secret: &str,
    seconds: i64,
    nonce: &str,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let timestamp = seconds.to_string();
    let signed = [timestamp.as_bytes(), b".", nonce.as_bytes(), b".", body];
    let mut signature = "sha256=".to_owned();
    for byte in mac(secret, &signed) {
        write!(signature, "{byte:02x}").unwrap();
    }
    vec![
        ("content-type", "application/json".to_owned()),
        ("x-webhook-key", key.to_owned()),
        ("x-webhook-timestamp", timestamp),
        ("x-webhook-nonce", nonce.to_owned()),
        ("x-webhook-signature", signature),
    ]
}
