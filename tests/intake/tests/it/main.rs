//! Intake from outside, without Spin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod channels;
mod events;
mod keys;
mod product_management;
mod secrets;
mod strangers;
