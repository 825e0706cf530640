//! The only code that knows the cron trigger: the domain's ports over synchronous Spin interfaces and
//! WASI 0.2, and the way from a tick to a function of the domain.
//!
//! The trigger's export is synchronous and its released version embeds a runtime without WASI 0.3, so nothing here
//! may import that: Postgres is asked synchronously (other jobs of the instance wait meanwhile), while HTTP,
//! clocks and sleeping overlap under a small executor.
//!
//! A component is its task and three lines:
//! ```ignore
//! runtime_cron::export!(Component with_types_in runtime_cron::bindings);
//! ```

#[cfg(any(target_arch = "wasm32", test))]
mod failure;

#[cfg(target_arch = "wasm32")]
#[allow(
    unsafe_code,
    missing_docs,
    clippy::indexing_slicing,
    clippy::allow_attributes_without_reason,
    reason = "generated from wit/"
)]
pub mod bindings {
    //! The trigger's world, generated.
    wit_bindgen::generate!({
        path: "wit",
        world: "stage-hub:runtime/scheduled",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "runtime_cron::bindings",
    });
}
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod http_client;
#[cfg(target_arch = "wasm32")]
mod tick;

#[cfg(target_arch = "wasm32")]
pub use {
    bindings::{Error as TickError, Guest, Metadata, export},
    host::CronHost,
    tick::run,
};
