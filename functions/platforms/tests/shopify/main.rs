//! The Shopify plugin against the fake Shopify over real HTTP, and against Shopify's own schema.
//! Every request that any of these tests sends is checked against that schema.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test that goes wrong may say so by panicking"
)]

mod authentication;
mod faults;
#[path = "../support/native.rs"]
mod native;
mod orders;
mod products;
mod refusals;
mod schema;
mod stock;
mod support;
