//! What is posted to us, and the keys it is signed with.

use crate::attack::entry::{Access, Entry, Rows, entry};
use intake::{pms_headers, shopify_headers};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// From the first moment that there are events to be replayed.
const ALL: (&str, &str) = ("2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z");

pub fn entries() -> Vec<Entry> {
    vec![
        entry("GET /webhook-events", 200),
        entry("POST /webhook-events/replay", 202).json(json!({"from": ALL.0, "to": ALL.1})),
        entry("POST /webhook-events/replay", 202)
            .json(json!({"from": ALL.0, "to": ALL.1, "store_id": "{store}"}))
            .harmless("a filter: of a store of others there are no events"),
        entry("GET /webhook-events/{id}", 200).at("/webhook-events/{webhook_event}"),
        entry("POST /webhook-events/{id}/replay", 202).at("/webhook-events/{webhook_event}/replay"),
        entry("GET /webhook-keys", 200),
        entry("POST /webhook-keys", 201).json(json!({"name": "{new}"})),
        entry("GET /webhook-keys/{id}", 200).at("/webhook-keys/{webhook_key}"),
        entry("DELETE /webhook-keys/{id}", 204).at("/webhook-keys/{webhook_key}"),
        entry("POST /webhook-keys/{id}/rotate", 200).at("/webhook-keys/{webhook_key}/rotate"),
        entry("POST /webhooks/{platform}/{store_id}", 200)
            .at("/webhooks/shopify/{store}")
            .json(json!({"id": "{new}"}))
            .access(Access::Everybody)
            .signed(as_shopify, &["store"]),
        entry("POST /api/webhook", 200)
            .json(json!({"id": "{new}", "type": "inventory.updated",
                "data": {"sku": "{new}", "quantity": 7, "updated_at": "2026-11-23T10:00:00Z"}}))
            .access(Access::Everybody)
            .signed(as_pms, &["webhook_key"]),
    ]
}

fn as_shopify(rows: &Rows, body: &[u8]) -> Vec<(&'static str, String)> {
    shopify_headers(secret(rows, "store_secret"), &rows["new"], body)
}

fn as_pms(rows: &Rows, body: &[u8]) -> Vec<(&'static str, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let key = secret(rows, "webhook_key");
    let nonce = format!("nonce-of-{}", rows["new"]);
    pms_headers(key, secret(rows, "webhook_key_secret"), now, &nonce, body)
}

fn secret<'r>(rows: &'r Rows, name: &str) -> &'r str {
    rows.get(name).map_or("none", String::as_str)
}
