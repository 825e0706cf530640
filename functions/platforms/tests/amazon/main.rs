//! The Amazon plugin against the fake Selling Partner API over real HTTP. Every request and every answer of
//! these tests is checked against Amazon's own models, every notification against its schema.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test that goes wrong may say so by panicking"
)]

mod authentication;
mod canned;
mod capabilities;
mod families;
mod faults;
mod feeds;
mod judge;
#[path = "../support/native.rs"]
mod native;
mod orders;
mod preview;
mod products;
mod published;
mod receiver;
mod refusals;
mod shipments;
mod stock;
mod subscriptions;
mod support;
mod webhooks;
