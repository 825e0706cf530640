//! Stateful fakes of the sales channels over real HTTP: they keep products, stock and orders, count
//! costs, refuse what the vendor refuses, and fail on demand.
//!
//! Each answers under its own path; [`Sandbox::ready_stores`] has a store of each that works as it is.
#![allow(
    clippy::indexing_slicing,
    reason = "serde_json's own indexing: a missing key is null"
)]

pub mod amazon;
mod asked;
mod control;
pub mod etsy;
mod fake;
mod fakes;
mod faults;
mod graphql;
mod inner;
mod outbox;
pub mod printify;
pub mod schema;
mod server;
mod shopify;
mod stamp;
mod waylay;

pub use faults::{Fault, FaultKind};
pub use graphql::requested_cost;
pub use outbox::Attempt;
pub use server::{ReadyStore, Sandbox};
pub use shopify::{CLIENT_ID, CLIENT_SECRET, TOKEN};
