//! The `health` component: `/health/live` and `/health/ready`.

use common::health;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &["GET /health/live", "GET /health/ready"];

/// Says whether this instance runs, and whether it can serve.
///
/// # Errors
/// 404 for another address, 405 for another method, 503 when the database can't serve.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /health/live", []) => Ok(health::live()),
        ("GET /health/ready", []) => health::ready(host).await,
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
