//! The `stores` component: `/stores`, and of each store `requests` and `traffic`.

use common::request::segments;
use common::{connections, stores};
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// The shops of a workspace. Credentials go in and never come out.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => stores::list(&request, host).await,
        (&Method::POST, []) => stores::create(&mut request, host, platforms::all()).await,
        (&Method::GET, [id]) => stores::get(&request, host, id).await,
        (&Method::PATCH, [id]) => stores::update(&mut request, host, platforms::all(), id).await,
        (&Method::DELETE, [id]) => stores::delete(&request, host, id).await,
        (&Method::POST, [id, "connect"]) => {
            connections::connect(&request, host, platforms::all(), id).await
        }
        (&Method::GET, [id, "requests"]) => stores::requests::list(&request, host, id).await,
        (&Method::GET, [id, "traffic"]) => stores::requests::traffic(&request, host, id).await,
        (_, []) => Err(Error::method_not_allowed(&[Method::GET, Method::POST])),
        (_, [_]) => Err(Error::method_not_allowed(&[
            Method::GET,
            Method::PATCH,
            Method::DELETE,
        ])),
        (_, [_, "connect"]) => Err(Error::method_not_allowed(&[Method::POST])),
        (_, [_, "requests" | "traffic"]) => Err(Error::method_not_allowed(&[Method::GET])),
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
