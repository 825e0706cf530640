//! The `webhook-events` component: `/webhook-events`.

use common::request::segments;
use common::webhook_events;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

/// What was posted to us and what became of it.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::GET, []) => webhook_events::list(&request, host).await,
        (&Method::POST, ["replay"]) => webhook_events::replay_range(&mut request, host).await,
        (&Method::GET, [id]) => webhook_events::get(&request, host, id).await,
        (&Method::POST, [id, "replay"]) => webhook_events::replay(&request, host, id).await,
        (_, ["replay"] | [_, "replay"]) => Err(Error::method_not_allowed(&[Method::POST])),
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
