//! The `audit-logs` component: `/audit-logs`.

use common::audit_logs;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /audit-logs",
    "GET /audit-logs/verify",
    "GET /audit-logs/export",
    "GET /audit-logs/{id}",
];

/// Who changed what, when, from what to what. Read only. An export goes on after this has returned, with the same host.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(request: Request, host: &'static H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /audit-logs", []) => audit_logs::list(&request, host).await,
        ("GET /audit-logs/verify", []) => audit_logs::verify(&request, host).await,
        ("GET /audit-logs/export", []) => audit_logs::export(&request, host).await,
        ("GET /audit-logs/{id}", [id]) => audit_logs::get(&request, host, id).await,
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
