//! Forms, queries and multipart bodies.

use super::Refused;
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields with their values; those that come several times have several.
#[derive(Debug, Default)]
pub struct Form(BTreeMap<String, Vec<String>>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn read(text: &str) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).trim_end_matches("[]").to_owned();
            fields.entry(name).or_default().push(decode(value));
        }
        Self(fields)
    }

    /// Reads the body of a request: a form, or JSON, which Etsy takes in its place.
    pub fn of(request: &Request<Bytes>) -> Result<Self, Refused> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let body = request.body();
        match kind.split(';').next().unwrap_or_default() {
            "application/x-www-form-urlencoded" => Ok(Self::read(&String::from_utf8_lossy(body))),
            "application/json" => serde_json::from_slice(body)
                .map(Self::of_json)
                .map_err(|_| Refused::bad("the body is no JSON")),
            other => Err(Refused::bad(format!("Unsupported content type '{other}'"))),
        }
    }

    fn of_json(fields: Map<String, Value>) -> Self {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
        let fields = fields.map(|(name, value)| match value {
            Value::Array(rows) => (name, rows.into_iter().map(text).collect()),
            other => (name, vec![text(other)]),
        });
        Self(fields.collect())
    }

    /// The value called `name`, if it is there and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.last()?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Several values: the field repeated, or separated by commas.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let values = self.0.get(name)?;
        let parts = values.iter().flat_map(|value| value.split(','));
        Some(
            parts
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
        )
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Result<Option<i64>, Refused> {
        self.text(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Refused::bad(format!("Expected int value for '{name}' (got {text})"))
                })
            })
            .transpose()
    }

    /// A number.
    pub fn float(&self, name: &str) -> Result<Option<f64>, Refused> {
        self.text(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Refused::bad(format!("Expected float value for '{name}' (got {text})"))
                })
            })
            .transpose()
    }

    /// `true` or `false`.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, Refused> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "True" | "1") => Ok(Some(true)),
            Some("false" | "False" | "0") => Ok(Some(false)),
            Some(text) => Err(Refused::bad(format!(
                "Expected bool value for '{name}' (got {text})"
            ))),
        }
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let hex = std::str::from_utf8(&digits).unwrap_or_default();
                bytes.push(u8::from_str_radix(hex, 16).unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A part of a multipart body.
pub struct Part {
    pub name: String,
    pub content: Vec<u8>,
}

/// Reads `multipart/form-data`.
pub fn multipart(content_type: &str, body: &[u8]) -> Result<Vec<Part>, Refused> {
    let wrong = |reason: &str| Refused::bad(format!("multipart body: {reason}"));
    let boundary = content_type
        .strip_prefix("multipart/form-data;")
        .and_then(|rest| rest.trim().strip_prefix("boundary="))
        .ok_or_else(|| wrong("no boundary"))?;
    let opening = format!("--{}", boundary.trim_matches('"'));
    let mut parts = Vec::new();
    for piece in split(body, opening.as_bytes()).into_iter().skip(1) {
        if piece.starts_with(b"--") {
            return Ok(parts);
        }
        let piece = piece
            .strip_prefix(b"\r\n")
            .ok_or_else(|| wrong("no line end"))?;
        let at = find(piece, b"\r\n\r\n").ok_or_else(|| wrong("no head"))?;
        let (head, rest) = piece.split_at(at);
        let head = String::from_utf8_lossy(head);
        let name = head
            .split_once("name=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .ok_or_else(|| wrong("a part without a name"))?;
        let content = rest.strip_prefix(b"\r\n\r\n").unwrap_or_default();
        let content = content.strip_suffix(b"\r\n").ok_or_else(|| wrong("cut"))?;
        parts.push(Part {
            name: name.0.to_owned(),
            content: content.to_vec(),
        });
    }
    Err(wrong("not closed"))
}

fn split<'a>(body: &'a [u8], by: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, by) {
        let (piece, after) = rest.split_at(at);
        pieces.push(piece);
        rest = after.strip_prefix(by).unwrap_or_default();
    }
    pieces.push(rest);
    pieces
}

fn find(body: &[u8], what: &[u8]) -> Option<usize> {
    body.windows(what.len()).position(|window| window == what)
}
