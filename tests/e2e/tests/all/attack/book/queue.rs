//! Approvals, jobs, orders, the record, and whether we are well.

use crate::attack::entry::{Access, Entry, entry};
use hub::token::Role;
use serde_json::json;

pub fn entries() -> Vec<Entry> {
    vec![
        entry("GET /approvals", 200),
        entry("POST /approvals", 201).json(
            json!({"resource_type": "listing", "resource_id": "{listing}", "action": "publish"}),
        ),
        entry("GET /approvals/{id}", 200).at("/approvals/{approval}"),
        entry("PATCH /approvals/{id}", 200)
            .at("/approvals/{approval}")
            .json(json!({"status": "approved"}))
            .by(Role::Reviewer),
        entry("GET /jobs", 200),
        entry("POST /jobs", 201).json(json!({"type": "noop", "unique_key": "{new}"})),
        entry("POST /jobs", 201).json(json!({"type": "list_products", "store_id": "{store}"})),
        entry("GET /jobs/{id}", 200).at("/jobs/{job}"),
        entry("PATCH /jobs/{id}", 200)
            .at("/jobs/{job}")
            .json(json!({"status": "cancelled"})),
        entry("GET /orders", 200),
        entry("GET /orders/{id}", 200).at("/orders/{order}"),
        entry("POST /orders/{id}/fulfil", 201)
            .at("/orders/{order}/fulfil")
            .json(json!({"notify_customer": false})),
        entry("GET /audit-logs", 200),
        entry("GET /audit-logs/verify", 200).shows_no_rows(),
        entry("GET /audit-logs/export", 200),
        entry("GET /audit-logs/{id}", 200).at("/audit-logs/{audit_log}"),
        entry("GET /health/live", 200).access(Access::Everybody),
        entry("GET /health/ready", 200).access(Access::Everybody),
    ]
}
