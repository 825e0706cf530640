//! Our own sign-in, and what an account can do with itself.

use crate::attack::entry::{Access, Entry, entry};
use serde_json::json;

/// The client sends more than is read here.
const IGNORES: &str = "Supabase's client sends fields of its own";

pub fn entries() -> Vec<Entry> {
    vec![
        entry("POST /auth/v1/signup", 200)
            .json(json!({"email": "{new}@example.com", "password": "a horse and {new}"}))
            .access(Access::Everybody)
            .ignores(IGNORES),
        entry("POST /auth/v1/token", 200)
            .at("/auth/v1/token?grant_type=password")
            .json(json!({"email": "{account_email}", "password": "{password_secret}"}))
            .access(Access::Everybody)
            .ignores(IGNORES),
        entry("POST /auth/v1/token", 200)
            .at("/auth/v1/token?grant_type=refresh_token")
            .json(json!({"refresh_token": "{refresh_secret}"}))
            .access(Access::Everybody)
            .ignores(IGNORES),
        entry("POST /auth/v1/logout", 204)
            .with(&["account_secret"])
            .access(Access::Accounts),
        entry("GET /auth/v1/user", 200)
            .with(&["account_secret"])
            .access(Access::Accounts),
        entry("PUT /auth/v1/user", 200)
            .json(json!({"data": {"name": "{new}"}}))
            .with(&["account_secret"])
            .access(Access::Accounts)
            .ignores(IGNORES),
        entry("GET /auth/v1/sessions", 200)
            .with(&["account_secret"])
            .access(Access::Accounts),
        entry("DELETE /auth/v1/sessions/{id}", 204)
            .at("/auth/v1/sessions/{session}")
            .with(&["account_secret"])
            .access(Access::Accounts),
        entry("GET /auth/v1/events", 200)
            .with(&["account_secret"])
            .access(Access::Accounts),
        entry("GET /auth/v1/.well-known/jwks.json", 200).access(Access::Everybody),
        entry("GET /auth/v1/settings", 200).access(Access::Everybody),
        entry("GET /auth/v1/health", 200).access(Access::Everybody),
    ]
}
