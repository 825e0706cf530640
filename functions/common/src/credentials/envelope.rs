//! The form that is made: a record under a data key of its own, and the data key under a key of the ring.

use super::{
    CredentialsError, KeyRing, NONCE, Place, associated_data, decode, decode_nonce, decrypt,
    encrypt, nonce,
};
use crate::ports::Random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::Key;
use sha2::{Digest as _, Sha256};

pub(super) const VERSION: &str = "v2";

/// What each of the two encryptions is for: part of what it is bound to, so that neither can stand in for the other,
/// nor for one of another version.
const RECORD: &str = "stage-hub v2 record";
const DATA_KEY: &str = "stage-hub v2 data key";

/// The parts of a sealed text, after its version.
pub(super) struct Envelope<'a> {
    key_id: &'a str,
    wrapped: &'a str,
    /// `<nonce>.<ciphertext and tag>`.
    record: &'a str,
}

/// `plain` in an envelope of its own.
pub(super) fn seal(
    (key_id, key): (&str, &Key),
    random: &impl Random,
    place: &Place<'_>,
    plain: &Secret<String>,
) -> Result<String, CredentialsError> {
    let mut data_key = Secret::new(Key::default());
    random.fill(data_key.expose_mut());
    let nonce = nonce(random);
    let plain = plain.expose().as_bytes();
    let ciphertext = encrypt(data_key.expose(), nonce, plain, &record_binding(place))?;
    let record = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(nonce),
        URL_SAFE_NO_PAD.encode(ciphertext)
    );
    wrap((key_id, key), random, place, &data_key, &record)
}

/// The whole text: `record` with its data key under `key`.
fn wrap(
    (key_id, key): (&str, &Key),
    random: &impl Random,
    place: &Place<'_>,
    data_key: &Secret<Key>,
    record: &str,
) -> Result<String, CredentialsError> {
    let nonce = nonce(random);
    let bound_to = data_key_binding(place, key_id, record);
    let mut wrapped = nonce.to_vec();
    wrapped.extend(encrypt(key, nonce, data_key.expose(), &bound_to)?);
    let wrapped = URL_SAFE_NO_PAD.encode(wrapped);
    Ok(format!("{VERSION}.{key_id}.{wrapped}.{record}"))
}

impl<'a> Envelope<'a> {
    /// `<key id>.<wrapped>.<nonce>.<ciphertext and tag>`.
    pub fn parse(text: &'a str) -> Result<Self, CredentialsError> {
        let mut parts = text.splitn(3, '.');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(key_id), Some(wrapped), Some(record)) => Ok(Self {
                key_id,
                wrapped,
                record,
            }),
            _ => Err(CredentialsError::Form),
        }
    }

    pub fn open(
        &self,
        ring: &KeyRing,
        place: &Place<'_>,
    ) -> Result<Secret<Vec<u8>>, CredentialsError> {
        let (nonce, ciphertext) = self.record.split_once('.').ok_or(CredentialsError::Form)?;
        let (nonce, ciphertext) = (decode_nonce(nonce)?, decode(ciphertext)?);
        let data_key = self.data_key(ring, place)?;
        decrypt(
            data_key.expose(),
            nonce,
            &ciphertext,
            &record_binding(place),
        )
    }

    /// The same record, its data key under the ring's first key.
    pub fn rewrap(
        &self,
        ring: &KeyRing,
        random: &impl Random,
        place: &Place<'_>,
    ) -> Result<String, CredentialsError> {
        let data_key = self.data_key(ring, place)?;
        wrap(ring.first()?, random, place, &data_key, self.record)
    }

    fn data_key(&self, ring: &KeyRing, place: &Place<'_>) -> Result<Secret<Key>, CredentialsError> {
        let wrapped = decode(self.wrapped)?;
        let (nonce, ciphertext) = wrapped
            .split_first_chunk::<NONCE>()
            .ok_or(CredentialsError::Form)?;
        let bound_to = data_key_binding(place, self.key_id, self.record);
        let bytes = decrypt(ring.find(self.key_id)?, *nonce, ciphertext, &bound_to)?;
        let mut key = Secret::new(Key::default());
        if bytes.expose().len() != key.expose().len() {
            return Err(CredentialsError::Form);
        }
        key.expose_mut().copy_from_slice(bytes.expose());
        Ok(key)
    }
}

fn record_binding(place: &Place<'_>) -> Vec<u8> {
    associated_data([RECORD].into_iter().chain(place.parts()))
}

/// The digest of the record makes the wrapped key that record's own.
fn data_key_binding(place: &Place<'_>, key_id: &str, record: &str) -> Vec<u8> {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(record));
    let more = [key_id, digest.as_str()];
    associated_data([DATA_KEY].into_iter().chain(place.parts()).chain(more))
}
