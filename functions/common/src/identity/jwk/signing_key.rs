//! Our own key: signs the access tokens of people who sign in here.

use super::parse::{MAX_KID_BYTES, member};
use crate::ports::Random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey as P256Key};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An ECDSA key on P-256 with its name. Signs ES256, with nonces derived from key and message (RFC 6979): it
/// needs no chance. Wiped from memory when dropped.
pub struct SigningKey {
    kid: String,
    key: P256Key,
}

/// Why a text is no signing key; never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JwkError(pub &'static str);

impl std::fmt::Display for JwkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for JwkError {}

#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    crv: String,
    #[serde(deserialize_with = "secret")]
    d: Secret<String>,
    x: Option<String>,
    y: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
}

fn secret<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(input).map(Secret::new)
}

impl SigningKey {
    /// A new key, named by its thumbprint.
    pub fn generate(random: &impl Random) -> Self {
        loop {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            // Zero and numbers beyond the group's order are no keys: one draw in 2^32.
            if let Ok(key) = P256Key::from_slice(&bytes) {
                let kid = thumbprint(&key);
                return Self { kid, key };
            }
        }
    }

    /// Parses a private JWK: `{"kty":"EC","crv":"P-256","d":…}`, with `kid` (else its thumbprint, RFC 7638),
    /// `x` and `y` (checked against `d`) and `alg` (`ES256`) if it likes.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_jwk(text: &str) -> Result<Self, JwkError> {
        let jwk: PrivateJwk = serde_json::from_str(text)
            .map_err(|_| JwkError("it is not a private JSON Web Key of type EC"))?;
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("EC", "P-256")
            || jwk.alg.as_deref().is_some_and(|alg| alg != "ES256")
        {
            return Err(JwkError("it is not a key of type EC on P-256 for ES256"));
        }
        let d = member(Some(jwk.d.expose())).map_err(|error| JwkError(error.0))?;
        let key = P256Key::from_slice(&d).map_err(|_| JwkError("its `d` is no private key"))?;
        let (x, y) = coordinates(&key);
        if jwk.x.is_some_and(|given| given != x) || jwk.y.is_some_and(|given| given != y) {
            return Err(JwkError("its `x` and `y` are of another key than its `d`"));
        }
        let kid = jwk.kid.unwrap_or_else(|| thumbprint(&key));
        if !(1..=MAX_KID_BYTES).contains(&kid.len()) {
            return Err(JwkError("its `kid` has not 1 to 256 bytes"));
        }
        Ok(Self { kid, key })
    }

    /// Parses a JWK Set of private keys; the first one signs, all are published.
    ///
    /// # Errors
    /// When it is no set, is empty, or a key is unfit or has the name of another.
    pub fn set_from_jwks(text: &str) -> Result<Vec<Self>, JwkError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Box<serde_json::value::RawValue>>,
        }
        let set: Set = serde_json::from_str(text)
            .map_err(|_| JwkError("it is not a JWK Set: {\"keys\":[…]}"))?;
        let keys = set
            .keys
            .iter()
            .map(|key| Self::from_jwk(key.get()))
            .collect::<Result<Vec<_>, _>>()?;
        let names: std::collections::BTreeSet<&str> = keys.iter().map(Self::kid).collect();
        match names.len() {
            0 => Err(JwkError("it has no key")),
            different if different < keys.len() => Err(JwkError("two keys have one `kid`")),
            _ => Ok(keys),
        }
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A token (JWS compact serialisation, RFC 7515 section 7.1) with `claims` as its payload.
    ///
    /// # Errors
    /// When `claims` can't be written as JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, JwkError> {
        let header = json!({"alg": "ES256", "kid": self.kid, "typ": "JWT"}).to_string();
        let payload =
            serde_json::to_vec(claims).map_err(|_| JwkError("the claims are not JSON"))?;
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature: Signature = self.key.sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        Ok(format!("{signed}.{signature}"))
    }

    /// The public half, for everybody who verifies.
    pub fn public_jwk(&self) -> Value {
        let (x, y) = coordinates(&self.key);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "key_ops": ["verify"],
            "kid": self.kid, "x": x, "y": y,
        })
    }

    /// The whole key as text, for [`SigningKey::from_jwk`].
    pub fn private_jwk(&self) -> Secret<String> {
        let (x, y) = coordinates(&self.key);
        let d = URL_SAFE_NO_PAD.encode(self.key.to_bytes());
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": self.kid, "x": x, "y": y, "d": d,
        });
        Secret::new(jwk.to_string())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({:?})", self.kid)
    }
}

/// `x` and `y` as a JWK has them.
fn coordinates(key: &P256Key) -> (String, String) {
    let point = key.verifying_key().to_sec1_point(false);
    // Uncompressed (SEC 1 section 2.3.3): 04, then 32 bytes each.
    let (x, y) = point.as_bytes().get(1..).unwrap_or_default().split_at(32);
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// SHA-256 over the required members in order (RFC 7638 section 3).
fn thumbprint(key: &P256Key) -> String {
    let (x, y) = coordinates(key);
    let required = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(required))
}
