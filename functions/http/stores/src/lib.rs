//! The `stores` component: `/stores`, and of each store `requests` and `traffic`.

use common::router::{Routes, find};
use common::{connections, stores};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /stores",
    "POST /stores",
    "GET /stores/{id}",
    "PATCH /stores/{id}",
    "DELETE /stores/{id}",
    "POST /stores/{id}/connect",
    "GET /stores/{id}/requests",
    "GET /stores/{id}/traffic",
];

/// The shops of a workspace. Credentials go in and never come out.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /stores", []) => stores::list(&request, host).await,
        ("POST /stores", []) => stores::create(&mut request, host, platforms::all()).await,
        ("GET /stores/{id}", [id]) => stores::get(&request, host, id).await,
        ("PATCH /stores/{id}", [id]) => {
            stores::update(&mut request, host, platforms::all(), id).await
        }
        ("DELETE /stores/{id}", [id]) => stores::delete(&request, host, id).await,
        ("POST /stores/{id}/connect", [id]) => {
            connections::connect(&request, host, platforms::all(), id).await
        }
        ("GET /stores/{id}/requests", [id]) => stores::requests::list(&request, host, id).await,
        ("GET /stores/{id}/traffic", [id]) => stores::requests::traffic(&request, host, id).await,
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
