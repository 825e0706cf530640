//! The `listings` component: `/listings`.

use common::listings;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /listings",
    "POST /listings",
    "GET /listings/{id}",
    "PATCH /listings/{id}",
    "DELETE /listings/{id}",
];

/// Draft listings are made, changed and removed here; what a channel shows changes by approval.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /listings", []) => listings::list(&request, host).await,
        ("POST /listings", []) => listings::create(&mut request, host).await,
        ("GET /listings/{id}", [id]) => listings::get(&request, host, id).await,
        ("PATCH /listings/{id}", [id]) => listings::update(&mut request, host, id).await,
        ("DELETE /listings/{id}", [id]) => listings::delete(&request, host, id).await,
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
