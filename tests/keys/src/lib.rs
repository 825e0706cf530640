//! API keys and signed requests, tested as the components run: their routes on a real Postgres.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support code of tests: what does not work ends the test"
)]

mod shop;
mod sign;

pub use shop::{Key, Shop, now_s};
pub use sign::{Draft, Signing};
