//! `GET /jobs` as it was before there was an edge, for the bench to hold the edge against: one HS256 token, membership and
//! row level security, nothing counted, and the statement planned anew each time (`foundation.run`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::jobs::http::RESOURCE;
use common::ports::{Param, Repeat};
use common::query::Query;
use common::router::{Routes, find};
use hmac::{Hmac, KeyInit as _, Mac as _};
use runtime_http::{Error, Host, Reply, Request, Result};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

/// The only route.
pub const ROUTES: Routes = &["GET /jobs"];

#[derive(Deserialize)]
struct Claims {
    sub: String,
    workspace: String,
    exp: i64,
}

/// A list of jobs.
///
/// # Errors
/// The contract's.
pub async fn routes<H: Host>(request: Request, host: &H) -> Result<Reply> {
    find(ROUTES, &request)?;
    let claims = claims(&request, host)?;
    let (statement, args) = Query::parse(&RESOURCE, &request.query)?.list_statement();
    let context = json!({
        "user": claims.sub,
        "workspace": claims.workspace,
        "need": "read",
        "request_id": request.request_id,
        "ip": request.client_address(),
        "user_agent": request.header("user-agent"),
    });
    let params = vec![
        Param::Json(context.to_string()),
        Param::Text(statement),
        Param::Json(args.to_string()),
    ];
    let statement = "select foundation.run($1, $2, $3)";
    let page = host.text(statement, params, Repeat::Safe).await?;
    Ok(Reply::json(http::StatusCode::OK, page))
}

fn claims(request: &Request, host: &impl Host) -> Result<Claims> {
    let refused = || {
        Error::new(
            common::error::Kind::Unauthorized,
            "A valid bearer token is needed.",
        )
    };
    let token = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    let (signed, signature) = token
        .and_then(|token| token.rsplit_once('.'))
        .ok_or_else(refused)?;
    let secret = host.settings().text("jwt_secret")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| refused())?;
    Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map_err(Error::internal)?
        .chain_update(signed)
        .verify_slice(&signature)
        .map_err(|_| refused())?;
    let (_, payload) = signed.split_once('.').ok_or_else(refused)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| refused())?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| refused())?;
    match claims.exp > host.now_ms().div_euclid(1000) {
        true => Ok(claims),
        false => Err(refused()),
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
