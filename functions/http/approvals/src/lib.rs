//! The `approvals` component: `/approvals`.

use common::approvals;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// What would reach a channel is asked for here, and decided by another person.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => approvals::list(&request, host).await,
        (&Method::POST, []) => approvals::ask(&mut request, host, platforms::all()).await,
        (&Method::GET, [id]) => approvals::get(&request, host, id).await,
        (&Method::PATCH, [id]) => approvals::decide(&mut request, host, id).await,
        (_, []) => Err(Error::method_not_allowed(&[Method::GET, Method::POST])),
        (_, [_]) => Err(Error::method_not_allowed(&[Method::GET, Method::PATCH])),
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
