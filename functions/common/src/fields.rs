//! Values that are parsed once, where they come in.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::ops::Deref;

/// Text of 1 to `MAX` characters without NUL, which Postgres can't store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(D::Error::custom("must not be empty"));
        }
        if text.contains('\0') {
            return Err(D::Error::custom("must not contain the character NUL"));
        }
        if text.chars().count() > MAX {
            return Err(D::Error::custom(format!(
                "may have {MAX} characters at most"
            )));
        }
        Ok(Self(text))
    }
}

/// An amount of money as decimal text: at most 12 digits before and 3 after the point, not negative.
/// JSON text is the canonical form; a JSON number is taken as it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Amount(String);

impl Amount {
    /// Parses decimal text.
    ///
    /// # Errors
    /// What is wrong, for the caller.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if digits(whole, 12) && digits(fraction, 3) {
            Ok(Self(text.to_owned()))
        } else {
            Err(
                "must be a decimal such as \"12.50\", not negative, with at most 12 digits before and 3 after the point",
            )
        }
    }

    /// The decimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(serde_json::Number),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match TextOrNumber::deserialize(deserializer) {
            Ok(TextOrNumber::Text(text)) => text,
            Ok(TextOrNumber::Number(number)) => number.to_string(),
            Err(_) => return Err(D::Error::custom("must be decimal text such as \"12.50\"")),
        };
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// A quantity of pieces, 0 to a thousand million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Quantity(i32);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        i32::try_from(number)
            .ok()
            .filter(|number| (0..=1_000_000_000).contains(number))
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be a whole number from 0 to 1000000000"))
    }
}

/// An ISO 4217 currency code: three capital letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Currency(String);

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom("must be an ISO 4217 code such as \"EUR\""))
        }
    }
}

/// An instant in RFC 3339, such as `2026-11-23T10:00:00Z`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Instant(String);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse::<jiff::Timestamp>()
            .map(|instant| Self(instant.to_string()))
            .map_err(|_| D::Error::custom("must be a time such as \"2026-11-23T10:00:00Z\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(json: &str) -> Option<String> {
        serde_json::from_str::<Amount>(json)
            .ok()
            .map(|amount| amount.0)
    }

    #[test]
    fn an_amount_is_decimal_text_or_the_number_as_it_reads() {
        assert_eq!(amount("\"19.99\"").as_deref(), Some("19.99"));
        assert_eq!(amount("19.99").as_deref(), Some("19.99"));
        assert_eq!(amount("7").as_deref(), Some("7"));
        for bad in [
            "\"-1\"",
            "-1",
            "\"1e3\"",
            "\"\"",
            "\".5\"",
            "\"1.\"",
            "\"1.2345\"",
            "null",
            "\"1234567890123\"",
            "\"1,5\"",
        ] {
            assert_eq!(amount(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_is_counted_in_characters_and_is_not_blank() {
        assert!(serde_json::from_str::<Text<2>>("\"äö\"").is_ok());
        for bad in ["\"äöü\"", "\"\"", "\"  \"", "\"a\\u0000\""] {
            assert!(serde_json::from_str::<Text<2>>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instant_is_brought_to_utc() {
        let instant: Instant = serde_json::from_str("\"2026-11-23T10:00:00+02:00\"").unwrap();
        assert_eq!(instant.0, "2026-11-23T08:00:00Z");
        assert!(serde_json::from_str::<Instant>("\"yesterday\"").is_err());
    }
}
