//! The `webhook-keys` component: `/webhook-keys`.

use common::router::{Routes, find};
use common::webhook_keys;
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /webhook-keys",
    "POST /webhook-keys",
    "GET /webhook-keys/{id}",
    "DELETE /webhook-keys/{id}",
    "POST /webhook-keys/{id}/rotate",
];

/// What product management systems sign their events with. A secret is shown once.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /webhook-keys", []) => webhook_keys::list(&request, host).await,
        ("POST /webhook-keys", []) => webhook_keys::create(&mut request, host).await,
        ("GET /webhook-keys/{id}", [id]) => webhook_keys::get(&request, host, id).await,
        ("DELETE /webhook-keys/{id}", [id]) => webhook_keys::revoke(&request, host, id).await,
        ("POST /webhook-keys/{id}/rotate", [id]) => webhook_keys::rotate(&request, host, id).await,
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
