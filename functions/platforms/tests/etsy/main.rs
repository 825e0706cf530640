//! The Etsy plugin against the sandbox, over HTTP. What it sends and what the sandbox answers is checked
//! against Etsy's own OpenAPI description where that is at hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that can't go on should stop where it stands"
)]

mod authentication;
mod connecting;
mod descriptor;
mod faults;
mod inventory;
mod listing;
#[path = "../support/native.rs"]
mod native;
mod orders;
mod pictures;
mod preview;
mod products;
mod published;
mod refusals;
mod specification;
mod stock;
mod support;
mod webhooks;
