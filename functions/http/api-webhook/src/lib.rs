//! The `api-webhook` component: `/api/webhook`.

use common::router::{Routes, find};
use common::webhooks::{Memory, pms};
use runtime_http::{Error, Host, Reply, Request, Result};

thread_local! {
    // Leaked once an instance: requests borrow it across awaits, and it lives as long as the memory.
    static MEMORY: &'static Memory = Box::leak(Box::default());
}

/// Every route of this component.
pub const ROUTES: Routes = &["POST /api/webhook"];

/// Where product management systems post their events. Open to everybody: each is verified by its signature.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let memory = MEMORY.with(|memory| *memory);
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("POST /api/webhook", []) => pms::receive(&mut request, host, memory).await,
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
        runtime_http::serve(request, crate::ROUTES, crate::routes).await
    }
}
