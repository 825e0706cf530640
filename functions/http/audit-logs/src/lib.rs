//! The `audit-logs` component: `/audit-logs`.

use common::audit_logs;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// Who changed what, when, from what to what. Read only. An export goes on after this has returned, with the same host.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(request: Request, host: &'static H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => audit_logs::list(&request, host).await,
        (&Method::GET, ["verify"]) => audit_logs::verify(&request, host).await,
        (&Method::GET, ["export"]) => audit_logs::export(&request, host).await,
        (&Method::GET, [id]) => audit_logs::get(&request, host, id).await,
        (_, [] | [_]) => Err(Error::method_not_allowed(&[Method::GET])),
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
