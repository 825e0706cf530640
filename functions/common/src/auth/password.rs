//! Passwords: what may be one, and Argon2id (RFC 9106) over it.
//!
//! The parameters are OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. In WebAssembly that is about
//! 45 ms of processor time, measured under wasmtime. Hashing never awaits, so an instance is at one password at a time and
//! needs this memory once, however many requests it serves at once.

use crate::error::{Error, Result};
use crate::ports::Random;
use crate::secret::Secret;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use unicode_normalization::UnicodeNormalization as _;

/// The fewest characters of a password (NIST SP 800-63B, 5.1.1.2).
pub const MIN_CHARACTERS: usize = 8;
/// The most characters of a password.
pub const MAX_CHARACTERS: usize = 200;
/// The most bytes that are normalised at all.
const MAX_BYTES: usize = 1024;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// What an address without an account is compared with, so that it costs the same. Nobody knows a password for it.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c3RhZ2UtaHViLW5vYm9keQ$3vYh0xR1W1m5W0Yq2u0cZ8m1k7oJt4n2b6XqV9sPqYE";

/// Among the most used passwords wherever lists of stolen ones were counted, of those that are long enough.
const NOTORIOUS: [&str; 32] = [
    "123456789",
    "12345678",
    "1234567890",
    "password",
    "password1",
    "password12",
    "password123",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "qwertyuiop",
    "qwerty123",
    "qwerty12",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "starwars",
    "welcome1",
    "letmein1",
    "admin123",
    "administrator",
    "changeme",
    "abcd1234",
    "abc12345",
    "asdfghjkl",
];

/// Why a text can't be a new password: the words of Supabase's `weak_password.reasons`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`MIN_CHARACTERS`], or more than [`MAX_CHARACTERS`].
    Length,
    /// Has control characters, or is one character over and over.
    Characters,
    /// One that everybody tries first, or the account's own address.
    Pwned,
}

impl Weakness {
    /// The word on the wire.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Characters => "characters",
            Self::Pwned => "pwned",
        }
    }

    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Length => "A password has 8 to 200 characters.",
            Self::Characters => {
                "A password has more than one kind of character and no control characters."
            }
            Self::Pwned => "This password is too easy to guess; take another one.",
        }
    }
}

/// A password in the form in which it is hashed.
pub struct Password(Secret<String>);

impl Password {
    /// As it was typed: other kinds of space are a space, and the text is in Unicode's normal form C (RFC 8265, 4.2), so
    /// that it does not matter which keyboard composed an `é`. None for what can't be a password.
    pub fn typed(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > MAX_BYTES {
            return None;
        }
        let spaced = text.chars().map(|c| {
            if c.is_whitespace() && !c.is_control() {
                ' '
            } else {
                c
            }
        });
        Some(Self(Secret::new(spaced.nfc().collect())))
    }

    /// Whether it may become the password of the account `email`.
    pub fn weakness(&self, email: &str) -> Option<Weakness> {
        let text = self.0.expose();
        let lower = text.to_lowercase();
        let mailbox = email.split('@').next().unwrap_or_default();
        if !(MIN_CHARACTERS..=MAX_CHARACTERS).contains(&text.chars().count()) {
            Some(Weakness::Length)
        } else if text.chars().any(char::is_control) || is_one_character(text) {
            Some(Weakness::Characters)
        } else if NOTORIOUS.contains(&lower.as_str()) || lower == email || lower == mailbox {
            Some(Weakness::Pwned)
        } else {
            None
        }
    }

    /// The PHC string to store.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn hash(&self, random: &impl Random) -> Result<String> {
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt);
        let hash = argon2()?.hash_password_with_salt(self.0.expose().as_bytes(), &salt);
        Ok(hash.map_err(Error::internal)?.to_string())
    }

    /// Whether `stored` was made of it. Compares in constant time; without a stored hash it takes as long and is false.
    ///
    /// # Errors
    /// When there is no memory, or the stored text is no hash.
    pub fn fits(&self, stored: Option<&str>) -> Result<bool> {
        let parsed = PasswordHash::new(stored.unwrap_or(NOBODYS)).map_err(Error::internal)?;
        match argon2()?.verify_password(self.0.expose().as_bytes(), &parsed) {
            Ok(()) => Ok(stored.is_some()),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

/// Whether `stored` was made with other parameters than a new hash would be.
pub fn is_outdated(stored: &str) -> bool {
    let current = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
    !stored.starts_with(&current)
}

fn is_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.all(|character| Some(character) == first)
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Salt(u8);
    impl Random for Salt {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn password(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[test]
    fn a_hash_fits_its_password_alone_and_names_its_parameters() {
        let stored = password("correct horse").hash(&Salt(1)).unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(password("correct horse").fits(Some(&stored)).unwrap());
        assert!(!password("correct horsf").fits(Some(&stored)).unwrap());
        assert_ne!(stored, password("correct horse").hash(&Salt(2)).unwrap());
    }

    #[test]
    fn an_account_that_is_not_there_is_compared_with_the_same_effort_and_never_fits() {
        assert!(!is_outdated(NOBODYS));
        assert!(!password("whatever it is").fits(None).unwrap());
    }

    #[test]
    fn a_hash_of_weaker_parameters_still_fits_and_is_outdated() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8192, 1, 1, None).unwrap(),
        );
        let stored = weak
            .hash_password_with_salt(b"correct horse", &[3; 16])
            .unwrap()
            .to_string();
        assert!(password("correct horse").fits(Some(&stored)).unwrap());
        assert!(is_outdated(&stored));
        assert!(!is_outdated(
            &password("correct horse").hash(&Salt(1)).unwrap()
        ));
    }

    #[test]
    fn how_a_letter_was_composed_does_not_matter() {
        let stored = password("caf\u{e9} au\u{a0}lait").hash(&Salt(1)).unwrap();
        assert!(password("cafe\u{301} au lait").fits(Some(&stored)).unwrap());
    }

    #[test]
    fn bounds_are_of_characters_and_what_everybody_tries_first_is_refused() {
        let of = |text: &str| password(text).weakness("ada.lovelace@example.com");
        assert_eq!(of("seven77"), Some(Weakness::Length));
        assert_eq!(of("eight888"), None);
        assert_eq!(of("ääääöööö"), None);
        assert_eq!(of(&"ab".repeat(100)), None);
        assert_eq!(of(&"ab".repeat(101)), Some(Weakness::Length));
        assert_eq!(of("aaaaaaaaaa"), Some(Weakness::Characters));
        assert_eq!(of("with\u{0}a null"), Some(Weakness::Characters));
        assert_eq!(of("Password123"), Some(Weakness::Pwned));
        assert_eq!(of("Ada.Lovelace"), Some(Weakness::Pwned));
        assert!(Password::typed("").is_none());
        assert!(Password::typed(&"a".repeat(1025)).is_none());
    }
}
