//! Notifications: signed over the raw bytes with the app's client secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::platform::{
    PlatformError, WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused, WebhookSubject,
};
use common::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

const SIGNATURE: &str = "x-shopify-hmac-sha256";
const TOPIC: &str = "x-shopify-topic";
const SHOP: &str = "x-shopify-shop-domain";
const VERSION: &str = "x-shopify-api-version";
const DELIVERY: &str = "x-shopify-webhook-id";
const EVENT: &str = "x-shopify-event-id";
const TRIGGERED: &str = "x-shopify-triggered-at";

pub fn verify(
    delivery: &WebhookDelivery<'_>,
    secret: &Secret<String>,
) -> Result<(), WebhookRefused> {
    for name in [SIGNATURE, TOPIC, SHOP, VERSION, DELIVERY] {
        header(delivery, name).ok_or(WebhookRefused::MissingHeader(name))?;
    }
    let given = header(delivery, SIGNATURE)
        .and_then(|text| STANDARD.decode(text).ok())
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

pub fn decode(delivery: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
    let required = |name| {
        header(delivery, name)
            .map(str::to_owned)
            .ok_or_else(|| PlatformError::protocol(format!("the header `{name}` is missing")))
    };
    let topic = required(TOPIC)?;
    let payload: Value = serde_json::from_slice(delivery.body)
        .map_err(|_| PlatformError::protocol("the notification's body is not JSON"))?;
    let subject = subject(&topic);
    Ok(WebhookEvent {
        delivery_id: required(DELIVERY)?,
        event_id: header(delivery, EVENT).map(str::to_owned),
        shop: required(SHOP)?,
        subject,
        external_id: external_id(subject, &payload),
        triggered_at: header(delivery, TRIGGERED).map(str::to_owned),
        topic,
        payload,
    })
}

/// What a verified delivery is stored under: the id that stays the same over its retries.
pub fn receipt(delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
    let topic = header(delivery, TOPIC).unwrap_or("unknown");
    match header(delivery, DELIVERY) {
        Some(id) => WebhookReceipt {
            event_id: id.to_owned(),
            topic: topic.to_owned(),
        },
        None => WebhookReceipt::by_digest(topic, delivery.body),
    }
}

fn header<'a>(delivery: &WebhookDelivery<'a>, name: &str) -> Option<&'a str> {
    delivery.headers.get(name)?.to_str().ok()
}

fn subject(topic: &str) -> WebhookSubject {
    match topic {
        "products/create" | "products/update" => WebhookSubject::ProductChanged,
        "products/delete" => WebhookSubject::ProductDeleted,
        "app/uninstalled" => WebhookSubject::Disconnected,
        _ if topic.starts_with("inventory_levels/") => WebhookSubject::InventoryChanged,
        _ if topic.starts_with("orders/") => WebhookSubject::OrderChanged,
        _ => WebhookSubject::Other,
    }
}

/// The id in the form that the GraphQL API uses. Bodies are REST resources: they carry it as
/// `admin_graphql_api_id`, or as a number only (deletions, stock).
fn external_id(subject: WebhookSubject, payload: &Value) -> Option<String> {
    if let Some(id) = payload.get("admin_graphql_api_id").and_then(Value::as_str)
        && subject != WebhookSubject::InventoryChanged
    {
        return Some(id.to_owned());
    }
    let (kind, field) = match subject {
        WebhookSubject::ProductChanged | WebhookSubject::ProductDeleted => ("Product", "id"),
        WebhookSubject::OrderChanged => ("Order", "id"),
        WebhookSubject::InventoryChanged => ("InventoryItem", "inventory_item_id"),
        WebhookSubject::PublishRequested | WebhookSubject::Disconnected | WebhookSubject::Other => {
            return None;
        }
    };
    let number = payload.get(field)?.as_u64()?;
    Some(format!("gid://shopify/{kind}/{number}"))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
