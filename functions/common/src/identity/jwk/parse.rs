//! From a JSON Web Key to something that verifies.

use super::{Algorithm, Material, VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::BigUint;
use rsa::traits::PublicKeyParts as _;
use serde::Deserialize;

/// RSA keys are refused below this size (RFC 7518 section 3.3), in bits.
const MIN_RSA_BITS: usize = 2048;
/// Smaller exponents are only ever a mistake (FIPS 186-5 section A.1.1 wants more than 2^16).
const MIN_RSA_EXPONENT: u32 = 65_537;
/// The longest `kid` that is looked at, in bytes.
pub(crate) const MAX_KID_BYTES: usize = 256;

/// The members of a key that matter here (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
#[derive(Clone, Default, Deserialize)]
pub struct Jwk {
    kty: String,
    /// The key's name, which a token's header repeats.
    pub kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    k: Option<String>,
    #[serde(default, deserialize_with = "is_there")]
    d: bool,
    /// Ours: the issuer that signs with this key.
    pub iss: Option<String>,
    /// Ours: the audience that its tokens must name.
    pub aud: Option<String>,
}

/// Why a key can't verify tokens; never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable(pub &'static str);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unusable {}

/// Whether a private member is there; its value is not kept.
fn is_there<'de, D: serde::Deserializer<'de>>(input: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(input).map(|_| true)
}

impl Jwk {
    /// The key with the algorithm that it is pinned to: its `alg`, which must fit its type; without one, the
    /// only algorithm of ours that its type has.
    ///
    /// # Errors
    /// When it is private, for encryption, of a type or strength that we don't take, or malformed.
    pub fn verifying_key(&self) -> Result<VerifyingKey, Unusable> {
        self.check_purpose()?;
        let key = match (self.kty.as_str(), self.crv.as_deref()) {
            ("oct", _) => VerifyingKey::from_secret(member(self.k.as_ref())?)?,
            ("RSA", _) => rsa_key(&member(self.n.as_ref())?, &member(self.e.as_ref())?)?,
            ("EC", Some("P-256")) => {
                p256_key(&member(self.x.as_ref())?, &member(self.y.as_ref())?)?
            }
            ("OKP", Some("Ed25519")) => ed25519_key(&member(self.x.as_ref())?)?,
            _ => return Err(Unusable("its type or curve is not one that we verify with")),
        };
        match self.alg.as_deref() {
            Some(alg) if Algorithm::named(alg) != Some(key.algorithm()) => Err(Unusable(
                "its `alg` is not one that we verify with its type",
            )),
            _ => Ok(key),
        }
    }

    /// Whether it says which algorithm it is for.
    pub const fn has_algorithm(&self) -> bool {
        self.alg.is_some()
    }

    fn check_purpose(&self) -> Result<(), Unusable> {
        if self.d {
            return Err(Unusable("it is a private key"));
        }
        if self
            .purpose
            .as_deref()
            .is_some_and(|purpose| purpose != "sig")
        {
            return Err(Unusable("its `use` is not signatures"));
        }
        let ops = self.key_ops.as_deref();
        if ops.is_some_and(|ops| !ops.iter().any(|op| op == "verify")) {
            return Err(Unusable("its `key_ops` don't include verify"));
        }
        if self
            .kid
            .as_ref()
            .is_some_and(|kid| kid.len() > MAX_KID_BYTES)
        {
            return Err(Unusable("its `kid` is longer than 256 bytes"));
        }
        Ok(())
    }
}

pub(super) fn member(text: Option<&String>) -> Result<Vec<u8>, Unusable> {
    let text = text.ok_or(Unusable("a member of its type is missing"))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Unusable("a member is not base64url"))
}

fn rsa_key(n: &[u8], e: &[u8]) -> Result<VerifyingKey, Unusable> {
    let (modulus, exponent) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    if modulus.bits() < MIN_RSA_BITS {
        return Err(Unusable("its modulus has fewer than 2048 bits"));
    }
    if exponent < BigUint::from(MIN_RSA_EXPONENT) {
        return Err(Unusable("its exponent is smaller than 65537"));
    }
    // Odd, an exponent of 33 bits and a modulus of 4096 bits at most: bounds the work of one verification.
    let key = rsa::RsaPublicKey::new(modulus, exponent)
        .map_err(|_| Unusable("its modulus or exponent is out of bounds"))?;
    let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
    Ok(VerifyingKey::from_parts(
        Algorithm::Rs256,
        &[&n, &e],
        Material::Rsa(key),
    ))
}

fn p256_key(x: &[u8], y: &[u8]) -> Result<VerifyingKey, Unusable> {
    if (x.len(), y.len()) != (32, 32) {
        return Err(Unusable("its coordinates have not 32 bytes"));
    }
    let point = [&[4][..], x, y].concat();
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point)
        .map_err(|_| Unusable("it is not a point of the curve"))?;
    Ok(VerifyingKey::from_parts(
        Algorithm::Es256,
        &[&point],
        Material::P256(key),
    ))
}

fn ed25519_key(x: &[u8]) -> Result<VerifyingKey, Unusable> {
    let bytes = x.try_into().map_err(|_| Unusable("it has not 32 bytes"))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes)
        .map_err(|_| Unusable("it is not a point of the curve"))?;
    if key.is_weak() {
        return Err(Unusable("it is a point of small order"));
    }
    Ok(VerifyingKey::from_parts(
        Algorithm::EdDsa,
        &[x],
        Material::Ed25519(key),
    ))
}
