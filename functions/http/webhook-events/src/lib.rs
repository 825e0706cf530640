//! The `webhook-events` component: `/webhook-events`.

use common::router::{Routes, find};
use common::webhook_events;
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /webhook-events",
    "POST /webhook-events/replay",
    "GET /webhook-events/{id}",
    "POST /webhook-events/{id}/replay",
];

/// What was posted to us and what became of it.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /webhook-events", []) => webhook_events::list(&request, host).await,
        ("POST /webhook-events/replay", []) => {
            webhook_events::replay_range(&mut request, host).await
        }
        ("GET /webhook-events/{id}", [id]) => webhook_events::get(&request, host, id).await,
        ("POST /webhook-events/{id}/replay", [id]) => {
            webhook_events::replay(&request, host, id).await
        }
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
