//! What components can import: WASI 0.2 and 0.3, and Spin's Postgres and variables.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use wasmtime::component::Linker;

use crate::bindings::settings::fermyon::spin::variables as synchronous_variables;
use crate::bindings::spin::spin::postgres::postgres as spin_postgres;
use crate::bindings::spin::spin::variables::variables as asynchronous_variables;
use crate::component::State;
use crate::engine::engine;
use crate::postgres::Postgres;
use crate::settings::Settings;

/// The linker that all components of this process share.
///
/// # Errors
/// When the engine cannot be started.
pub(crate) fn linker() -> Result<&'static Linker<State>> {
    static LINKER: OnceLock<Result<Linker<State>, String>> = OnceLock::new();
    LINKER
        .get_or_init(|| link().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("cannot offer the host's interfaces: {error}"))
}

fn link() -> Result<Linker<State>> {
    let mut linker = Linker::new(engine()?);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    // A component that imports spin:postgres@4.0.0 finds its functions here too: versions of one
    // major number are compatible, and 4.2.0 only adds to 4.0.0.
    spin_postgres::add_to_linker::<State, Postgres>(&mut linker, State::postgres)?;
    asynchronous_variables::add_to_linker::<State, Settings>(&mut linker, State::settings)?;
    synchronous_variables::add_to_linker::<State, Settings>(&mut linker, State::settings)?;
    Ok(linker)
}
