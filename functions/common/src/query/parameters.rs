//! A query string's pairs, percent-decoded.

use crate::error::{Error, Result};

/// The names and values of `query`, in their order; `+` is a space, a missing `=` an empty value.
///
/// # Errors
/// 400 when a `%` is not followed by two hexadecimal digits or the bytes are not UTF-8.
pub(crate) fn decode(query: &str) -> Result<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((component(name)?, component(value)?))
        })
        .collect()
}

fn component(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hexadecimal(rest.next(), rest.next())?,
            other => other,
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::field("query", "is not UTF-8 once it is percent-decoded"))
}

fn hexadecimal(high: Option<u8>, low: Option<u8>) -> Result<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let byte = digit(high)
        .zip(digit(low))
        .map(|(high, low)| high * 16 + low);
    byte.and_then(|byte| u8::try_from(byte).ok())
        .ok_or_else(|| {
            let issue = "has a % that two hexadecimal digits do not follow; write % itself as %25";
            Error::field("query", issue)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_in_their_order_and_empty_ones_passed_over() {
        let pairs = decode("a=eq.x+y%26z&&b&a=%C3%A4").unwrap();
        let expected = [("a", "eq.x y&z"), ("b", ""), ("a", "ä")];
        assert!(
            pairs
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
                .eq(expected)
        );
    }

    #[test]
    fn what_is_no_encoding_or_no_utf8_is_a_400() {
        for query in ["a=%", "a=%4", "a=%zz", "a=%ff", "%C3=1", "a=%+1"] {
            assert_eq!(
                decode(query).unwrap_err().details["field"],
                "query",
                "{query}"
            );
        }
    }
}
