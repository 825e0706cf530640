//! Stateful fakes of the sales channels over real HTTP: they keep products, stock and orders, count
//! costs, refuse what the vendor refuses, and fail on demand.
//!
//! A store whose `config.base_url` is [`Sandbox::shopify_url`] and whose credentials are
//! `{"access_token": "shpat_sandbox"}` uses the fake Shopify.
#![allow(
    clippy::indexing_slicing,
    reason = "serde_json's own indexing: a missing key is null"
)]

mod control;
mod faults;
mod graphql;
pub mod schema;
mod server;
mod shopify;
mod waylay;

pub use faults::{Fault, FaultKind};
pub use server::Sandbox;
pub use shopify::{CLIENT_ID, CLIENT_SECRET, TOKEN};
