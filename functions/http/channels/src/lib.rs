//! The `channels` component: `/platforms`. (The package `platforms` holds the plugins that it shows.)

use common::channels;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// What each sales channel is, can do and allows.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    let plugins = platforms::all();
    match (&request.method, segments(&request.path).as_slice()) {
        (&Method::GET, []) => channels::list(&request, host, plugins).await,
        (&Method::GET, [slug]) => channels::get(&request, host, plugins, slug).await,
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
