//! The sign-in, tested as its component runs: its routes on a real Postgres as the role `hub_auth`, with a clock that can be
//! set, chance that can be counted on, and beside it a component that the tokens are for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support code of tests: what does not work ends the test"
)]

mod host;
mod scene;

pub use host::SignInHost;
pub use scene::{Asked, PUBLIC_URL, Scene, claims, cookies};
