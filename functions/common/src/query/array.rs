//! Several values in one: lists as the query string has them, and the array literal that is bound.

use super::cursor::Cursor;
use crate::error::{Error, Result};

/// Most values of one list.
const MAX_VALUES: usize = 200;

/// The values between `open` and `close`: `(a,"b,c")`, `{a,b}`. Nothing between them is no value.
///
/// # Errors
/// 400 naming `field` when a bracket is missing or there are too many values.
pub(super) fn values(
    cursor: &mut Cursor<'_>,
    field: &str,
    (open, close): (&str, char),
) -> Result<Vec<String>> {
    let close_token = close.to_string();
    if !cursor.eat(open) {
        return Err(Error::field(
            field,
            format!("takes a list of values: {open}a,\"b,c\"{close}"),
        ));
    }
    let mut values = Vec::new();
    if cursor.eat(&close_token) {
        return Ok(values);
    }
    loop {
        values.push(cursor.element(close));
        if values.len() > MAX_VALUES {
            return Err(Error::field(
                field,
                format!("takes {MAX_VALUES} values at most"),
            ));
        }
        if cursor.eat(&close_token) {
            return Ok(values);
        }
        if !cursor.eat(",") {
            return Err(Error::field(
                field,
                format!("has a list without its closing {close}"),
            ));
        }
    }
}

/// Postgres's text of an array (`{"a","b"}`). Every value is quoted, so that none is taken for null.
pub(super) fn literal(values: &[String]) -> String {
    let quoted: Vec<String> = values
        .iter()
        .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}
