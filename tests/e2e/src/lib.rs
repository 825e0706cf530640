//! A whole Stage Hub for one test: its own database, the real components under the local host, callers
//! with tokens. Schedules are off: a test fires the ticks that it wants.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test support: what fails here fails the test"
)]

mod app;
mod caller;

pub use app::{App, Setup, root};
pub use caller::{Answer, Caller};
