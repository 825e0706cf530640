//! Development tokens: signed with `jwt_secret` (HS256) for developers and tests, where nobody signs in. They name
//! no issuer; [`crate::identity::jwt`] verifies them like all others.

use crate::error::{Error, Result};
use crate::identity::jwk::MIN_SECRET_BYTES;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

/// What a development token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// Id or slug of the workspace that the token is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// End of validity, Unix seconds.
    pub exp: i64,
    /// Start of validity, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When it was made, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
}

fn mac(secret: &str) -> Result<Hmac<Sha256>> {
    if secret.len() < MIN_SECRET_BYTES {
        return Err(Error::internal(format!(
            "Spin variable `jwt_secret` has fewer than {MIN_SECRET_BYTES} bytes"
        )));
    }
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(Error::internal)
}

/// A token that says `claims`: [`Claims`], or whatever a test wants to see refused.
///
/// # Errors
/// When the secret is too short to be one.
pub fn sign(claims: &impl Serialize, secret: &str) -> Result<String> {
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
    use crate::error::Kind;

    #[test]
    fn a_secret_that_is_too_short_is_our_fault_not_the_callers() {
        let claims = Claims {
            sub: Uuid::from_u128(7),
            workspace: None,
            exp: 1,
            nbf: None,
            iat: None,
        };
        assert_eq!(sign(&claims, "short").unwrap_err().kind, Kind::Internal);
    }
}
