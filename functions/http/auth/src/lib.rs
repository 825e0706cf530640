//! The `auth` component: `/auth/v1`, the own sign-in.

use common::auth::{self, Refusal, Wire};
use common::request::segments;
use runtime_http::{Error, Host, Method, Reply, Request, Result};

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
    let (method, path) = (request.method.clone(), request.path.clone());
    match (&method, segments(&path).as_slice()) {
        (&Method::POST, ["v1", "signup"]) => auth::sign_up::sign_up(&mut request, host).await,
        (&Method::POST, ["v1", "token"]) => auth::sign_in::token(&mut request, host).await,
        (&Method::POST, ["v1", "logout"]) => auth::account::sign_out(&request, host).await,
        (&Method::GET, ["v1", "user"]) => auth::account::user(&request, host).await,
        (&Method::PUT, ["v1", "user"]) => auth::account::update(&mut request, host).await,
        (&Method::GET, ["v1", "sessions"]) => auth::account::sessions(&request, host).await,
        (&Method::DELETE, ["v1", "sessions", id]) => {
            auth::account::end_session(&request, host, id).await
        }
        (&Method::GET, ["v1", "events"]) => auth::account::events(&request, host).await,
        (&Method::GET, ["v1", ".well-known", "jwks.json"]) => auth::jwks(host),
        (&Method::GET, ["v1", "settings"]) => Ok(auth::settings(host)),
        (&Method::GET, ["v1", "health"]) => Ok(auth::health()),
        (_, ["v1", rest @ ..]) => Err(other_method(rest).into()),
        _ => Err(Error::not_found().into()),
    }
}

/// The 405 of an address that has other methods; else the 404.
fn other_method(rest: &[&str]) -> Error {
    match rest {
        ["signup" | "token" | "logout"] => Error::method_not_allowed(&[Method::POST]),
        ["user"] => Error::method_not_allowed(&[Method::GET, Method::PUT]),
        ["sessions", _] => Error::method_not_allowed(&[Method::DELETE]),
        ["sessions" | "events" | "settings" | "health"] | [".well-known", "jwks.json"] => {
            Error::method_not_allowed(&[Method::GET])
        }
        _ => Error::not_found(),
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
