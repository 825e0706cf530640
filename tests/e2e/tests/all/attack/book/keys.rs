//! The keys of machines.

use crate::attack::entry::{Entry, entry};
use serde_json::json;

pub fn entries() -> Vec<Entry> {
    vec![
        entry("GET /api-keys", 200),
        entry("POST /api-keys", 201)
            .json(json!({"name": "{new}", "kind": "bearer", "scopes": ["read"]})),
        entry("GET /api-keys/{id}", 200).at("/api-keys/{api_key}"),
        entry("PATCH /api-keys/{id}", 200)
            .at("/api-keys/{api_key}")
            .json(json!({"name": "Renamed"})),
        entry("DELETE /api-keys/{id}", 204).at("/api-keys/{api_key}"),
        entry("POST /api-keys/{id}/rotate", 200)
            .at("/api-keys/{api_key}/rotate")
            .json(json!({"overlap_hours": 1})),
    ]
}
