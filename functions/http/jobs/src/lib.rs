//! The `jobs` component: `/jobs`.

use common::jobs::http as jobs;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /jobs",
    "POST /jobs",
    "GET /jobs/{id}",
    "PATCH /jobs/{id}",
];

/// What is waiting, running and done; what needs no approval can be queued by hand.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /jobs", []) => jobs::list(&request, host).await,
        ("POST /jobs", []) => jobs::create(&mut request, host, platforms::all()).await,
        ("GET /jobs/{id}", [id]) => jobs::get(&request, host, id).await,
        ("PATCH /jobs/{id}", [id]) => jobs::change(&mut request, host, id).await,
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
