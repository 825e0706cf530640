//! Bearer tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256 (RFC 7515, HS256).
//!
//! The algorithm is ours, never the token's: a header that names another one is refused before anything
//! else is looked at. Which of the checks failed is logged, not told.

use crate::error::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Clocks of issuer and hub may differ by this much.
const SKEW_SECONDS: i64 = 30;
/// HS256 keys shorter than the hash are refused (RFC 7518, 3.2).
const MIN_KEY_BYTES: usize = 32;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// Id or slug of the workspace that the token is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// End of validity, Unix seconds.
    pub exp: i64,
    /// Start of validity, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When it was made, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

fn mac(secret: &str) -> Result<Hmac<Sha256>> {
    if secret.len() < MIN_KEY_BYTES {
        return Err(Error::internal(format!(
            "Spin variable `jwt_secret` has fewer than {MIN_KEY_BYTES} bytes"
        )));
    }
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(Error::internal)
}

/// The 401 that every refused token gets; `why` is for the log.
fn refused(why: &str) -> Error {
    Error {
        source: Some(why.to_owned()),
        ..Error::new(Kind::Unauthorized, "A valid bearer token is needed.")
    }
}

/// The claims of `token` when it is signed with `secret` and valid at `now_ms`.
///
/// # Errors
/// 401 for every token that is not; 500 when the secret is too short to be one.
pub fn verify(token: &str, secret: &str, now_ms: i64) -> Result<Claims> {
    let mac = mac(secret)?;
    if token.len() > MAX_TOKEN_BYTES {
        return Err(refused("token is too long"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| refused("no token"))?;
    let (header, payload) = signed.split_once('.').ok_or_else(|| refused("no token"))?;
    let header: Header = decode(header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(refused(
            "another algorithm, or an extension that must be understood",
        ));
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| refused("signature is not base64url"))?;
    mac.chain_update(signed)
        .verify_slice(&signature) // constant time
        .map_err(|_| refused("signature does not fit"))?;
    let claims: Claims = decode(payload)?;
    let now = now_ms.div_euclid(1000);
    if claims.exp <= now - SKEW_SECONDS {
        return Err(refused("expired"));
    }
    if claims.nbf.is_some_and(|from| from > now + SKEW_SECONDS) {
        return Err(refused("not valid yet"));
    }
    Ok(claims)
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| refused("a part is not base64url"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| refused(&format!("a part does not fit: {error}")))
}

/// Signs `claims`: for development and tests, where there is no identity provider.
///
/// # Errors
/// When the secret is too short to be one.
pub fn sign(claims: &Claims, secret: &str) -> Result<String> {
    let payload = serde_json::to_vec(claims).map_err(Error::internal)?;
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = mac(secret)?.chain_update(&signed).finalize().into_bytes();
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of at least thirty-two bytes";
    const NOW_MS: i64 = 1_700_000_000_000;

    fn claims() -> Claims {
        Claims {
            sub: Uuid::from_u128(7),
            workspace: Some("acme".to_owned()),
            exp: NOW_MS / 1000 + 60,
            nbf: None,
            iat: None,
        }
    }

    #[test]
    fn a_signed_token_gives_its_claims_back() {
        let token = sign(&claims(), SECRET).unwrap();
        assert_eq!(verify(&token, SECRET, NOW_MS).unwrap(), claims());
    }

    #[test]
    fn another_secret_an_altered_part_or_a_cut_signature_is_refused() {
        let token = sign(&claims(), SECRET).unwrap();
        let other = "another secret of at least thirty-two bytes";
        assert_eq!(
            verify(&token, other, NOW_MS).unwrap_err().kind,
            Kind::Unauthorized
        );
        let altered = token.replacen('.', ".e", 1);
        assert!(verify(&altered, SECRET, NOW_MS).is_err());
        assert!(verify(&token[..token.len() - 3], SECRET, NOW_MS).is_err());
    }

    #[test]
    fn an_expired_or_early_token_is_refused_beyond_the_skew() {
        let token = sign(&claims(), SECRET).unwrap();
        let end = claims().exp * 1000;
        assert!(verify(&token, SECRET, end + 29_000).is_ok());
        assert!(verify(&token, SECRET, end + 30_000).is_err());
        let early = Claims {
            nbf: Some(NOW_MS / 1000 + 31),
            ..claims()
        };
        assert!(verify(&sign(&early, SECRET).unwrap(), SECRET, NOW_MS).is_err());
    }

    #[test]
    fn a_token_without_signature_or_with_another_algorithm_is_refused() {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims()).unwrap());
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"HS256","crit":["b64"]}"#,
        ] {
            let signed = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
            let signature = mac(SECRET)
                .unwrap()
                .chain_update(&signed)
                .finalize()
                .into_bytes();
            let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
            assert!(verify(&token, SECRET, NOW_MS).is_err(), "{header}");
            assert!(
                verify(&format!("{signed}."), SECRET, NOW_MS).is_err(),
                "{header}"
            );
        }
    }

    #[test]
    fn a_secret_that_is_too_short_is_our_fault_not_the_callers() {
        assert_eq!(sign(&claims(), "short").unwrap_err().kind, Kind::Internal);
    }
}
