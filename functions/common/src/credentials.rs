//! Credentials at rest: envelope encryption with XChaCha20-Poly1305.
//!
//! [`seal`] makes a random 256-bit data key for each value. The data key encrypts the value (the *record*) and is itself
//! encrypted (*wrapped*) with the first key of the ring. Both are bound by their associated data to what they are for and
//! to workspace, table, row and column: moved elsewhere neither opens. The wrapped key is bound to its record besides.
//!
//! Form: `v2.<key id>.<wrapped>.<nonce>.<ciphertext and tag>`, the last three as base64url without padding, `wrapped` being a
//! nonce and the encrypted data key. [`rewrap`] changes `<key id>` and `<wrapped>` alone, so that a key-encryption key can be
//! replaced without the record being touched; [`record`] is what stays. `v1.<key id>.<nonce>.<ciphertext and tag>`, in
//! which a key of the ring encrypted the value itself, still opens and is sealed anew by [`rewrap`].

mod direct;
mod envelope;
mod ring;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use ring::KeyRing;

use crate::ports::Random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

/// The bytes of a nonce, random for each use: 192 bits don't repeat.
const NONCE: usize = 24;

/// Where a sealed value lives.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Workspace id.
    pub workspace: &'a str,
    /// Table without schema.
    pub table: &'a str,
    /// Row id.
    pub row: &'a str,
    /// Column. A value that is moved aside (`previous_…`) stays sealed for the column it was made for.
    pub column: &'a str,
}

impl<'a> Place<'a> {
    const fn parts(&self) -> [&'a str; 4] {
        [self.workspace, self.table, self.row, self.column]
    }
}

/// Each part with its length, so that no two lists have the same text.
fn associated_data<'a>(parts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    parts
        .into_iter()
        .flat_map(|part| format!("{}:{part};", part.len()).into_bytes())
        .collect()
}

/// Why a value could not be sealed or opened. Never says anything of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsError {
    /// The variable is not a key ring.
    Ring,
    /// The value is not of our form.
    Form,
    /// The ring lacks the key that sealed the value.
    UnknownKey,
    /// Altered, or of another place.
    NotAuthentic,
}

impl std::fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ring => {
                "`credentials_keys` takes `<id>:<base64 of 32 bytes>`, several with different ids separated by commas"
            }
            Self::Form => "the sealed value does not have the form that it was written in",
            Self::UnknownKey => "the key that sealed the value is not in `credentials_keys`",
            Self::NotAuthentic => "the sealed value was altered or belongs to another row",
        })
    }
}

impl std::error::Error for CredentialsError {}

/// Seals `plain` for `place` with a data key of its own, wrapped with the ring's first key.
///
/// # Errors
/// [`CredentialsError::Ring`] when the ring is empty.
pub fn seal(
    ring: &KeyRing,
    random: &impl Random,
    place: &Place<'_>,
    plain: &Secret<String>,
) -> Result<String, CredentialsError> {
    envelope::seal(ring.first()?, random, place, plain)
}

/// Opens what [`seal`] made for the same place, now or in an earlier form.
///
/// # Errors
/// When the form, the key or the authentication does not fit.
pub fn open(
    ring: &KeyRing,
    place: &Place<'_>,
    sealed: &str,
) -> Result<Secret<String>, CredentialsError> {
    let plain = match sealed.split_once('.') {
        Some((envelope::VERSION, rest)) => envelope::Envelope::parse(rest)?.open(ring, place)?,
        Some((direct::VERSION, rest)) => direct::open(ring, place, rest)?,
        _ => return Err(CredentialsError::Form),
    };
    Secret::from_utf8(plain).ok_or(CredentialsError::Form)
}

/// `sealed` under the ring's first key: the same record behind the same data key, which alone is encrypted anew. A value of
/// the first form is sealed anew altogether.
///
/// # Errors
/// As [`open`]; the record is not decrypted, but a record that was altered is found all the same.
pub fn rewrap(
    ring: &KeyRing,
    random: &impl Random,
    place: &Place<'_>,
    sealed: &str,
) -> Result<String, CredentialsError> {
    match sealed.split_once('.') {
        Some((envelope::VERSION, rest)) => {
            envelope::Envelope::parse(rest)?.rewrap(ring, random, place)
        }
        _ => seal(ring, random, place, &open(ring, place, sealed)?),
    }
}

/// What [`rewrap`] leaves as it is: the part that tells one sealed value from another. `hub.sealed_record` in SQL.
pub fn record(sealed: &str) -> &str {
    match sealed.split_once('.') {
        Some((envelope::VERSION, rest)) => rest.splitn(3, '.').last().unwrap_or(sealed),
        _ => sealed,
    }
}

fn nonce(random: &impl Random) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce);
    nonce
}

fn encrypt(
    key: &Key,
    nonce: [u8; NONCE],
    message: &[u8],
    bound_to: &[u8],
) -> Result<Vec<u8>, CredentialsError> {
    let payload = Payload {
        msg: message,
        aad: bound_to,
    };
    XChaCha20Poly1305::new(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| CredentialsError::NotAuthentic)
}

fn decrypt(
    key: &Key,
    nonce: [u8; NONCE],
    message: &[u8],
    bound_to: &[u8],
) -> Result<Secret<Vec<u8>>, CredentialsError> {
    let payload = Payload {
        msg: message,
        aad: bound_to,
    };
    XChaCha20Poly1305::new(key)
        .decrypt(&XNonce::from(nonce), payload)
        .map(Secret::new)
        .map_err(|_| CredentialsError::NotAuthentic)
}

/// Base64url in its one canonical spelling.
fn decode(text: &str) -> Result<Vec<u8>, CredentialsError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| CredentialsError::Form)
}

fn decode_nonce(text: &str) -> Result<[u8; NONCE], CredentialsError> {
    decode(text)?.try_into().map_err(|_| CredentialsError::Form)
}
