//! Notifications. Amazon signs none; EventBridge brings them with a key that only it and we know, in a header.
//!
//! The body is EventBridge's envelope, the bare notification (an input template), or what a pipe makes of a
//! queue's message: an array of one.

use common::platform::{
    PlatformError, WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused, WebhookSubject,
};
use common::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

const KEY: &str = "x-api-key";

pub fn verify(
    delivery: &WebhookDelivery<'_>,
    secret: &Secret<String>,
) -> Result<(), WebhookRefused> {
    let given = delivery
        .headers
        .get(KEY)
        .ok_or(WebhookRefused::MissingHeader(KEY))?;
    // An absent key would let everybody in.
    if secret.expose().is_empty() {
        return Err(WebhookRefused::WrongSignature);
    }
    // Codes of both are compared: the time tells nothing of the key, not even its length.
    let expected = code(secret.expose().as_bytes())?.finalize().into_bytes();
    code(given.as_bytes())?
        .verify_slice(&expected)
        .map_err(|_| WebhookRefused::WrongSignature)
}

fn code(key: &[u8]) -> Result<Hmac<Sha256>, WebhookRefused> {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"stage-hub amazon webhook key")
        .map_err(|_| WebhookRefused::WrongSignature)?;
    mac.update(key);
    Ok(mac)
}

/// A notification, and the id that EventBridge gave it.
struct Notification {
    event_id: Option<String>,
    body: Value,
}

/// The one notification in `body`; the reason where there is not one.
fn notification(body: &[u8]) -> Result<Notification, &'static str> {
    let outer: Value =
        serde_json::from_slice(body).map_err(|_| "the notification's body is not JSON")?;
    let outer = match outer {
        Value::Array(mut several) => match (several.pop(), several.is_empty()) {
            (Some(only), true) => only,
            (Some(_), false) => {
                return Err("several notifications came at once: set the pipe's batch size to 1");
            }
            (None, _) => return Err("the array of notifications is empty"),
        },
        other => other,
    };
    // A queue's message has the notification as text.
    let outer = match outer.get("body").and_then(Value::as_str) {
        Some(text) => {
            serde_json::from_str(text).map_err(|_| "the queued message's `body` is not JSON")?
        }
        None => outer,
    };
    match outer.get("detail") {
        Some(detail) => Ok(Notification {
            event_id: text(&outer, "/id"),
            body: detail.clone(),
        }),
        None => Ok(Notification {
            event_id: None,
            body: outer,
        }),
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// The schemas write it both ways.
fn field(value: &Value, names: [&str; 2]) -> Option<String> {
    let found = names.into_iter().find_map(|name| value.get(name)?.as_str());
    found.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn id(body: &Value) -> Option<String> {
    let metadata = field_of(body, ["NotificationMetadata", "notificationMetadata"])?;
    field(metadata, ["NotificationId", "notificationId"])
}

fn field_of<'v>(value: &'v Value, names: [&str; 2]) -> Option<&'v Value> {
    names.into_iter().find_map(|name| value.get(name))
}

fn topic(body: &Value) -> Option<String> {
    field(body, ["NotificationType", "notificationType"])
}

pub fn receipt(delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
    let Ok(found) = notification(delivery.body) else {
        return WebhookReceipt::by_digest("unknown", delivery.body);
    };
    let topic = topic(&found.body).unwrap_or_else(|| "unknown".to_owned());
    match id(&found.body).or(found.event_id) {
        Some(event_id) => WebhookReceipt { event_id, topic },
        None => WebhookReceipt::by_digest(topic, delivery.body),
    }
}

pub fn decode(delivery: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
    let found = notification(delivery.body).map_err(PlatformError::protocol)?;
    let missing = |name: &str| PlatformError::protocol(format!("`{name}`: is missing"));
    let body = found.body;
    let topic = topic(&body).ok_or_else(|| missing("NotificationType"))?;
    let delivery_id = id(&body).ok_or_else(|| missing("NotificationMetadata.NotificationId"))?;
    let payload = field_of(&body, ["Payload", "payload"]).ok_or_else(|| missing("Payload"))?;
    let about = About::read(&topic, payload)?;
    Ok(WebhookEvent {
        delivery_id,
        event_id: found.event_id,
        shop: about.seller.unwrap_or_default(),
        subject: about.subject,
        external_id: about.external_id,
        triggered_at: field(&body, ["EventTime", "eventTime"]),
        topic,
        payload: body,
    })
}

struct About {
    subject: WebhookSubject,
    seller: Option<String>,
    external_id: Option<String>,
}

impl About {
    fn read(topic: &str, payload: &Value) -> Result<Self, PlatformError> {
        let (subject, part, id) = match topic {
            "ORDER_CHANGE" => (
                WebhookSubject::OrderChanged,
                payload.get("OrderChangeNotification"),
                Some("AmazonOrderId"),
            ),
            // The schema's list of values says CHANGED, its example and the subscriptions CHANGE.
            "LISTINGS_ITEM_STATUS_CHANGE" | "LISTINGS_ITEM_STATUS_CHANGED" => {
                (status_subject(payload), Some(payload), Some("Sku"))
            }
            "LISTINGS_ITEM_ISSUES_CHANGE" | "LISTINGS_ITEM_MFN_QUANTITY_CHANGE" => {
                (WebhookSubject::ProductChanged, Some(payload), Some("Sku"))
            }
            "FBA_INVENTORY_AVAILABILITY_CHANGES" => {
                (WebhookSubject::InventoryChanged, Some(payload), Some("SKU"))
            }
            _ => (WebhookSubject::Other, Some(payload), None),
        };
        let part = part.ok_or_else(|| {
            PlatformError::protocol("`Payload.OrderChangeNotification`: is missing")
        })?;
        let external_id = match id {
            None => None,
            Some(name) => Some(text(part, &format!("/{name}")).ok_or_else(|| {
                PlatformError::protocol(format!("`Payload` of {topic} has no `{name}`"))
            })?),
        };
        Ok(Self {
            subject,
            seller: field(part, ["SellerId", "sellerId"]),
            external_id,
        })
    }
}

fn status_subject(payload: &Value) -> WebhookSubject {
    let statuses = payload.get("Status").and_then(Value::as_array);
    let is_gone = statuses.is_some_and(|all| all.iter().any(|status| status == "DELETED"));
    match is_gone {
        true => WebhookSubject::ProductDeleted,
        false => WebhookSubject::ProductChanged,
    }
}
