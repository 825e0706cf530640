//! The `approvals` component: `/approvals`.

use common::approvals;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /approvals",
    "POST /approvals",
    "GET /approvals/{id}",
    "PATCH /approvals/{id}",
];

/// What would reach a channel is asked for here, and decided by another person.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /approvals", []) => approvals::list(&request, host).await,
        ("POST /approvals", []) => approvals::ask(&mut request, host, platforms::all()).await,
        ("GET /approvals/{id}", [id]) => approvals::get(&request, host, id).await,
        ("PATCH /approvals/{id}", [id]) => approvals::decide(&mut request, host, id).await,
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
