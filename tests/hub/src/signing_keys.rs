//! The keys of the own sign-in: `cargo hub auth-key`.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::identity::jwk::SigningKey;
use serde_json::{Value, json};

use crate::output;

/// A JWK Set with one new private key: what `auth_signing_keys` takes.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn random() -> Result<String> {
    let secret = URL_SAFE_NO_PAD.encode(cluster::random_bytes(32)?);
    let jwk = json!({"kty": "EC", "crv": "P-256", "d": secret}).to_string();
    // One number in 2^32 is no key of the curve.
    let key = SigningKey::from_jwk(&jwk).context("chance gave no key: try again")?;
    Ok(format!(r#"{{"keys":[{}]}}"#, key.private_jwk().expose()))
}

/// The public halves of a set of private keys: what `jwt_keys` takes.
///
/// # Errors
/// When it is no such set.
pub fn public(private: &str) -> Result<String> {
    let keys = SigningKey::set_from_jwks(private).context("auth_signing_keys can't be read")?;
    let keys: Vec<Value> = keys.iter().map(SigningKey::public_jwk).collect();
    Ok(json!({ "keys": keys }).to_string())
}

/// Prints a new key as the two variables of a deployment: the private one for the sign-in, the public one for all others.
///
/// # Errors
/// When there is no randomness, or standard output is gone.
pub fn print() -> Result<()> {
    let private = random()?;
    output::line(&format!("SPIN_VARIABLE_AUTH_SIGNING_KEYS='{private}'"))?;
    output::line(&format!("SPIN_VARIABLE_JWT_KEYS='{}'", public(&private)?))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed test may panic"
    )]

    #[test]
    fn a_public_set_has_all_keys_and_no_secret() {
        let (one, other) = (super::random().unwrap(), super::random().unwrap());
        assert_ne!(one, other);
        let key =
            |set: &str| serde_json::from_str::<serde_json::Value>(set).unwrap()["keys"][0].clone();
        let both = serde_json::json!({"keys": [key(&one), key(&other)]}).to_string();
        let public = super::public(&both).unwrap();
        let set: serde_json::Value = serde_json::from_str(&public).unwrap();
        assert_eq!(set["keys"].as_array().unwrap().len(), 2);
        assert!(!public.contains("\"d\""));
        assert!(super::public(&public).is_err());
    }
}
