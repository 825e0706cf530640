//! `/products`: the catalogue, and the import of catalogue files.

use common::products;
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "GET /products",
    "POST /products",
    "POST /products/import",
    "GET /products/{id}",
    "PATCH /products/{id}",
    "DELETE /products/{id}",
];

/// The catalogue of a workspace.
///
/// # Errors
/// The contract's; 404 for another address, 405 for another method.
pub async fn routes<H: Host>(mut request: Request, host: &H) -> Result<Reply> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("GET /products", []) => products::list(&request, host).await,
        ("POST /products", []) => products::create(&mut request, host).await,
        ("POST /products/import", []) => products::import::run(&mut request, host).await,
        ("GET /products/{id}", [id]) => products::get(&request, host, id).await,
        ("PATCH /products/{id}", [id]) => products::update(&mut request, host, id).await,
        ("DELETE /products/{id}", [id]) => products::delete(&request, host, id).await,
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
