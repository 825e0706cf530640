//! The `api-webhook` component: `/api/webhook`.

use common::request::segments;
use common::webhooks::{Memory, pms};
use runtime_http::{Error, Host, Method, Reply, Request, Result};

thread_local! {
    // Leaked once an instance: requests borrow it across awaits, and it lives as long as the memory.
    static MEMORY: &'static Memory = Box::leak(Box::default());
}

/// Where product management systems post their events. Open to everybody: each is verified by its signature.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let (method, path) = (request.method.clone(), request.path.clone());
    let memory = MEMORY.with(|memory| *memory);
    match (&method, segments(&path).as_slice()) {
        (&Method::POST, ["webhook"]) => pms::receive(&mut request, host, memory).await,
        (_, ["webhook"]) => Err(Error::method_not_allowed(&[Method::POST])),
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
