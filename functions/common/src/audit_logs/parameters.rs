//! The plain parameters of `verify` and `export`.

use crate::error::{Error, Result};
use crate::query::parameters::decode;

/// A query string of known names, each once at most.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Those of `query`.
    ///
    /// # Errors
    /// 400 naming the parameter that is unknown or comes twice.
    pub(super) fn of(query: &str, known: &[&str]) -> Result<Self> {
        let given = decode(query)?;
        for (nr, (name, _)) in given.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let name: String = name.chars().take(60).collect();
                let issue = format!("is no parameter; there are {}", known.join(", "));
                return Err(Error::field(name, issue));
            }
            if given.iter().skip(nr + 1).any(|(other, _)| other == name) {
                return Err(Error::field(name, "comes twice"));
            }
        }
        Ok(Self(given))
    }

    /// The value of `name`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The whole number `name`.
///
/// # Errors
/// 400 when it is none from `least` to `most`.
pub(super) fn number(
    given: &Parameters,
    name: &'static str,
    least: i64,
    most: i64,
) -> Result<Option<i64>> {
    let read = |text: &str| {
        let number = text.parse().ok();
        number.filter(|number| (least..=most).contains(number))
    };
    given
        .text(name)
        .map(|text| {
            read(text).ok_or_else(|| {
                Error::field(name, format!("takes a whole number from {least} to {most}"))
            })
        })
        .transpose()
}

/// The time `name`, in RFC 3339.
///
/// # Errors
/// 400 when it is none.
pub(super) fn time(given: &Parameters, name: &'static str) -> Result<Option<String>> {
    let read = |text: &str| text.parse::<jiff::Timestamp>().ok();
    given
        .text(name)
        .map(|text| {
            read(text)
                .map(|time| time.to_string())
                .ok_or_else(|| Error::field(name, "takes a time such as 2026-11-23T10:00:00Z"))
        })
        .transpose()
}
