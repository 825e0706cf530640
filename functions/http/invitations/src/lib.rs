//! The `invitations` component: `/invitations`.

use common::invitations;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /invitations",
    "POST /invitations",
    "GET /invitations/accept",
    "POST /invitations/accept",
    "GET /invitations/{id}",
    "DELETE /invitations/{id}",
];

/// How somebody becomes a member. A token is shown once and works once.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /invitations", []) => invitations::list(&request, host).await,
        ("POST /invitations", []) => invitations::create(&mut request, host).await,
        ("GET /invitations/accept", []) => Ok(invitations::explain()),
        ("POST /invitations/accept", []) => invitations::accept(&mut request, host).await,
        ("GET /invitations/{id}", [id]) => invitations::get(&request, host, id).await,
        ("DELETE /invitations/{id}", [id]) => invitations::revoke(&request, host, id).await,
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
