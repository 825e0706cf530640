//! Notifications: signed over the raw bytes with the secret that was registered with them. The vendor sends no
//! time in a header; a repeated delivery is told by the event's id.

use super::time;
use crate::wire;
use common::platform::{
    PlatformError, WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused, WebhookSubject,
};
use common::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

const SIGNATURE: &str = "x-pfy-signature";

pub fn verify(
    delivery: &WebhookDelivery<'_>,
    secret: &Secret<String>,
) -> Result<(), WebhookRefused> {
    let header = delivery
        .headers
        .get(SIGNATURE)
        .ok_or(WebhookRefused::MissingHeader(SIGNATURE))?;
    let given = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().strip_prefix("sha256="))
        .and_then(bytes)
        .ok_or(WebhookRefused::WrongSignature)?;
    // An absent secret would make every signature computable by anybody.
    if secret.expose().is_empty() {
        return Err(WebhookRefused::WrongSignature);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .map_err(|_| WebhookRefused::WrongSignature)?;
    mac.update(delivery.body);
    mac.verify_slice(&given)
        .map_err(|_| WebhookRefused::WrongSignature)
}

/// The bytes of hexadecimal text.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |at: u8| char::from(at).to_digit(16);
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    topic: String,
    created_at: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    /// Text; of a shop its number.
    id: Value,
    /// Null where there is nothing to say.
    #[serde(default)]
    data: Value,
}

/// What a verified delivery is stored under.
pub fn receipt(delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
    #[derive(Deserialize)]
    struct Head {
        id: Option<String>,
        #[serde(rename = "type")]
        topic: Option<String>,
    }
    let head: Option<Head> = serde_json::from_slice(delivery.body).ok();
    let (id, topic) = head.map_or((None, None), |head| (head.id, head.topic));
    let topic = topic.filter(|topic| !topic.is_empty());
    let topic = topic.unwrap_or_else(|| "unknown".to_owned());
    match id.filter(|id| !id.is_empty()) {
        Some(event_id) => WebhookReceipt { event_id, topic },
        None => WebhookReceipt::by_digest(topic, delivery.body),
    }
}

pub fn decode(delivery: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
    let payload: Value = serde_json::from_slice(delivery.body)
        .map_err(|_| PlatformError::protocol("the notification's body is not JSON"))?;
    let event: Event = wire::from_value(payload.clone())?;
    let id = number_or_text(&event.resource.id)
        .ok_or_else(|| PlatformError::protocol("`resource.id` is neither text nor a number"))?;
    let subject = subject(&event.topic, &event.resource.data);
    let is_shop = event.topic.starts_with("shop:");
    let shop = event.resource.data.get("shop_id").and_then(number_or_text);
    Ok(WebhookEvent {
        event_id: Some(event.id.clone()),
        delivery_id: event.id,
        // Events about a shop name it as their resource, some others not at all.
        shop: shop.unwrap_or_else(|| if is_shop { id.clone() } else { String::new() }),
        subject,
        external_id: (!is_shop).then_some(id),
        triggered_at: Some(time::required(&event.created_at, "created_at")?.text),
        topic: event.topic,
        payload,
    })
}

fn number_or_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn subject(topic: &str, data: &Value) -> WebhookSubject {
    match topic {
        "shop:disconnected" => WebhookSubject::Disconnected,
        "product:deleted" => WebhookSubject::ProductDeleted,
        // The wish to take a product off the channel is no wish to publish it: it has to be looked at.
        "product:publish:started" if data.get("action").is_some_and(|it| it == "delete") => {
            WebhookSubject::ProductChanged
        }
        "product:publish:started" => WebhookSubject::PublishRequested,
        _ if topic.starts_with("order:") => WebhookSubject::OrderChanged,
        _ => WebhookSubject::Other,
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
