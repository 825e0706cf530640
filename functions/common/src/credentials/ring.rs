//! The key-encryption keys.

use super::CredentialsError;
use crate::secret::{Secret, Wipe};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::Key;
use zeroize::Zeroize as _;

impl Wipe for Key {
    fn wipe(&mut self) {
        self.as_mut_slice().zeroize();
    }
}

/// The keys of variable `credentials_keys`: `<id>:<base64 of 32 bytes>[,…]`; the first one seals, all open.
pub struct KeyRing {
    keys: Vec<(String, Secret<Key>)>,
}

impl KeyRing {
    /// Parses the variable.
    ///
    /// # Errors
    /// [`CredentialsError::Ring`] when it is empty, an id comes twice or is not of letters, digits and `-`, or a key has
    /// not 32 bytes.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let mut keys: Vec<(String, Secret<Key>)> = Vec::new();
        for part in text.split(',') {
            let (id, key) = entry(part.trim()).ok_or(CredentialsError::Ring)?;
            if keys.iter().any(|(known, _)| *known == id) {
                return Err(CredentialsError::Ring);
            }
            keys.push((id, key));
        }
        Ok(Self { keys })
    }

    /// The ids, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    /// The id and key that seal.
    pub(super) fn first(&self) -> Result<(&str, &Key), CredentialsError> {
        let first = self.keys.first();
        let (id, key) = first.ok_or(CredentialsError::Ring)?;
        Ok((id, key.expose()))
    }

    pub(super) fn find(&self, id: &str) -> Result<&Key, CredentialsError> {
        self.keys
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, key)| key.expose())
            .ok_or(CredentialsError::UnknownKey)
    }
}

fn entry(text: &str) -> Option<(String, Secret<Key>)> {
    let (id, key) = text.split_once(':')?;
    let fits = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let bytes = Secret::new(STANDARD.decode(key).ok()?);
    let mut key = Secret::new(Key::default());
    if !fits || bytes.expose().len() != key.expose().len() {
        return None;
    }
    key.expose_mut().copy_from_slice(bytes.expose());
    Some((id.to_owned(), key))
}
