//! Store credentials at rest: XChaCha20-Poly1305 with a random nonce, the key's id beside the ciphertext,
//! bound by its associated data to workspace, table, row and column: moved elsewhere it does not open.
//!
//! Form: `v1.<key id>.<base64url nonce>.<base64url ciphertext and tag>`.

use crate::ports::Random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

/// Where a sealed value lives.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Workspace id.
    pub workspace: &'a str,
    /// Table without schema.
    pub table: &'a str,
    /// Row id.
    pub row: &'a str,
    /// Column.
    pub column: &'a str,
}

impl Place<'_> {
    /// Each part with its length, so that no two places have the same text.
    fn associated_data(&self) -> Vec<u8> {
        [self.workspace, self.table, self.row, self.column]
            .iter()
            .flat_map(|part| format!("{}:{part};", part.len()).into_bytes())
            .collect()
    }
}

/// The keys of variable `credentials_keys`: `<id>:<base64 of 32 bytes>[,…]`; the first one seals.
pub struct KeyRing {
    keys: Vec<(String, Secret<Key>)>,
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
                "`credentials_keys` takes `<id>:<base64 of 32 bytes>`, several separated by commas"
            }
            Self::Form => "the sealed value does not have the form that it was written in",
            Self::UnknownKey => "the key that sealed the value is not in `credentials_keys`",
            Self::NotAuthentic => "the sealed value was altered or belongs to another row",
        })
    }
}

impl std::error::Error for CredentialsError {}

impl KeyRing {
    /// Parses the variable.
    ///
    /// # Errors
    /// [`CredentialsError::Ring`] when it is empty or a key has not 32 bytes.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let keys = text
            .split(',')
            .map(|entry| {
                let (id, key) = entry.trim().split_once(':')?;
                let fits =
                    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                let bytes: [u8; 32] = STANDARD.decode(key).ok()?.try_into().ok()?;
                fits.then(|| (id.to_owned(), Secret::new(Key::from(bytes))))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or(CredentialsError::Ring)?;
        Ok(Self { keys })
    }

    fn find(&self, id: &str) -> Option<&Key> {
        self.keys
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, key)| key.expose())
    }
}

/// Seals `plain` for `place` with the ring's first key.
///
/// # Errors
/// [`CredentialsError::Ring`] when the ring is empty.
pub fn seal(
    ring: &KeyRing,
    random: &impl Random,
    place: &Place<'_>,
    plain: &Secret<String>,
) -> Result<String, CredentialsError> {
    let (id, key) = ring.keys.first().ok_or(CredentialsError::Ring)?;
    let mut nonce = [0; 24];
    random.fill(&mut nonce);
    let payload = Payload {
        msg: plain.expose().as_bytes(),
        aad: &place.associated_data(),
    };
    let sealed = XChaCha20Poly1305::new(key.expose())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| CredentialsError::NotAuthentic)?;
    Ok(format!(
        "v1.{id}.{}.{}",
        URL_SAFE_NO_PAD.encode(nonce),
        URL_SAFE_NO_PAD.encode(sealed)
    ))
}

/// Opens what [`seal`] made for the same place.
///
/// # Errors
/// When the form, the key or the authentication does not fit.
pub fn open(
    ring: &KeyRing,
    place: &Place<'_>,
    sealed: &str,
) -> Result<Secret<String>, CredentialsError> {
    let mut parts = sealed.split('.');
    let (Some("v1"), Some(id), Some(nonce), Some(sealed), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return Err(CredentialsError::Form);
    };
    let decode = |text: &str| {
        URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| CredentialsError::Form)
    };
    let nonce: [u8; 24] = decode(nonce)?
        .try_into()
        .map_err(|_| CredentialsError::Form)?;
    let sealed = decode(sealed)?;
    let key = ring.find(id).ok_or(CredentialsError::UnknownKey)?;
    let payload = Payload {
        msg: sealed.as_slice(),
        aad: &place.associated_data(),
    };
    let plain = XChaCha20Poly1305::new(key)
        .decrypt(&XNonce::from(nonce), payload)
        .map_err(|_| CredentialsError::NotAuthentic)?;
    String::from_utf8(plain)
        .map(Secret::new)
        .map_err(|_| CredentialsError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (index, byte) in buffer.iter_mut().enumerate() {
                *byte = index as u8;
            }
        }
    }

    const PLACE: Place<'static> = Place {
        workspace: "w",
        table: "stores",
        row: "r",
        column: "credentials",
    };

    fn ring(ids: &[(&str, u8)]) -> KeyRing {
        let text: Vec<String> = ids
            .iter()
            .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
            .collect();
        KeyRing::parse(&text.join(",")).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_at_its_place_and_nowhere_else() {
        let ring = ring(&[("a", 1)]);
        let sealed = seal(&ring, &Counting, &PLACE, &Secret::new("token".to_owned())).unwrap();
        assert!(!sealed.contains("token"));
        assert_eq!(open(&ring, &PLACE, &sealed).unwrap().expose(), "token");
        for place in [
            Place {
                workspace: "x",
                ..PLACE
            },
            Place {
                table: "x",
                ..PLACE
            },
            Place { row: "x", ..PLACE },
            Place {
                column: "x",
                ..PLACE
            },
        ] {
            assert_eq!(
                open(&ring, &place, &sealed),
                Err(CredentialsError::NotAuthentic)
            );
        }
    }

    #[test]
    fn a_new_first_key_seals_and_the_old_one_still_opens() {
        let sealed = seal(
            &ring(&[("a", 1)]),
            &Counting,
            &PLACE,
            &Secret::new("t".to_owned()),
        )
        .unwrap();
        let rotated = ring(&[("b", 2), ("a", 1)]);
        assert_eq!(open(&rotated, &PLACE, &sealed).unwrap().expose(), "t");
        let again = seal(&rotated, &Counting, &PLACE, &Secret::new("t".to_owned())).unwrap();
        assert!(again.starts_with("v1.b."));
        assert_eq!(
            open(&ring(&[("b", 2)]), &PLACE, &sealed),
            Err(CredentialsError::UnknownKey)
        );
    }

    #[test]
    fn an_altered_value_does_not_open() {
        let ring = ring(&[("a", 1)]);
        let sealed = seal(&ring, &Counting, &PLACE, &Secret::new("token".to_owned())).unwrap();
        let altered = format!("{}A", &sealed[..sealed.len() - 1]);
        assert_ne!(altered, sealed);
        assert!(open(&ring, &PLACE, &altered).is_err());
    }
}
