//! The catalogue, tested as its component runs: the routes of `products` on a real Postgres.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "support code of tests: what does not work ends the test"
)]

mod answer;
mod ports;
mod shop;

pub use answer::Answer;
pub use ports::{TestHost, settings};
pub use shop::{Member, Shop, request};
