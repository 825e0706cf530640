//! Notifications: thin, signed as Standard Webhooks has it, tried again for a day and a half.

use super::{Etsy, SHOP_ID, WEBHOOK_SECRET};
use crate::outbox::{Delivery, Outbox};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// Seconds before each further attempt: those of the service that Etsy's headers are known from.
const LADDER: &[u64] = &[5, 300, 1800, 7200, 18_000, 36_000, 36_000];

/// Where notifications go.
#[derive(Debug)]
pub struct Endpoint {
    pub address: Option<String>,
    pub secret: String,
    count: u64,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            address: None,
            secret: WEBHOOK_SECRET.to_owned(),
            count: 0,
        }
    }
}

impl Etsy {
    /// Tells of what happened to a receipt, where anybody wants to know.
    pub fn notify(&mut self, topic: &str, receipt: u64, outbox: &mut Outbox) {
        let Some(address) = self.endpoint.address.clone() else {
            return;
        };
        self.endpoint.count += 1;
        let resource =
            format!("https://openapi.etsy.com/v3/application/shops/{SHOP_ID}/receipts/{receipt}");
        let body = json!({"event_type": topic, "resource_url": resource, "shop_id": SHOP_ID});
        let id = format!("msg_sandbox{:012}", self.endpoint.count);
        let (secret, text) = (self.endpoint.secret.clone(), body.to_string());
        let sign = move |now_ms: i64| {
            let seconds = now_ms.div_euclid(1000);
            vec![
                ("webhook-id", id.clone()),
                ("webhook-timestamp", seconds.to_string()),
                (
                    "webhook-signature",
                    signature(&secret, &id, seconds, text.as_bytes()),
                ),
            ]
        };
        outbox.post(Delivery::new("etsy", topic, address, &body, sign).retried(LADDER));
    }
}

/// `v1,` and the signature of a delivery.
pub fn signature(secret: &str, id: &str, seconds: i64, body: &[u8]) -> String {
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(encoded).unwrap_or_default();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return String::new();
    };
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
