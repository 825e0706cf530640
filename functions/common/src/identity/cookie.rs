//! Tokens in cookies, for browsers: out of reach of a page's scripts, sent by the browser alone.
//!
//! `__Host-` (RFC 6265bis, 4.1.3.2) ties a cookie to this host: no sibling domain and no plain connection can set it.
//! A browser adds cookies to requests that other sites make it send, so whatever changes something has to show that it
//! comes from our own pages: by `Origin`, which browsers send with every unsafe method and pages can't forge, or by
//! `Sec-Fetch-Site`. `SameSite=Strict` is the second wall, not the first.

use crate::cors::Origin;
use crate::error::{Error, Kind, Result};
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::Request;
use http::header;

/// Carries the access token.
pub const ACCESS: &str = "__Host-hub-access";
/// Carries the refresh token.
pub const REFRESH: &str = "__Host-hub-refresh";

/// The longest value that is looked at, in bytes.
const MAX_VALUE_BYTES: usize = 4096;

/// The access token of the request's cookie, where it has one; then an unsafe method must come from one of our own pages.
///
/// # Errors
/// 401 when the cookie comes twice or is no token; 403 when nothing shows that the request comes from our own pages.
pub fn access_token(request: &Request, host: &impl Host) -> Result<Option<String>> {
    let token = value(request, ACCESS)?;
    if token.is_some() {
        own_page(request, host)?;
    }
    Ok(token)
}

/// The refresh token of the request's cookie, where it has one.
///
/// # Errors
/// 401 when the cookie comes twice or is no token.
pub fn refresh_token(request: &Request) -> Result<Option<String>> {
    value(request, REFRESH)
}

/// Refuses an unsafe method that does not show that it comes from our own pages: those of `public_url` and `app_origins`.
///
/// # Errors
/// 403.
pub fn own_page(request: &Request, host: &impl Host) -> Result<()> {
    if request.method.is_safe() || is_own_page(request, host) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Forbidden,
        "With a cookie, this takes a request from one of the app's own pages.",
    ))
}

fn is_own_page(request: &Request, host: &impl Host) -> bool {
    match Origin::of(request, host.settings()) {
        // Whoever names an origin is judged by it: what else the browser says is not asked.
        Ok(Origin::Own(_)) => true,
        Ok(Origin::None) => request.header("sec-fetch-site") == Some("same-origin"),
        Ok(Origin::Foreign(_)) | Err(_) => false,
    }
}

/// The one value of the cookie `name` over all `Cookie` headers (HTTP/2 may split them).
fn value(request: &Request, name: &str) -> Result<Option<String>> {
    let refused = |why: &str| Error {
        source: Some(why.to_owned()),
        ..Error::new(Kind::Unauthorized, "A valid session cookie is needed.")
    };
    let mut found = None;
    for header in request.headers.get_all(header::COOKIE) {
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let Some(given) = pair
                .strip_prefix(name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
            else {
                continue;
            };
            let fits = (1..=MAX_VALUE_BYTES).contains(&given.len())
                && given
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
            let text = std::str::from_utf8(given).ok().filter(|_| fits);
            let text = text.ok_or_else(|| refused("the cookie holds no token"))?;
            if found.replace(text.to_owned()).is_some() {
                return Err(refused("the cookie comes twice"));
            }
        }
    }
    Ok(found)
}

/// `reply` with both tokens as cookies, for as many seconds each.
#[must_use]
pub fn keep(reply: Reply, access: (&str, i64), refresh: (&str, i64)) -> Reply {
    reply
        .with_header(header::SET_COOKIE, &set(ACCESS, access.0, access.1))
        .with_header(header::SET_COOKIE, &set(REFRESH, refresh.0, refresh.1))
}

/// `reply`, after which the browser has neither cookie.
#[must_use]
pub fn forget(reply: Reply) -> Reply {
    keep(reply, ("", 0), ("", 0))
}

fn set(name: &str, value: &str, seconds: i64) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict")
}
