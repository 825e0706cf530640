//! A request, taken apart.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

/// A request's path and query, decoded.
pub struct Asked<'a> {
    pub request: &'a Request<Bytes>,
    pub segments: Vec<String>,
    query: Vec<(String, String)>,
}

impl<'a> Asked<'a> {
    pub fn read(request: &'a Request<Bytes>) -> Self {
        let path = request.uri().path().trim_start_matches('/').split('/');
        Self {
            request,
            segments: path.map(decoded).collect(),
            query: pairs(request.uri().query().unwrap_or_default()),
        }
    }

    /// Method and segments, to be matched.
    pub fn route(&self) -> (&str, Vec<&str>) {
        let segments = self.segments.iter().map(String::as_str).collect();
        (self.request.method().as_str(), segments)
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    /// A query with several values, separated by commas.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let text = self.query(name).unwrap_or_default();
        text.split(',').filter(|item| !item.is_empty()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.request.body()).unwrap_or(Value::Null)
    }

    /// The body as a form.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(self.request.body()))
    }
}

/// The fields of a form or a query, decoded; there a plus is a space.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let fields = text.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let plain = |text: &str| decoded(&text.replace('+', " "));
            (plain(name), plain(value))
        })
        .collect()
}

/// Percent-decoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = match first {
            b'%' => after
                .get(..2)
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
