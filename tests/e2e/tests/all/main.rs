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
mod bad_input;
mod catalogue;
mod channels;
mod connect;
mod contract;
mod health;
mod key_rotation;
mod manifest;
mod members;
mod orders;
mod path;
mod queue;
mod requests;
mod scenario;
mod secrets;
mod tenancy;
mod webhooks;
