//! Stage Hub from outside: the real components under the local host on a real Postgres.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a failed test may panic"
)]

mod api_keys;
mod approvals;
mod asking;
mod attack;
mod audit;
mod bad_input;
mod catalogue;
mod channels;
mod comparisons;
mod connect;
mod contract;
mod edge;
mod health;
mod key_rotation;
mod manifest;
mod members;
#[allow(dead_code, reason = "channels use more of it")]
#[path = "../../../../functions/platforms/tests/support/node.rs"]
mod node;
mod orders;
mod path;
mod provider;
mod queue;
mod readme;
mod requests;
mod scenario;
mod sign_in;
mod tenancy;
mod webhooks;
