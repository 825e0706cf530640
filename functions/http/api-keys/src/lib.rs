//! The `api-keys` component: `/api-keys`.

use common::api_keys;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// Keys for machines. A secret is shown once.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => api_keys::list(&request, host).await,
        (&Method::POST, []) => api_keys::create(&mut request, host).await,
        (&Method::GET, [id]) => api_keys::get(&request, host, id).await,
        (&Method::PATCH, [id]) => api_keys::change(&mut request, host, id).await,
        (&Method::DELETE, [id]) => api_keys::revoke(&request, host, id).await,
        (&Method::POST, [id, "rotate"]) => api_keys::rotate(&mut request, host, id).await,
        (_, []) => Err(Error::method_not_allowed(&[Method::GET, Method::POST])),
        (_, [_]) => Err(Error::method_not_allowed(&[
            Method::GET,
            Method::PATCH,
            Method::DELETE,
        ])),
        (_, [_, "rotate"]) => Err(Error::method_not_allowed(&[Method::POST])),
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
