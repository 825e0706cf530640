//! Values: read as what their column holds, so that a bad one is a 400 that names the column, and
//! written as the text that the statement casts.

use super::{Column, Kind, shortened};
use crate::error::{Error, Result};
use jiff::fmt::temporal::Pieces;
use uuid::Uuid;

/// The longest value, in characters.
const MAX_CHARACTERS: usize = 1000;
/// Most digits of an amount, before and after its point.
const MAX_DIGITS: usize = 30;

/// The text to bind for `text` in a comparison with `column`.
///
/// # Errors
/// 400 naming the column when the text is no value of its kind.
pub(super) fn read(column: &Column, text: &str) -> Result<String> {
    bounded(column, text)?;
    let (read, wanted) = match column.kind {
        Kind::Text | Kind::TextArray | Kind::Json => return Ok(text.to_owned()),
        Kind::Uuid => (text.parse::<Uuid>().ok().map(|id| id.to_string()), "a UUID"),
        Kind::Int => (
            text.parse::<i64>().ok().map(|number| number.to_string()),
            "a whole number",
        ),
        Kind::Bool => (
            text.parse::<bool>().ok().map(|truth| truth.to_string()),
            "true or false",
        ),
        Kind::Time => (time(text), "a time such as 2026-01-31T12:00:00Z, or a date"),
        Kind::Money => (amount(text), "an amount such as 12.50"),
    };
    read.ok_or_else(|| {
        let issue = format!("takes {wanted}, not \"{}\"", shortened(text));
        Error::field(column.name, issue)
    })
}

/// The pattern to bind for `text` in `like`: `*` is `%`, and `\*` a star.
///
/// # Errors
/// 400 naming the column when the pattern ends in the middle of an escape.
pub(super) fn pattern(column: &Column, text: &str) -> Result<String> {
    bounded(column, text)?;
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '*' => pattern.push('%'),
            '\\' => match rest.next() {
                Some('*') => pattern.push('*'),
                Some(escaped) => pattern.extend(['\\', escaped]),
                None => {
                    let issue = "has a pattern that ends with \\; write a backslash itself as \\\\";
                    return Err(Error::field(column.name, issue));
                }
            },
            other => pattern.push(other),
        }
    }
    Ok(pattern)
}

fn bounded(column: &Column, text: &str) -> Result<()> {
    if text.chars().count() > MAX_CHARACTERS {
        let issue = format!("takes values of {MAX_CHARACTERS} characters at most");
        return Err(Error::field(column.name, issue));
    }
    if text.contains('\0') {
        return Err(Error::field(column.name, "takes no NUL character"));
    }
    Ok(())
}

/// RFC 3339, or a date for its midnight UTC. An offset's `+` that arrives as a space is taken for what it was.
fn time(text: &str) -> Option<String> {
    let repaired = match text.rsplit_once(' ') {
        Some((time, offset)) if time.len() > "2026-01-31".len() => format!("{time}+{offset}"),
        _ => text.to_owned(),
    };
    let pieces = Pieces::parse(&repaired).ok()?;
    // Postgres writes earlier years differently, and knows zones by names of its own.
    if pieces.date().year() < 1 || pieces.time_zone_annotation().is_some() {
        return None;
    }
    match (pieces.time(), pieces.to_numeric_offset()) {
        (None, None) => Some(format!("{}T00:00:00Z", pieces.date())),
        (Some(time), Some(offset)) => Some(format!("{}T{time}{offset}", pieces.date())),
        _ => None,
    }
}

/// A decimal number, without exponent.
fn amount(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let fits = |part: &str| {
        (1..=MAX_DIGITS).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    (fits(whole) && fits(fraction)).then(|| text.to_owned())
}
