//! The `oauth-callback` component: `/oauth/callback`, where channels send a shop's owner back to.

use common::connections;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &["GET /oauth/callback", "GET /oauth/callback/{platform}"];

/// Takes the channel's answer. Public: what it believes is the single-use state.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    let plugins = platforms::all();
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /oauth/callback", []) => connections::callback(&request, host, plugins, None).await,
        ("GET /oauth/callback/{platform}", [named]) => {
            connections::callback(&request, host, plugins, Some(named)).await
        }
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
