//! The Shopify plugin against the fake Shopify over real HTTP, and against Shopify's own schemas and
//! library. Every request that any of these tests sends, and every answer, is checked against the schema.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test that goes wrong may say so by panicking"
)]

mod authentication;
mod capabilities;
mod check;
mod connect;
mod cost;
mod faults;
mod inbox;
mod merchant;
#[path = "../support/native.rs"]
mod native;
#[path = "../support/node.rs"]
mod node;
mod orders;
mod products;
mod published;
mod read_orders;
mod refresh;
mod refusals;
mod schema;
mod stock;
mod support;
mod versions;
mod webhooks;
