//! Arbitrary and damaged input for every parser that an outsider reaches.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a failed test may panic"
)]

mod catalogue_files;
mod notifications;
mod requests;
