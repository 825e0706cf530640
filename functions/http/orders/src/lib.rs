//! The `orders` component: `/orders`.

use common::orders;
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// Orders as the channels have them; what was sent is told to the channel from here.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => orders::list(&request, host).await,
        (&Method::GET, [id]) => orders::get(&request, host, id).await,
        (&Method::POST, [id, "fulfil"]) => {
            orders::fulfil(&mut request, host, platforms::all(), id).await
        }
        (_, [] | [_]) => Err(Error::method_not_allowed(&[Method::GET])),
        (_, [_, "fulfil"]) => Err(Error::method_not_allowed(&[Method::POST])),
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
