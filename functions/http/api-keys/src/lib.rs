//! The `api-keys` component: `/api-keys`.

use common::api_keys;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /api-keys",
    "POST /api-keys",
    "GET /api-keys/{id}",
    "PATCH /api-keys/{id}",
    "DELETE /api-keys/{id}",
    "POST /api-keys/{id}/rotate",
];

/// Keys for machines. A secret is shown once.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /api-keys", []) => api_keys::list(&request, host).await,
        ("POST /api-keys", []) => api_keys::create(&mut request, host).await,
        ("GET /api-keys/{id}", [id]) => api_keys::get(&request, host, id).await,
        ("PATCH /api-keys/{id}", [id]) => api_keys::change(&mut request, host, id).await,
        ("DELETE /api-keys/{id}", [id]) => api_keys::revoke(&request, host, id).await,
        ("POST /api-keys/{id}/rotate", [id]) => api_keys::rotate(&mut request, host, id).await,
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
