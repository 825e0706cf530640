//! Spin's HTTP trigger: the only code of the HTTP components that knows spin-sdk.
//!
//! A component hands its requests to `serve` with its `routes`; the ports of [`common::ports`] stand on
//! WASI 0.3 and `spin:postgres`. Everything that needs Spin exists on `wasm32` only: natively this crate
//! is the names below, so that a component's `routes` can be compiled and tested without Spin.
//!
//! An instance serves many requests, several at once. They share its `SpinHost`, and with it one
//! database connection on which their statements pipeline. Nothing here may panic: a trap ends every
//! request that the instance is serving.

pub use common::error::{Error, Result};
pub use common::ports::Host;
pub use common::reply::Reply;
pub use common::request::Request;
pub use http::Method;

#[cfg(target_arch = "wasm32")]
mod body;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod database;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(any(target_arch = "wasm32", test))]
mod outgoing;

#[cfg(target_arch = "wasm32")]
pub use entry::{Response, serve};
#[cfg(target_arch = "wasm32")]
pub use host::SpinHost;
