//! The `workspaces` component: `/workspaces`.

use common::router::{Routes, find};
use common::workspaces;
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /workspaces",
    "POST /workspaces",
    "GET /workspaces/{id}",
    "PATCH /workspaces/{id}",
];

/// Workspaces are founded here, and say what they are called and which pages may call them.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /workspaces", []) => workspaces::list(&request, host).await,
        ("POST /workspaces", []) => workspaces::create(&mut request, host).await,
        ("GET /workspaces/{id}", [id]) => workspaces::get(&request, host, id).await,
        ("PATCH /workspaces/{id}", [id]) => workspaces::update(&mut request, host, id).await,
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
