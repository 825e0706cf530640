//! The `not-found` component: every address that no other component has. Without it Spin would answer
//! with an empty 404, which no client of the contract can read.

use common::router::Routes;
use runtime_http::{Error, Host, Reply, Request, Result};

/// None: whatever comes here is nothing.
pub const ROUTES: Routes = &[];

/// Says that there is nothing.
///
/// # Errors
/// 404, always.
pub async fn routes<H: Host>(_request: Request, _host: &H) -> Result<Reply> {
    Err(Error::not_found())
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
