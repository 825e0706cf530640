//! The `members` component: `/members`.

use common::members;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /members",
    "GET /members/{id}",
    "PATCH /members/{id}",
    "DELETE /members/{id}",
];

/// Who belongs to the workspace, and as what.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /members", []) => members::list(&request, host).await,
        ("GET /members/{id}", [id]) => members::get(&request, host, id).await,
        ("PATCH /members/{id}", [id]) => members::update(&mut request, host, id).await,
        ("DELETE /members/{id}", [id]) => members::remove(&request, host, id).await,
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
