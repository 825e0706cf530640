//! The first form, which is opened and no longer made: a key of the ring encrypted the value itself.

use super::{CredentialsError, KeyRing, Place, associated_data, decode, decode_nonce, decrypt};
use crate::secret::Secret;

pub(super) const VERSION: &str = "v1";

/// `<key id>.<nonce>.<ciphertext and tag>`.
pub(super) fn open(
    ring: &KeyRing,
    place: &Place<'_>,
    text: &str,
) -> Result<Secret<Vec<u8>>, CredentialsError> {
    let mut parts = text.split('.');
    let (Some(id), Some(nonce), Some(ciphertext), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(CredentialsError::Form);
    };
    let (nonce, ciphertext) = (decode_nonce(nonce)?, decode(ciphertext)?);
    let bound_to = associated_data(place.parts());
    decrypt(ring.find(id)?, nonce, &ciphertext, &bound_to)
}
