//! Workspaces, who belongs to them, and how one comes to.

use crate::attack::entry::{Access, Entry, entry};
use serde_json::json;

pub fn entries() -> Vec<Entry> {
    vec![
        entry("GET /workspaces", 200).access(Access::People),
        entry("POST /workspaces", 201)
            .json(json!({"slug": "{new}", "name": "Founded"}))
            .access(Access::People),
        entry("GET /workspaces/{id}", 200).at("/workspaces/{workspace}"),
        entry("PATCH /workspaces/{id}", 200)
            .at("/workspaces/{workspace}")
            .json(json!({"name": "Renamed"})),
        entry("GET /members", 200),
        entry("GET /members/{id}", 200).at("/members/{member}"),
        entry("PATCH /members/{id}", 200)
            .at("/members/{member}")
            .json(json!({"role": "operator"})),
        entry("DELETE /members/{id}", 204).at("/members/{member}"),
        entry("GET /invitations", 200),
        entry("POST /invitations", 201)
            .json(json!({"role": "viewer", "email": "{new}@example.com"})),
        entry("GET /invitations/accept", 200).access(Access::Everybody),
        entry("POST /invitations/accept", 200)
            .json(json!({"token": "{invitation_secret}"}))
            .access(Access::Newcomers),
        entry("GET /invitations/{id}", 200).at("/invitations/{invitation}"),
        entry("DELETE /invitations/{id}", 204).at("/invitations/{invitation}"),
    ]
}
