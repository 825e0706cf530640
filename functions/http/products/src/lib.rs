//! `/products`: the catalogue, and the import of catalogue files.

use common::products;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// The catalogue of a workspace.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => products::list(&request, host).await,
        (&Method::POST, []) => products::create(&mut request, host).await,
        (&Method::POST, ["import"]) => products::import::run(&mut request, host).await,
        (_, ["import"]) => Err(Error::method_not_allowed(&[Method::POST])),
        (&Method::GET, [id]) => products::get(&request, host, id).await,
        (&Method::PATCH, [id]) => products::update(&mut request, host, id).await,
        (&Method::DELETE, [id]) => products::delete(&request, host, id).await,
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
