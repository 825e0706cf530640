//! One process, one server, a database for each test.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod account;
mod cookies;
mod limits;
mod refresh;
mod refusals;
mod role;
mod sign_in;
