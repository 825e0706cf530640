//! Signed requests: HTTP Message Signatures (RFC 9421) with `hmac-sha256`.
//!
//! ```text
//! Content-Digest: sha-256=:<base64 of the body's SHA-256>:
//! Signature-Input: sig=("@method" "@authority" "@path" "@query" "content-digest");created=1700000000;expires=1700000060;
//!   nonce="<16 to 128 visible characters, new for each request>";keyid="<the key's keyid>";alg="hmac-sha256"
//! Signature: sig=:<base64 of HMAC-SHA256(secret, signature base)>:
//! ```
//! `content-digest` (RFC 9530) must be covered by what has a body, headers may be covered besides. A signature is good
//! for five minutes at most and once: it is verified here, before Postgres is asked; the statement that serves the
//! request stores the nonce, and a nonce that is there already is a replay.

mod base;
mod input;
#[cfg(test)]
mod tests;

use super::signing_key::Masters;
use super::{Caller, KeyUse, Via, api_key};
use crate::error::{Error, Kind, Result};
use crate::ports::Host;
use crate::request::Request;
use hmac::{Hmac, KeyInit as _, Mac as _};
use input::Input;
use sha2::Sha256;

/// The header that says what is signed, by whom and when.
pub const INPUT_HEADER: &str = "signature-input";
/// Clocks of signer and hub may differ by this much.
const SKEW_S: i64 = 30;
/// The longest validity that a signer may give its signature.
const MAX_VALIDITY_S: i64 = 300;
/// What every signature covers.
const REQUIRED: [&str; 4] = ["@method", "@authority", "@path", "@query"];

/// Who signed `request`. Its body is another's business: [`super::digest`] holds it to the digest that is covered here.
///
/// # Errors
/// 401 that says which header is wrong and how, but of the signature only that it does not fit; also where this component
/// is not given `signing_keys`. 500 when they can't be read.
pub fn verify(request: &Request, host: &impl Host) -> Result<Caller> {
    let input = Input::of(&request.headers)?;
    check_components(request, &input.components)?;
    check_time(&input, host.now_ms().div_euclid(1000))?;
    let base = base::build(request, &input)?;
    if let Err(missing) = host.settings().text("signing_keys") {
        return Err(Error {
            source: Some(missing.to_string()),
            ..Error::new(Kind::Unauthorized, "Signed requests are not taken here.")
        });
    }
    let secret = Masters::of(host)?
        .secret(&input.key)
        .ok_or_else(|| unfit("no such master key"))?;
    Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .map_err(Error::internal)?
        .chain_update(&base)
        .verify_slice(&input.signature) // constant time
        .map_err(|_| unfit("the signature is wrong"))?;
    Ok(Caller {
        via: Via::Signature,
        user: None,
        workspace: None,
        email: None,
        known_as: None,
        session: None,
        key: Some(KeyUse {
            id: input.key.id,
            hash: Some(api_key::hash(secret.expose())),
            generation: Some(input.key.generation),
            nonce: Some(input.nonce),
            nonce_until: Some(input.expires + SKEW_S),
        }),
    })
}

fn check_components(request: &Request, covered: &[String]) -> Result<()> {
    let covers = |name: &str| covered.iter().any(|component| component == name);
    if let Some(missing) = REQUIRED.iter().find(|name| !covers(name)) {
        return Err(refused(format!("must cover \"{missing}\"")));
    }
    let header = |name: &str| request.headers.contains_key(name);
    let has_body = header("transfer-encoding")
        || request
            .headers
            .get_all("content-length")
            .iter()
            .any(|length| length.as_bytes() != b"0");
    if (has_body || header("content-digest")) && !covers("content-digest") {
        return Err(refused(
            "must cover \"content-digest\" (RFC 9530) when there is a body",
        ));
    }
    Ok(())
}

fn check_time(input: &Input, now: i64) -> Result<()> {
    let validity = input.expires.checked_sub(input.created).unwrap_or(i64::MAX);
    if !(1..=MAX_VALIDITY_S).contains(&validity) {
        return Err(refused(format!(
            "`expires` must be 1 to {MAX_VALIDITY_S} seconds after `created`"
        )));
    }
    if input.created > now + SKEW_S {
        return Err(refused("`created` lies in the future; set your clock"));
    }
    if input.expires < now - SKEW_S {
        return Err(refused("`expires` is past; sign each request anew"));
    }
    Ok(())
}

/// A 401 that says what about the headers is wrong; nothing that a caller who reads our documentation does not know.
fn refused(issue: impl Into<String>) -> Error {
    Error {
        kind: Kind::Unauthorized,
        ..Error::field("Signature-Input", issue)
    }
}

/// The 401 of a signature that does not fit; `why` is for the log.
fn unfit(why: &str) -> Error {
    Error {
        source: Some(why.to_owned()),
        kind: Kind::Unauthorized,
        ..Error::field(
            "Signature",
            "does not fit the request: check the key, and the signature base line by line",
        )
    }
}
