//! Keys for machines from outside, without Spin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod bearer;
mod making;
mod nonces;
mod rotating;
mod signed;
