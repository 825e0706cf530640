//! Whatever is sent, nothing traps and nothing is our fault: every parser that an outsider reaches, as the routes reach
//! it, on a real Postgres.
//!
//! How much is tried is the variable `PROPTEST_CASES`: 256 inputs for each property if it is not set, which takes seconds.
//! `PROPTEST_CASES=200000 cargo test -p fuzz --release` runs for an hour or so. What was found is kept in
//! `proptest-regressions/` and tried first from then on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support code of tests: what does not work ends the test"
)]

mod json;
mod seeds;
mod target;

pub use json::{anything, mutated, text};
pub use seeds::{CSV, bodies, notifications};
pub use target::{Target, fault, routes};
