//! Notifications: subscriptions, and what is posted to them.
//!
//! Signed with the app's secret over the raw body; eight retries over four hours, after which a
//! subscription whose last delivery still failed is deleted.

use super::authorise::signature;
use super::shop::Shop;
use super::{UserError, refused, user_errors};
use crate::graphql::{Arguments, Object, leaf, nullable, object};
use crate::outbox::{Delivery, Outbox};
use crate::stamp::Stamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

/// Pauses before the retries, in seconds: four hours in all.
const LADDER: [u64; 8] = [60, 120, 300, 600, 1200, 2400, 3600, 6120];

#[derive(Clone, Debug, Serialize)]
pub struct Subscription {
    pub id: String,
    /// As the API names it: `ORDERS_CREATE`.
    pub topic: String,
    pub uri: String,
}

/// Something that happened.
#[derive(Debug)]
pub struct Event {
    /// As notifications name it: `orders/create`.
    pub topic: &'static str,
    pub body: Value,
}

/// `ORDERS_CREATE` for `orders/create`.
fn enum_of(topic: &str) -> String {
    topic.replace('/', "_").to_uppercase()
}

impl Shop {
    /// Notes what is to be told to the subscribers.
    pub fn tell(&mut self, topic: &'static str, body: Value) {
        self.events.push(Event { topic, body });
    }

    /// Makes a subscription, unless there is one of `topic` to `uri`.
    pub fn subscribe(&mut self, topic: &str, uri: &str) -> Option<Subscription> {
        let is_there = |it: &Subscription| it.topic == topic && it.uri == uri;
        if self.subscriptions.iter().any(is_there) {
            return None;
        }
        let subscription = Subscription {
            id: self.id("WebhookSubscription"),
            topic: topic.to_owned(),
            uri: uri.to_owned(),
        };
        self.subscriptions.push(subscription.clone());
        Some(subscription)
    }

    /// Posts what happened since.
    pub fn post_events(
        &mut self,
        secret: &str,
        version: &'static str,
        at: Stamp,
        outbox: &mut Outbox,
    ) {
        for event in std::mem::take(&mut self.events) {
            let event_id = self.uuid("event");
            let topic = enum_of(event.topic);
            let subscribed: Vec<Subscription> = self
                .subscriptions
                .iter()
                .filter(|it| it.topic == topic)
                .cloned()
                .collect();
            for subscription in subscribed {
                let signed = signature(secret, event.body.to_string().as_bytes());
                let headers = vec![
                    ("x-shopify-topic", event.topic.to_owned()),
                    ("x-shopify-hmac-sha256", STANDARD.encode(signed)),
                    ("x-shopify-shop-domain", self.domain.clone()),
                    ("x-shopify-api-version", version.to_owned()),
                    ("x-shopify-webhook-id", self.uuid("delivery")),
                    ("x-shopify-event-id", event_id.clone()),
                    ("x-shopify-triggered-at", at.text()),
                ];
                let delivery = Delivery::new(
                    "shopify",
                    event.topic,
                    subscription.uri,
                    &event.body,
                    move |_| headers.clone(),
                );
                outbox.post(delivery.tagged(subscription.id).retried(&LADDER));
            }
        }
    }

    /// An id in the form of a UUID, another at every call and in every shop.
    fn uuid(&mut self, kind: &str) -> String {
        let id = self.id(kind);
        let hash = signature(&self.domain, format!("{} {id}", self.born).as_bytes());
        let hex: String = hash
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        [
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32),
        ]
        .join("-")
    }
}

/// What can be selected from a subscription.
pub fn view(it: &Subscription) -> Object {
    object(
        "WebhookSubscription",
        [
            ("id", leaf(it.id.clone())),
            ("topic", leaf(it.topic.clone())),
            ("uri", leaf(it.uri.clone())),
            ("format", leaf("JSON")),
        ],
    )
}

/// Whether the arguments of `webhookSubscriptions` let it stand.
pub fn is_asked_for(it: &Subscription, arguments: &Arguments) -> bool {
    let uri = arguments.get("uri").and_then(Value::as_str);
    let topics = arguments.get("topics").and_then(Value::as_array);
    uri.is_none_or(|uri| uri == it.uri)
        && topics.is_none_or(|topics| topics.contains(&json!(it.topic)))
}

/// `webhookSubscriptionCreate`.
pub fn create(shop: &mut Shop, arguments: &Arguments) -> Object {
    let name = "WebhookSubscriptionCreatePayload";
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let topic = text(arguments.get("topic"));
    let uri = text(
        arguments
            .get("webhookSubscription")
            .and_then(|it| it.get("uri")),
    );
    let refuse = |message: &str| {
        let error = UserError::plain("webhookSubscription.callbackUrl", message);
        refused(name, &["webhookSubscription"], vec![error])
    };
    if !is_reachable(&uri) {
        return refuse("Address protocol http:// is not supported");
    }
    match shop.subscribe(&topic, &uri) {
        None => refuse("Address for this topic has already been taken"),
        Some(made) => object(
            name,
            [
                ("webhookSubscription", nullable(Some(view(&made)))),
                ("userErrors", user_errors(Vec::new())),
            ],
        ),
    }
}

/// The vendor wants HTTPS; on this machine itself plain HTTP will do.
fn is_reachable(uri: &str) -> bool {
    uri.starts_with("https://")
        || ["http://127.0.0.1", "http://localhost"]
            .iter()
            .any(|local| uri.starts_with(local))
}
