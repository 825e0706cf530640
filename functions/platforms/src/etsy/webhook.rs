//! Notifications: thin, and signed as Standard Webhooks has it (standardwebhooks.com).
//!
//! The signature covers `{webhook-id}.{webhook-timestamp}.{raw body}` with HMAC-SHA256; the header has one or
//! several, separated by spaces, each `v1,<base64>` or the bare base64. The body is
//! `{"event_type", "resource_url", "shop_id"}`, the shop's number as a number or as text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use common::platform::{
    PlatformError, WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused, WebhookSubject,
};
use common::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
/// How far the signed time may lie from now, in seconds.
const TOLERANCE: i64 = 300;
/// More signatures than this has no honest sender.
const MOST: usize = 16;

pub fn verify(
    delivery: &WebhookDelivery<'_>,
    secret: &Secret<String>,
    now_ms: i64,
) -> Result<(), WebhookRefused> {
    let required = |name| header(delivery, name).ok_or(WebhookRefused::MissingHeader(name));
    let (id, timestamp) = (required(ID)?, required(TIMESTAMP)?);
    let signatures = required(SIGNATURE)?;
    let key = key(secret.expose()).ok_or(WebhookRefused::WrongSignature)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&key).map_err(|_| WebhookRefused::WrongSignature)?;
    for part in [
        id.as_bytes(),
        b".",
        timestamp.as_bytes(),
        b".",
        delivery.body,
    ] {
        mac.update(part);
    }
    let is_signed = signatures
        .split_ascii_whitespace()
        .take(MOST)
        .filter_map(signature)
        .any(|given| mac.clone().verify_slice(&given).is_ok());
    if !is_signed {
        return Err(WebhookRefused::WrongSignature);
    }
    let seconds: i64 = timestamp
        .trim()
        .parse()
        .map_err(|_| WebhookRefused::WrongSignature)?;
    let age = now_ms.div_euclid(1000).saturating_sub(seconds);
    if age.saturating_abs() > TOLERANCE {
        return Err(WebhookRefused::Stale);
    }
    Ok(())
}

/// What a secret is a key for: the base64 behind `whsec_`, or without that prefix.
fn key(secret: &str) -> Option<Vec<u8>> {
    let secret = secret.trim();
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
    // An absent secret would make every signature computable by anybody.
    decode(encoded).filter(|key| !key.is_empty())
}

/// One signature of the header. Those of other schemes than HMAC-SHA256 (`v1a,…`) are passed over.
fn signature(text: &str) -> Option<Vec<u8>> {
    match text.split_once(',') {
        Some(("v1", encoded)) => decode(encoded),
        Some(_) => None,
        None => decode(text),
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(text))
        .ok()
}

/// What a verified delivery is stored under.
pub fn receipt(delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
    let body: Value = serde_json::from_slice(delivery.body).unwrap_or_default();
    let topic = body.get("event_type").and_then(Value::as_str);
    let topic = topic.filter(|text| !text.is_empty()).unwrap_or("unknown");
    match header(delivery, ID).filter(|id| !id.is_empty()) {
        Some(id) => WebhookReceipt {
            event_id: id.to_owned(),
            topic: topic.to_owned(),
        },
        None => WebhookReceipt::by_digest(topic, delivery.body),
    }
}

pub fn decode_event(delivery: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
    let payload: Value = serde_json::from_slice(delivery.body)
        .map_err(|_| PlatformError::protocol("the notification's body is not JSON"))?;
    let text = |name: &str| {
        let found = payload.get(name).and_then(Value::as_str);
        found.map(str::to_owned).ok_or_else(|| {
            PlatformError::protocol(format!("the notification's `{name}` is no text"))
        })
    };
    let topic = text("event_type")?;
    let resource = text("resource_url")?;
    let shop = match payload.get("shop_id") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => {
            return Err(PlatformError::protocol(
                "the notification's `shop_id` is neither number nor text",
            ));
        }
    };
    let is_order = topic.to_ascii_lowercase().starts_with("order");
    let external_id = receipt_id(&resource);
    if is_order && external_id.is_none() {
        return Err(PlatformError::protocol(
            "the notification's `resource_url` names no receipt",
        ));
    }
    Ok(WebhookEvent {
        delivery_id: header(delivery, ID).unwrap_or_default().to_owned(),
        event_id: None,
        topic,
        shop,
        subject: if is_order {
            WebhookSubject::OrderChanged
        } else {
            WebhookSubject::Other
        },
        external_id,
        triggered_at: None,
        payload,
    })
}

/// The number behind `/receipts/`. The address itself is never asked: it came from outside.
fn receipt_id(resource: &str) -> Option<String> {
    let path = resource.split(['?', '#']).next()?;
    let (_, rest) = path.split_once("/receipts/")?;
    let id = rest.split('/').next()?;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| id.to_owned())
}

fn header<'a>(delivery: &WebhookDelivery<'a>, name: &str) -> Option<&'a str> {
    delivery.headers.get(name)?.to_str().ok()
}
