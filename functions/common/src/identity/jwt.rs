//! Bearer tokens: JSON Web Tokens (RFC 7519) as signed compact JWS (RFC 7515), verified as RFC 8725 advises.
//!
//! 1. The text is taken apart and its header read ([`Token`]). Nothing in it is believed yet.
//! 2. The key is found by the issuer that the token names and its `kid`: among the keys of the variables, else
//!    among those of the identity provider ([`super::jwks`]). Not exactly one: refused.
//! 3. The header's `alg` has to be the key's; then times and audience are checked, then the signature. A
//!    signature that this instance has verified is not verified again while its key is trusted.
//!
//! Which check failed is logged, not told: every refusal is the same 401.

mod claims;
mod keys;
mod memory;
mod parse;
#[cfg(test)]
mod tests;
mod verified;

pub use claims::{Claims, user_of};
pub(crate) use keys::only_key_for;
pub use keys::{Key, OWN_AUDIENCE, Trust};
pub use memory::Memory;
pub use parse::Token;

use super::jwks;
use crate::error::{Error, Result};
use crate::ports::Host;
use std::sync::Arc;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Clocks of issuer and hub may differ by this much, in seconds.
pub const SKEW_SECONDS: i64 = 30;

/// The claims of `token` when a key that we trust has signed it and it is valid now. Remembers keys and verified
/// signatures from call to call of this instance.
///
/// # Errors
/// 401 for every token that is not valid; 503 when its key can't be had just now; 500 when the variables with
/// the keys can't be used.
pub async fn verify(token: &str, host: &impl Host) -> Result<Claims> {
    verify_with(&Memory::of_instance(), token, host).await
}

/// [`verify`] with a memory of one's own.
///
/// # Errors
/// As [`verify`].
pub async fn verify_with(memory: &Memory, token: &str, host: &impl Host) -> Result<Claims> {
    let token = Token::parse(token).map_err(refused)?;
    let trusted = memory.configured(host.settings())?;
    let key = match (trusted.key_for(&token), trusted.provider_of(&token)) {
        (Some(key), _) => Some(key),
        (None, Some(provider)) => jwks::key_for(memory, provider, &token, host).await?,
        (None, None) => None,
    };
    let key = key.ok_or_else(|| refused("no key, or more than one, fits its issuer and kid"))?;
    let now_s = host.now_ms().div_euclid(1000);
    check(memory, &token, &key, now_s).map_err(refused)
}

fn check(
    memory: &Memory,
    token: &Token<'_>,
    key: &Arc<Key>,
    now_s: i64,
) -> Result<Claims, &'static str> {
    if token.algorithm != key.verifying.algorithm() {
        return Err("its algorithm is not its key's");
    }
    let claims = Claims::of(token, &key.trust, now_s)?;
    if memory.verifies(token, key) {
        Ok(claims)
    } else {
        Err("its signature does not fit")
    }
}

/// The 401 that every refused token gets; `why` is for the log.
fn refused(why: &'static str) -> Error {
    Error {
        source: Some(format!("bearer token: {why}")),
        ..super::unauthorized()
    }
}
