//! The `listings` component: `/listings`.

use common::listings;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// Draft listings are made, changed and removed here; what a channel shows changes by approval.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => listings::list(&request, host).await,
        (&Method::POST, []) => listings::create(&mut request, host).await,
        (&Method::GET, [id]) => listings::get(&request, host, id).await,
        (&Method::PATCH, [id]) => listings::update(&mut request, host, id).await,
        (&Method::DELETE, [id]) => listings::delete(&request, host, id).await,
        (_, []) => Err(Error::method_not_allowed(&[Method::GET, Method::POST])),
        (_, [_]) => Err(Error::method_not_allowed(&[
            Method::GET,
            Method::PATCH,
            Method::DELETE,
        ])),
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
