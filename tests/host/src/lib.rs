//! A small Spin-compatible host: runs the components of a `spin.toml` where the `spin` command is
//! not installed, for development, tests and measurements.
//!
//! [`Host::start`] reads the manifest, compiles what is not compiled yet, and serves. Hosts are
//! independent of each other: many can run in one process, each with its own variables, and they
//! share one engine and all compiled code.
//!
//! The way of a request: `http::server` accepts it and finds its route (`routes`), `http::headers`
//! adds what Spin tells a component about it, `http::instances` gives it to an instance that is
//! free or new (`component` is what instances start from), and whatever the component asks for
//! comes back through `linker`: `postgres`, `settings`, `outbound`, and WASI.

mod allowed_hosts;
#[allow(missing_docs, clippy::all, reason = "generated from WIT")]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod compile;
mod component;
mod cron;
mod engine;
mod files;
mod host;
mod http;
mod limits;
mod linker;
mod log;
mod manifest;
mod outbound;
mod postgres;
mod routes;
mod settings;
mod variables;

pub use compile::Readied;
pub use host::{Host, HostConfig, Progress};
pub use limits::Limits;
pub use log::LogSink;
pub use variables::Variables;
