//! The host with components that misbehave: built for WebAssembly and run as any application.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is a failure that says where"
)]

mod cache;
mod cron;
mod failure;
mod outbound;
mod postgres;
mod request;
mod settings;
mod support;
