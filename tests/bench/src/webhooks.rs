//! Notifications as Shopify signs them, and the statement that stores one.

use crate::stage::{SERVED, Stage, quoted, spaced};
use crate::stores;
use anyhow::Result;
use serde_json::json;
use std::net::SocketAddr;

const SECRET: &str = "only the bench signs with this";
/// An order's notification, cut short; nothing is done for its topic but to see that.
const BODY: &str = r#"{"id": 820982911946154508, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508", "name": "Bench", "currency": "EUR", "email": null, "note": "Everything that is signed is hashed, and everything that is stored is hashed once more, so a body has some length."}"#;
const TOPIC: &str = "shop/update";
/// More than can be stored in a second.
const PER_SECOND: usize = 6_000;

/// Stores that are told something.
pub struct Webhooks {
    address: SocketAddr,
    /// The one that is told a lot.
    pub busy: String,
    /// The one that is told little.
    pub quiet: String,
}

impl Webhooks {
    /// Makes the stores, their credentials sealed as the components open them.
    pub async fn set(stage: &Stage) -> Result<Self> {
        let credentials = json!({"access_token": "none", "client_secret": SECRET});
        let config = json!({});
        let connect = |name| stores::connect(stage, "shopify", name, &config, &credentials);
        Ok(Self {
            address: stage.address(),
            busy: connect("busy").await?,
            quiet: connect("quiet").await?,
        })
    }

    /// A delivery to `store` under `id`. The signature covers the body alone: it is the same for all.
    pub fn request(&self, store: &str, id: &str) -> Vec<u8> {
        let mut text = format!(
            "POST /webhooks/shopify/{store} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.address,
            BODY.len()
        );
        for (name, value) in intake::shopify_headers(SECRET, id, BODY.as_bytes()) {
            let value = match name {
                "x-shopify-topic" => TOPIC,
                _ => &value,
            };
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(BODY);
        text.into_bytes()
    }

    /// Deliveries, each of its own id, for the loads of one measurement.
    pub fn requests(&self, seconds: u64) -> Vec<Vec<u8>> {
        let count = SERVED * PER_SECOND * usize::try_from(seconds).unwrap_or(1);
        (0..count)
            .map(|turn| self.request(&self.busy, &format!("load-{turn:024}")))
            .collect()
    }

    /// What a delivery sends to the database, for pgbench; each of its own id.
    pub fn script(&self) -> String {
        let args = json!({
            "store_id": self.busy,
            "topic": TOPIC,
            "encoding": "text",
            "request_id": "01a2061b-2cfc-7099-914e-a6d16a98d4cb",
            "headers": {
                "content-type": "application/json",
                "x-shopify-topic": TOPIC,
                "x-shopify-shop-domain": "shop.myshopify.com",
                "x-shopify-api-version": "2026-10",
                "x-shopify-webhook-id": "load-000000000000000000000000",
                "x-shopify-hmac-sha256": "[redacted]",
            },
        });
        format!(
            "select hub.receive_webhook({}::jsonb || jsonb_build_object('event_id', gen_random_uuid()), {});\n",
            quoted(&spaced(&args.to_string())),
            quoted(BODY)
        )
    }
}
