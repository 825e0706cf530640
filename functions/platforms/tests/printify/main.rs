//! The Printify plugin against the fake Printify over real HTTP. Every request that any of these tests sends and
//! every answer that it gets is checked against the vendor's reference; the fake itself is driven by clients that
//! others published.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that goes wrong may say so by panicking, one that is skipped has to say so"
)]

mod authentication;
mod blueprints;
mod faults;
#[path = "../support/native.rs"]
mod native;
mod orders;
mod orders_read;
mod products;
mod publication;
mod published;
mod reading;
mod receiver;
mod refusals;
mod stock;
mod support;
mod truth;
mod webhooks;
