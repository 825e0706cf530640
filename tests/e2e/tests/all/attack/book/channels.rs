//! Channels, stores and what is done to them.

use crate::attack::entry::{Access, Entry, entry};
use serde_json::json;

pub fn entries() -> Vec<Entry> {
    vec![
        entry("GET /platforms", 200).access(Access::Callers),
        entry("GET /platforms/{slug}", 200)
            .at("/platforms/shopify")
            .access(Access::Callers),
        entry("GET /stores", 200),
        entry("POST /stores", 201).json(json!({"platform": "shopify", "name": "{new}",
            "credentials": {"access_token": "shpat_{new}"}, "config": {"base_url": "https://example.myshopify.com"}})),
        entry("GET /stores/{id}", 200).at("/stores/{store}"),
        entry("PATCH /stores/{id}", 200)
            .at("/stores/{store}")
            .json(json!({"name": "Renamed", "credentials": {"access_token": "shpat_{new}"}}))
            .takes(&["status"]),
        entry("DELETE /stores/{id}", 204).at("/stores/{store}"),
        entry("POST /stores/{id}/connect", 200).at("/stores/{oauth_store}/connect"),
        entry("GET /stores/{id}/requests", 200).at("/stores/{store}/requests")
            .with(&["request"]),
        entry("GET /stores/{id}/traffic", 200).at("/stores/{store}/traffic")
            .with(&["request"]),
        entry("GET /oauth/callback", 200)
            .at("/oauth/callback?{oauth_secret}")
            .access(Access::Everybody),
        entry("GET /oauth/callback/{platform}", 200)
            .at("/oauth/callback/shopify?{oauth_secret}")
            .access(Access::Everybody),
    ]
}
