//! The `auth` component: `/auth/v1`, the own sign-in.

use common::auth::{self, Refusal, Wire, account};
use common::router::{Routes, find};
use runtime_http::{Error, Host, Reply, Request, Result};

/// Every route of this component.
pub const ROUTES: Routes = &[
    "POST /auth/v1/signup",
    "POST /auth/v1/token",
    "POST /auth/v1/logout",
    "GET /auth/v1/user",
    "PUT /auth/v1/user",
    "GET /auth/v1/sessions",
    "DELETE /auth/v1/sessions/{id}",
    "GET /auth/v1/events",
    "GET /auth/v1/.well-known/jwks.json",
    "GET /auth/v1/settings",
    "GET /auth/v1/health",
];

/// Signing up, in, on and out, and one's own account. Refusals have the shape that Supabase's client reads.
///
/// # Errors
/// None: every refusal is an answer.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    let wire = Wire::of(&request);
    let outcome = route(request, host).await;
    Ok(wire.answer(host, outcome))
}

async fn route<H: Host>(mut request: Request, host: &H) -> Result<Reply, Refusal> {
    let found = find(ROUTES, &request)?;
    match (found.route, found.ids.as_slice()) {
        ("POST /auth/v1/signup", []) => auth::sign_up::sign_up(&mut request, host).await,
        ("POST /auth/v1/token", []) => auth::sign_in::token(&mut request, host).await,
        ("POST /auth/v1/logout", []) => account::sign_out(&request, host).await,
        ("GET /auth/v1/user", []) => account::user(&request, host).await,
        ("PUT /auth/v1/user", []) => account::update(&mut request, host).await,
        ("GET /auth/v1/sessions", []) => account::sessions(&request, host).await,
        ("DELETE /auth/v1/sessions/{id}", [id]) => account::end_session(&request, host, id).await,
        ("GET /auth/v1/events", []) => account::events(&request, host).await,
        ("GET /auth/v1/.well-known/jwks.json", []) => auth::jwks(host),
        ("GET /auth/v1/settings", []) => Ok(auth::settings(host)),
        ("GET /auth/v1/health", []) => Ok(auth::health()),
        _ => Err(Error::not_found().into()),
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
