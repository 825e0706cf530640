//! Who belongs where, without Spin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod invitations;
mod keys;
mod members;
mod provider;
mod smuggling;
mod workspaces;

use serde_json::Value;

/// A field of a row as text.
fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap()
}
