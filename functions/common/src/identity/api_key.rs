//! Bearer API keys: `shk_<id>_<secret><checksum>`.
//!
//! `id` is the key's UUID as 32 hexadecimal digits, `secret` 43 random characters of `[0-9A-Za-z]` (more than 256 bits),
//! `checksum` the CRC-32 of all before it in six such characters: scanners of source code, and we, can tell a real key
//! from a mistyped one without asking anybody. The database has the SHA-256 of the whole text and nothing else of it.

use super::{Caller, KeyUse, Via};
use crate::error::{Error, Kind, Result};
use crate::ports::Random;
use crate::secret::Secret;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use uuid::Uuid;

/// What every bearer key begins with.
pub const PREFIX: &str = "shk_";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_CHARACTERS: usize = 32;
/// 43 × log₂ 62 = 256.03 bits.
const RANDOM_CHARACTERS: usize = 43;
/// 62⁶ > 2³².
const CHECKSUM_CHARACTERS: usize = 6;

/// Who sends `token`, as far as its text says.
///
/// # Errors
/// As [`parse`].
pub fn caller(token: &str) -> Result<Caller> {
    Ok(Caller {
        via: Via::Key,
        user: None,
        workspace: None,
        email: None,
        known_as: None,
        session: None,
        key: Some(parse(token)?),
    })
}

/// What `token` says it is, from its text alone; Postgres decides whether it is good.
///
/// # Errors
/// 401 when it is not of our form, or its checksum does not fit.
pub fn parse(token: &str) -> Result<KeyUse> {
    let id = id_of(token).ok_or_else(|| {
        Error::new(
            Kind::Unauthorized,
            "This is no API key of ours: it is mistyped or cut off. Copy the whole of it, from `shk_` on.",
        )
    })?;
    Ok(KeyUse {
        id,
        hash: Some(hash(token)),
        generation: None,
        nonce: None,
        nonce_until: None,
    })
}

/// A new bearer key for `id`.
pub fn make(id: Uuid, random: &impl Random) -> Secret<String> {
    let mut token = format!("{PREFIX}{}_", id.simple());
    let mut bytes = [0; 64];
    let length = token.len() + RANDOM_CHARACTERS;
    while token.len() < length {
        random.fill(&mut bytes);
        // A byte above the largest multiple of 62 would make the first characters likelier than the last.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        for byte in fair.take(length - token.len()) {
            token.push(digit(u32::from(*byte)));
        }
    }
    let checksum = checksum(&token);
    token.push_str(&checksum);
    Secret::new(token)
}

/// SHA-256 of a secret, in hexadecimal: all that is stored of it.
pub fn hash(secret: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(secret.as_bytes()) {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What lists show of a key, so that its owner knows it again: the prefix and the last four characters.
pub fn hint(token: &str) -> String {
    let last = token.len().saturating_sub(4);
    format!("{PREFIX}…{}", token.get(last..).unwrap_or_default())
}

fn id_of(token: &str) -> Option<Uuid> {
    let (id, rest) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let fits = id.len() == ID_CHARACTERS
        && rest.len() == RANDOM_CHARACTERS + CHECKSUM_CHARACTERS
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (checked, sum) = token.split_at_checked(token.len().checked_sub(CHECKSUM_CHARACTERS)?)?;
    let id = parse_simple(id)?;
    (fits && checksum(checked) == sum).then_some(id)
}

/// A UUID as it is written in keys: 32 lower-case hexadecimal digits.
pub(super) fn parse_simple(text: &str) -> Option<Uuid> {
    let id: Uuid = text.parse().ok()?;
    (id.simple().to_string() == text).then_some(id)
}

fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [0_u32; CHECKSUM_CHARACTERS];
    for place in digits.iter_mut().rev() {
        *place = rest % 62;
        rest /= 62;
    }
    digits.iter().map(|value| digit(*value)).collect()
}

fn digit(value: u32) -> char {
    let place = usize::try_from(value % 62).unwrap_or_default();
    DIGITS
        .get(place)
        .map_or('0', |character| char::from(*character))
}

/// CRC-32 as zlib and PNG compute it (RFC 1952, 8).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Counting(std::cell::Cell<u8>);
    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                self.0.set(self.0.get().wrapping_add(37));
                *byte = self.0.get();
            }
        }
    }

    fn token() -> String {
        let made = make(
            Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0007),
            &Counting(0.into()),
        );
        made.expose().clone()
    }

    #[test]
    fn a_key_names_itself_and_is_hashed_as_a_whole() {
        let token = token();
        let key = parse(&token).unwrap();
        assert_eq!(token.len(), 4 + 32 + 1 + 43 + 6);
        assert_eq!(
            key.id,
            Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0007)
        );
        assert_eq!(key.hash, Some(hash(&token)));
        assert_eq!((key.generation, key.nonce), (None, None));
    }

    #[test]
    fn one_wrong_missing_or_added_character_is_noticed_without_the_database() {
        let token = token();
        for place in 0..token.len() {
            let (before, after) = (&token[..place], &token[place + 1..]);
            assert!(parse(&format!("{before}{after}")).is_err(), "{place}");
            for other in ["0", "a", "Z", "_", "ä"] {
                let altered = format!("{before}{other}{after}");
                assert!(altered == token || parse(&altered).is_err(), "{altered}");
            }
        }
        assert!(parse(&format!("{token}0")).is_err());
        assert!(parse(&token.to_uppercase()).is_err());
    }

    #[test]
    fn the_checksum_is_the_one_that_everybody_computes() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926); // the check value of the catalogues
    }

    #[test]
    fn a_hint_shows_four_characters_of_the_end() {
        let token = token();
        assert_eq!(hint(&token), format!("shk_…{}", &token[token.len() - 4..]));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_as_a_key_is_refused_and_breaks_nothing(text in "(shk_)?\\PC{0,120}") {
            prop_assert_eq!(parse(&text).unwrap_err().kind, Kind::Unauthorized);
        }
    }
}
