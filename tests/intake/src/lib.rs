//! Intake, tested as its components run: their routes on a real Postgres, with a clock, a database that can go away and
//! a log that can be read.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support code of tests: what does not work ends the test"
)]

mod host;
mod scene;
mod sign;

pub use host::SceneHost;
pub use scene::{Scene, bare};
pub use sign::{Signed, pms_headers, shopify_headers};
