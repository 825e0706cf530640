//! JSON Web Keys (RFC 7517): parsing public ones, verifying with them, and signing with our own.
//!
//! A key has one algorithm for good. It comes from the key (`alg`, or its type where only one fits), never
//! from a token: a public key can't be mistaken for an HMAC secret.

mod parse;
mod signing_key;
#[cfg(test)]
mod tests;

pub use parse::{Jwk, Unusable};
pub use signing_key::{JwkError, SigningKey};

use crate::secret::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Verifier as _;
use rsa::pkcs1v15::Pkcs1v15Sign;
use sha2::{Digest as _, Sha256};

/// What a signature is made with (RFC 7518 section 3, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm that `alg` names. `Ed25519` is the newer name of EdDSA on that curve (RFC 9864).
    pub fn named(alg: &str) -> Option<Self> {
        match alg {
            "HS256" => Some(Self::Hs256),
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }

    /// The name for `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A key that verifies signatures of its one algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    material: Material,
    digest: [u8; 32],
}

#[derive(Clone)]
enum Material {
    Hmac(Secret<Vec<u8>>),
    Rsa(rsa::RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// HS256 keys shorter than the hash are refused (RFC 7518 section 3.2), in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

/// `DigestInfo` of SHA-256 up to the hash itself (RFC 8017 section 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

impl VerifyingKey {
    /// A symmetric key.
    ///
    /// # Errors
    /// When it has fewer than [`MIN_SECRET_BYTES`].
    pub fn from_secret(secret: Vec<u8>) -> Result<Self, Unusable> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(Unusable("the secret has fewer than 32 bytes"));
        }
        let digest = digest(Algorithm::Hs256, &[&secret]);
        let material = Material::Hmac(Secret::new(secret));
        Ok(Self { material, digest })
    }

    fn from_parts(algorithm: Algorithm, parts: &[&[u8]], material: Material) -> Self {
        let digest = digest(algorithm, parts);
        Self { material, digest }
    }

    /// The one algorithm that it verifies.
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Hmac(_) => Algorithm::Hs256,
            Material::Rsa(_) => Algorithm::Rs256,
            Material::P256(_) => Algorithm::Es256,
            Material::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// SHA-256 over algorithm and key: two keys with the same digest are the same key.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether `signature`, in the form of RFC 7518, is this key's over `signed`. No other form of the same
    /// signature passes: ECDSA is two numbers of 32 bytes, RSA as long as the modulus, Ed25519 strict.
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hmac(secret) => Hmac::<Sha256>::new_from_slice(secret.expose())
                // constant time
                .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok()),
            Material::Rsa(key) => {
                let scheme = Pkcs1v15Sign {
                    hash_len: Some(32),
                    prefix: Box::new(SHA256_DIGEST_INFO),
                };
                key.verify(scheme, &Sha256::digest(signed), signature)
                    .is_ok()
            }
            Material::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
            Material::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(signed, &signature).is_ok()),
        }
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm().name())
    }
}

/// Each part with its length, so that no two lists of parts have the same digest.
fn digest(algorithm: Algorithm, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(algorithm.name());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
