//! `POST /auth/v1/signup`: a new account and its first session.
//!
//! Nobody is written to, so nothing proves that an address is its owner's: an account is what its password opens, an
//! address a name for it. That an address has an account already is the one thing that signing up must tell.

use super::password::Password;
use super::refusal::{Refusal, Result};
use super::store::{Outcome, ask};
use super::tokens::{Carrier, RefreshToken};
use super::{body, sign_in};
use crate::ports::{Host, Repeat};
use crate::reply::Reply;
use crate::request::Request;
use crate::stores::new_id;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The most that an account may say of itself, in bytes of JSON.
pub(super) const MAX_METADATA_BYTES: usize = 4096;

#[derive(Deserialize)]
struct NewAccount {
    email: Option<String>,
    password: Option<String>,
    #[serde(default)]
    data: Option<Map<String, Value>>,
}

/// Whether everybody may make an account: variable `sign_up`.
pub(super) fn is_open(host: &impl Host) -> bool {
    // What is neither is a mistake in the setting: then nobody.
    host.settings().text("sign_up").unwrap_or("open") == "open"
}

/// `POST /auth/v1/signup` `{email, password, data?}` → the tokens and the user.
///
/// # Errors
/// 422 when sign-up is switched off, the address has an account, or the password is weak; 400, 429.
pub async fn sign_up(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let carrier = Carrier::of(request, host)?;
    if !is_open(host) {
        return Err(refused(
            "signup_disabled",
            "Signing up is switched off here.",
        ));
    }
    let wanted: NewAccount = body(request).await?;
    let (Some(email), Some(typed)) = (wanted.email, wanted.password) else {
        return Err(Refusal::invalid(
            "Signing up takes an email and a password.",
        ));
    };
    let email = sign_in::address(&email)?;
    let password =
        Password::typed(&typed).ok_or_else(|| Refusal::weak(super::password::Weakness::Length))?;
    if let Some(weakness) = password.weakness(&email) {
        return Err(Refusal::weak(weakness));
    }
    let metadata = wanted.data.unwrap_or_default();
    fits(&metadata)?;
    let limit = include_str!("limit_sign_up.sql");
    ask(host, request, limit, json!({}), Repeat::Safe).await?;
    let refresh = RefreshToken::new(host);
    let args = json!({"email": email, "hash": password.hash(host)?, "metadata": metadata,
        "session": new_id(host), "refresh_hash": refresh.hash()});
    let statement = include_str!("sign_up.sql");
    let answer = ask(host, request, statement, args, Repeat::Unsafe).await?;
    match answer.outcome {
        Outcome::Exists => Err(refused("user_already_exists", "User already registered")),
        _ => carrier.reply(host, &answer, &refresh),
    }
}

/// Refuses metadata that is too large.
pub(super) fn fits(metadata: &Map<String, Value>) -> Result<()> {
    let length = serde_json::to_string(metadata).map_or(usize::MAX, |text| text.len());
    match length <= MAX_METADATA_BYTES {
        true => Ok(()),
        false => Err(Refusal::invalid(
            "data: may have 4096 bytes of JSON at most",
        )),
    }
}

fn refused(code: &'static str, message: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
