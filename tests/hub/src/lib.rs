//! What `cargo hub` does, one module a verb; the end-to-end tests build and configure the app through the same code.

pub mod bench;
pub mod components;
pub mod database;
pub mod demo;
pub mod keys;
pub mod migrate;
pub mod output;
pub mod progress;
pub mod project;
pub mod ready;
pub mod sandbox;
pub mod secrets;
pub mod signals;
pub mod signing_keys;
pub mod state;
pub mod token;
pub mod up;
pub mod variables;
