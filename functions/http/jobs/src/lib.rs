//! The `jobs` component: `/jobs`.

use common::jobs::http as jobs;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// What is waiting, running and done; what needs no approval can be queued by hand.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => jobs::list(&request, host).await,
        (&Method::POST, []) => jobs::create(&mut request, host, platforms::all()).await,
        (&Method::GET, [id]) => jobs::get(&request, host, id).await,
        (&Method::PATCH, [id]) => jobs::change(&mut request, host, id).await,
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
