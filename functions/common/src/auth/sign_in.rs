//! `POST /auth/v1/token`: a session for a password, and on it goes for a refresh token.

use super::password::{self, Password};
use super::refusal::{Refusal, Result};
use super::store::{Outcome, ask};
use super::tokens::{Carrier, RefreshToken, bytes, hex, unhex};
use super::{body, parameter};
use crate::error::Error;
use crate::identity::cookie;
use crate::ports::{Host, Repeat};
use crate::reply::Reply;
use crate::request::Request;
use crate::stores::new_id;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

/// The longest address (RFC 5321, 4.5.3.1.3, less its angle brackets), in bytes.
const MAX_ADDRESS_BYTES: usize = 254;

#[derive(Deserialize)]
struct Credentials {
    email: Option<String>,
    password: Option<String>,
}

#[derive(Default, Deserialize)]
struct Refresh {
    refresh_token: Option<String>,
}

/// `POST /auth/v1/token?grant_type=password|refresh_token` → the tokens and the user.
///
/// # Errors
/// 400 for what is not one of the two grants, for wrong credentials, for a token that is none or was used; 429.
pub async fn token(request: &mut Request, host: &impl Host) -> Result<Reply> {
    match parameter(&request.query, "grant_type") {
        Some("password") => with_password(request, host).await,
        Some("refresh_token") => with_refresh_token(request, host).await,
        _ => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "grant_type: takes password or refresh_token",
        )),
    }
}

async fn with_password(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let carrier = Carrier::of(request, host)?;
    let given: Credentials = body(request).await?;
    let (Some(email), Some(typed)) = (given.email, given.password) else {
        return Err(Refusal::invalid(
            "Signing in takes an email and a password.",
        ));
    };
    // What can't be an address or a password is nobody's: told before any work, since the caller knows it as well.
    let email = address(&email).map_err(|_| Refusal::credentials())?;
    let password = Password::typed(&typed).ok_or_else(Refusal::credentials)?;
    let begin = include_str!("begin_sign_in.sql");
    let found = ask(host, request, begin, json!({"email": email}), Repeat::Safe).await?;
    if !password.fits(found.hash.as_deref())? {
        // The same statement whether the account is there or not: it takes the same time.
        let failed = include_str!("fail_sign_in.sql");
        ask(
            host,
            request,
            failed,
            json!({"user": found.user}),
            Repeat::Unsafe,
        )
        .await?;
        return Err(Refusal::credentials());
    }
    let stored = found.hash.unwrap_or_default();
    let renewed = password::is_outdated(&stored)
        .then(|| password.hash(host))
        .transpose()?;
    let refresh = RefreshToken::new(host);
    let args = json!({"user": found.user, "hash": stored, "new_hash": renewed,
        "session": new_id(host), "refresh_hash": refresh.hash()});
    let finish = include_str!("finish_sign_in.sql");
    let answer = ask(host, request, finish, args, Repeat::Unsafe).await?;
    match answer.outcome {
        Outcome::Ok => carrier.reply(host, &answer, &refresh),
        _ => Err(Refusal::credentials()),
    }
}

async fn with_refresh_token(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let carrier = Carrier::of(request, host)?;
    let given = match carrier {
        Carrier::Body => body::<Refresh>(request).await?.refresh_token,
        Carrier::Cookie => cookie::refresh_token(request)?,
    };
    let outcome = exchange(request, host, carrier, given.as_deref().unwrap_or_default()).await;
    // A cookie that is good for nothing any more goes; one that could not be tried stays.
    outcome.map_err(|refusal| {
        match carrier == Carrier::Cookie && refusal.status == StatusCode::BAD_REQUEST {
            true => refusal.and_forget(),
            false => refusal,
        }
    })
}

async fn exchange(
    request: &Request,
    host: &impl Host,
    carrier: Carrier,
    given: &str,
) -> Result<Reply> {
    let token = RefreshToken::parse(given).ok_or_else(|| spent(Outcome::NotFound))?;
    let salt = bytes(host);
    let args =
        json!({"hash": token.hash(), "salt": hex(&salt), "next_hash": token.next(&salt)?.hash()});
    // Asked twice within seconds, the statement answers the same successor: it may be sent again.
    let statement = include_str!("refresh.sql");
    let answer = ask(host, request, statement, args, Repeat::Safe).await?;
    if answer.outcome != Outcome::Ok {
        return Err(spent(answer.outcome));
    }
    let salt = answer.salt.as_deref().and_then(unhex);
    let salt = salt.ok_or_else(|| Error::internal("the refresh statement answered no salt"))?;
    carrier.reply(host, &answer, &token.next(&salt)?)
}

/// Why a refresh token is good for nothing.
fn spent(outcome: Outcome) -> Refusal {
    let (code, why) = match outcome {
        Outcome::Expired => ("session_expired", "Session Expired"),
        Outcome::Reused => ("refresh_token_already_used", "Already Used"),
        _ => ("refresh_token_not_found", "Refresh Token Not Found"),
    };
    let message = format!("Invalid Refresh Token: {why}");
    Refusal::new(StatusCode::BAD_REQUEST, code, message)
}

/// An e-mail address as accounts are found by: of printable ASCII, in lower case.
///
/// # Errors
/// 400 when it can't be one.
pub(super) fn address(text: &str) -> Result<String> {
    let text = text.trim().to_ascii_lowercase();
    let fits = text.len() <= MAX_ADDRESS_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && text.split_once('@').is_some_and(|(mailbox, domain)| {
            !mailbox.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
    match fits {
        true => Ok(text),
        false => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "email_address_invalid",
            "Unable to validate email address: invalid format",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_found_however_it_is_typed() {
        assert_eq!(address(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.d",
            "a@b@c",
            "a@.b",
            "a@b.",
            "\u{e4}@b.c",
            "a\n@b.c",
        ] {
            assert!(address(text).is_err(), "{text:?}");
        }
        assert!(address(&format!("{}@b.c", "a".repeat(251))).is_err());
    }
}
