//! The `health` component: `/health/live` and `/health/ready`.

use common::health;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// Says whether this instance runs, and whether it can serve.
///
/// # Errors
/// 404 for another address, 405 for another method, 503 when the database can't serve.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::GET, ["live"]) => Ok(health::live()),
        (&Method::GET, ["ready"]) => health::ready(host).await,
        (_, ["live" | "ready"]) => Err(Error::method_not_allowed(&[Method::GET])),
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
        runtime_http::serve(request, crate::routes).await
    }
}
