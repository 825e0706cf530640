//! The `orders` component: `/orders`.

use common::orders;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /orders",
    "GET /orders/{id}",
    "POST /orders/{id}/fulfil",
];

/// Orders as the channels have them; what was sent is told to the channel from here.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /orders", []) => orders::list(&request, host).await,
        ("GET /orders/{id}", [id]) => orders::get(&request, host, id).await,
        ("POST /orders/{id}/fulfil", [id]) => {
            orders::fulfil(&mut request, host, platforms::all(), id).await
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
