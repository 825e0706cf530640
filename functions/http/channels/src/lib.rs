//! The `channels` component: `/platforms`. (The package `platforms` holds the plugins that it shows.)

use common::channels;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &["GET /platforms", "GET /platforms/{slug}"];

/// What each sales channel is, can do and allows.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    let plugins = platforms::all();
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /platforms", []) => channels::list(&request, host, plugins).await,
        ("GET /platforms/{slug}", [slug]) => channels::get(&request, host, plugins, slug).await,
        _ => Err(Error::not_found()),
    }
}

#[cfg(target_arch = "wasm32")]
#[allow(
    unsafe_code,
    missing_docs,
    reason = "the macro exports a function to Spin"
)]
mod entry {
    #[spin_sdk::http_service]
    async fn handle(request: spin_sdk::http::Request) -> runtime_http::Response {
        runtime_http::serve(request, crate::ROUTES, crate::routes).await
    }
}
