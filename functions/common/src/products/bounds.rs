//! How long a product's texts and lists may be, and values that are checked once, where they come in.

use crate::error::{Error, Result};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The most variants of a product.
pub const MAX_VARIANTS: usize = 2048;
/// The most images of a product.
pub const MAX_IMAGES: usize = 250;
/// The most options of a product.
pub const MAX_OPTIONS: usize = 3;
/// The most values of one option.
pub const MAX_OPTION_VALUES: usize = MAX_VARIANTS;
/// The most tags of a product.
pub const MAX_TAGS: usize = 250;
/// The longest address of an image, in characters.
pub const MAX_ADDRESS: usize = 2048;

/// Text of up to `MAX` characters, which may be empty, without NUL, which Postgres can't store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Prose<MAX> {
    /// Takes `text` when it fits.
    ///
    /// # Errors
    /// What is wrong, for the caller.
    pub fn parse(text: String) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("must not contain the character NUL".to_owned());
        }
        if text.len() > MAX && text.chars().count() > MAX {
            return Err(format!("may have {MAX} characters at most"));
        }
        Ok(Self(text))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Prose<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Where an image is: an absolute http or https address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebAddress(String);

impl WebAddress {
    /// Takes `text` when it is one.
    ///
    /// # Errors
    /// What is wrong, for the caller.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const ISSUE: &str = "must be an http or https address of at most 2048 characters";
        let (scheme, rest) = text.split_once("://").ok_or(ISSUE)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let fits = (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
            && !host.is_empty()
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            && text.chars().count() <= MAX_ADDRESS;
        fits.then(|| Self(text.to_owned())).ok_or(ISSUE)
    }
}

impl<'de> Deserialize<'de> for WebAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Refuses a list that is longer than `most`.
///
/// # Errors
/// 400 naming the field.
pub fn check_length<T>(field: &str, list: &[T], most: usize) -> Result<()> {
    match list.len() > most {
        true => Err(Error::field(
            field,
            format!("may have {most} entries at most"),
        )),
        false => Ok(()),
    }
}

/// For a field that may be absent but not null: null is a type error rather than silently ignored.
///
/// # Errors
/// When the value is null or does not fit `T`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_an_absolute_web_address() {
        for good in [
            "http://a/b.jpg",
            "HTTPS://cdn.example/a@2x.jpg?v=1",
            "https://ä.example/ö",
        ] {
            assert!(WebAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.jpg",
            "//a/b",
            "ftp://a/b",
            "javascript:alert(1)",
            "http://",
            "http:///a",
            "http://a/ b",
            "http://a/\0",
        ] {
            assert!(WebAddress::parse(bad).is_err(), "{bad}");
        }
        assert!(WebAddress::parse(&format!("http://a/{}", "x".repeat(2040))).is_err());
    }

    #[test]
    fn prose_is_counted_in_characters_and_may_be_empty() {
        assert!(Prose::<2>::parse("äö".to_owned()).is_ok());
        assert!(Prose::<2>::parse(String::new()).is_ok());
        assert!(Prose::<2>::parse("äöü".to_owned()).is_err());
        assert!(Prose::<2>::parse("\0".to_owned()).is_err());
    }
}
