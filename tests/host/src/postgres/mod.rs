//! `spin:postgres`, synchronous and asynchronous, with Spin's semantics: a pool per component and
//! address, no transaction control of its own, and Spin's conversions and errors.

mod client;
mod error;
mod host;
mod parameter;
mod pool;
mod range;
mod rows;
mod value;

use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};

use crate::allowed_hosts::AllowedHosts;
pub(crate) use pool::Pools;

/// The guest's `connection`: one of the pool's, back in it when the guest drops it.
pub struct Connection(Arc<client::Client>);

/// The guest's `connection-builder`.
pub struct ConnectionBuilder {
    address: String,
    /// PEM text.
    certificate: Option<String>,
}

/// What the interface's functions work on.
pub(crate) struct View<'a> {
    pub(crate) table: &'a mut ResourceTable,
    pub(crate) access: &'a Arc<Access>,
}

/// A component's way to databases.
pub(crate) struct Access {
    pub(crate) allowed: AllowedHosts,
    pub(crate) pools: Pools,
}

/// Names [`View`] to the generated bindings.
pub(crate) struct Postgres;

impl HasData for Postgres {
    type Data<'a> = View<'a>;
}
