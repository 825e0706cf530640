//! The hub's own sign-in, `/auth/v1`, for those without an identity provider; on the wire as Supabase's auth client
//! speaks it.
//!
//! Runs as the role `hub_auth`, which alone may read password hashes and refresh tokens, and alone gets the private
//! keys of `auth_signing_keys`. Access tokens are good for ten minutes; whether their session still lives is asked by
//! `hub.serve` at each request. Refresh tokens are exchanged once; one that comes again ends its session.
//!
//! Browsers may have both tokens as cookies instead (`cookie=true`, [`crate::identity::cookie`]).

pub mod account;
pub mod password;
pub mod refusal;
pub mod sign_in;
pub mod sign_up;
mod store;
mod tokens;

pub use refusal::{Refusal, Result};

use crate::ports::{Host, Log};
use crate::reply::Reply;
use crate::request::Request;
use http::{StatusCode, header};
use serde_json::json;

/// The largest body of `/auth/v1`, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// What of a request outlives it, to answer a refusal in its client's terms.
pub struct Wire {
    version: Option<String>,
    request_id: String,
}

impl Wire {
    /// That of `request`.
    pub fn of(request: &Request) -> Self {
        let version = request.header(refusal::API_VERSION.as_str());
        Self {
            version: version.map(str::to_owned),
            request_id: request.request_id.clone(),
        }
    }

    /// The answer; what a refusal does not tell its caller is logged.
    pub fn answer(&self, log: &impl Log, outcome: Result<Reply>) -> Reply {
        outcome.unwrap_or_else(|refusal| {
            if let Some(source) = &refusal.source {
                log.log(json!({"event": "auth.refused", "auth.code": refusal.code, "request.id": self.request_id, "error.source": source}));
            }
            refusal.reply(self.version.as_deref())
        })
    }
}

/// `GET /auth/v1/.well-known/jwks.json`: the public halves of the keys that sign access tokens.
///
/// # Errors
/// 500 when the keys are missing or unfit.
pub fn jwks(host: &impl Host) -> Result<Reply> {
    let keys = tokens::keys(host)?;
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    let set = json!({ "keys": keys }).to_string();
    let minutes = "public, max-age=600"; // no longer than verifiers keep keys that they know
    Ok(Reply::json(StatusCode::OK, set).with_header(header::CACHE_CONTROL, minutes))
}

/// `GET /auth/v1/settings`: what this sign-in offers.
pub fn settings(host: &impl Host) -> Reply {
    let offers = json!({
        "external": {"email": true, "phone": false, "anonymous_users": false},
        "disable_signup": !sign_up::is_open(host),
        "mailer_autoconfirm": true,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    });
    Reply::json(StatusCode::OK, offers.to_string())
}

/// `GET /auth/v1/health`.
pub fn health() -> Reply {
    let about = json!({"name": "Stage Hub", "version": env!("CARGO_PKG_VERSION"), "description": "own sign-in"});
    Reply::json(StatusCode::OK, about.to_string())
}

/// The value of `name` in a query string, as sent. Ours are plain words: nothing is decoded.
pub(crate) fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    })
}

/// The body as JSON of the shape `T`; members that we don't know are other versions' business.
async fn body<T: serde::de::DeserializeOwned>(request: &mut Request) -> Result<T> {
    request.require_type("application/json")?;
    let bytes = request.bytes(MAX_BODY_BYTES).await?;
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Refusal::invalid("The body must be a JSON object."));
    }
    Ok(crate::request::parse_json(&bytes)?)
}
