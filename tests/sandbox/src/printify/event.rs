//! Events, and the webhooks that they are posted to.

use super::refusal::{Answer, field, not_found, required};
use super::shop::Shop;
use super::time;
use crate::outbox::{Delivery, Outbox};
use crate::stamp::Stamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const TOPICS: [&str; 8] = [
    "shop:disconnected",
    "product:deleted",
    "product:publish:started",
    "order:created",
    "order:updated",
    "order:sent-to-production",
    "order:shipment:created",
    "order:shipment:delivered",
];

/// Three more attempts; their pauses are not documented.
const LADDER: &[u64] = &[5, 30, 120];

/// A registration.
#[derive(Clone, Debug, Serialize)]
pub struct Webhook {
    pub topic: String,
    pub url: String,
    /// Text here, though a number elsewhere.
    shop_id: String,
    pub id: String,
    #[serde(skip)]
    secret: Option<String>,
    #[serde(skip)]
    pub blocked_until: f64,
}

impl Shop {
    /// Posts an event to every webhook that wants it.
    pub fn emit(
        &mut self,
        topic: &str,
        resource: &Value,
        data: Value,
        at: Stamp,
        outbox: &mut Outbox,
    ) {
        self.events += 1;
        let kind = topic.split(':').next().unwrap_or_default();
        let event = json!({
            "id": event_id(self.id, self.events, at),
            "type": topic,
            "created_at": time(at),
            "resource": {"id": resource, "type": kind, "data": data},
        });
        let ours = self.webhooks.iter();
        for webhook in ours.filter(|it| it.topic == topic && it.blocked_until <= at.seconds) {
            let signature = webhook.secret.as_ref().map(|secret| sign(secret, &event));
            let delivery = Delivery::new("printify", topic, &webhook.url, &event, move |_| {
                let header = signature.clone().map(|text| ("x-pfy-signature", text));
                header.into_iter().collect()
            });
            outbox.post(delivery.tagged(&webhook.id).retried(LADDER));
        }
    }

    /// Registers a webhook.
    pub fn register(&mut self, id: String, topic: &str, url: &str, secret: Option<&str>) -> Value {
        let webhook = Webhook {
            topic: topic.to_owned(),
            url: url.to_owned(),
            shop_id: self.id.to_string(),
            id,
            secret: secret.filter(|it| !it.is_empty()).map(str::to_owned),
            blocked_until: 0.0,
        };
        let view = json!(webhook);
        self.webhooks.push(webhook);
        view
    }
}

/// `sha256=` and the hexadecimal digest of the body.
fn sign(secret: &str, event: &Value) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(event.to_string().as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// A UUID of its own for each event.
fn event_id(shop: u64, count: u64, at: Stamp) -> String {
    let digest = Sha256::digest(format!("{shop} {count} {}", at.epoch_ms));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let (a, b, c, d, e) = (
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32],
    );
    format!("{a}-{b}-4{c}-a{d}-{e}")
}

/// Every topic of an address, signed with `secret`.
pub fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.into_iter()
}

/// Answers `/v1/shops/{shop}/webhooks…`; `id` is for a new one.
pub fn answer(
    shop: &mut Shop,
    method: &str,
    path: &[&str],
    query: &[(String, String)],
    body: &Value,
    id: String,
) -> Answer {
    match (method, path) {
        ("GET", ["webhooks.json"]) => Ok(json!(shop.webhooks)),
        ("POST", ["webhooks.json"]) => {
            let topic = body["topic"].as_str().ok_or_else(|| required("topic"))?;
            if !TOPICS.contains(&topic) {
                return Err(field("topic", "is invalid"));
            }
            let url = address(body)?.ok_or_else(|| required("url"))?;
            Ok(shop.register(id, topic, &url, body["secret"].as_str()))
        }
        ("PUT", ["webhooks", which]) => {
            let url = address(body)?;
            let webhook = find(shop, which).ok_or_else(not_found)?;
            webhook.url = url.unwrap_or_else(|| webhook.url.clone());
            if let Some(secret) = body["secret"].as_str() {
                webhook.secret = Some(secret.to_owned());
            }
            Ok(json!(webhook))
        }
        ("DELETE", ["webhooks", which]) => {
            let webhook = find(shop, which).ok_or_else(not_found)?.clone();
            let host = query.iter().find(|(key, _)| key == "host");
            let (_, host) = host.ok_or_else(|| required("host"))?;
            if webhook.url.split('/').nth(2) != Some(host) {
                return Err(field("host", "is not that of the webhook"));
            }
            shop.webhooks.retain(|it| it.id != webhook.id);
            Ok(json!({"id": webhook.id}))
        }
        _ => Err(not_found()),
    }
}

fn find<'s>(shop: &'s mut Shop, which: &str) -> Option<&'s mut Webhook> {
    let id = which.trim_end_matches(".json");
    shop.webhooks.iter_mut().find(|it| it.id == id)
}

fn address(body: &Value) -> Result<Option<String>, super::refusal::Refusal> {
    match body["url"].as_str() {
        None => Ok(None),
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            Ok(Some(url.to_owned()))
        }
        Some(_) => Err(field("url", "format is invalid")),
    }
}
