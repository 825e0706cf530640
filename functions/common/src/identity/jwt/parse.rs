//! A token taken apart. Whoever sent it may have written anything: nothing here is verified.

use super::MAX_TOKEN_BYTES;
use crate::identity::jwk::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest text of a claim or header parameter that is used, in bytes.
const MAX_TEXT_BYTES: usize = 512;
/// Explicit types of tokens that are for calling an API; those of log-outs, proofs or events are not
/// (RFC 8725 section 3.11, RFC 9068 section 2.1).
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// A token's parts.
pub struct Token<'t> {
    /// The whole text.
    pub text: &'t str,
    /// What the signature is over: header and payload as they came.
    pub signed: &'t str,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// What the header says it was signed with.
    pub algorithm: Algorithm,
    /// The name of the key in the header.
    pub kid: Option<String>,
    /// Who the payload says signed it.
    pub issuer: Option<String>,
    /// The payload.
    pub payload: Members,
}

/// The members of a JSON object. A name that is there twice is refused, so that no two readers can see
/// different values (RFC 7515 section 4, RFC 7519 section 4); inside of values, which we don't read, it may be.
pub struct Members(BTreeMap<String, Value>);

impl<'t> Token<'t> {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// Why it is no token that could be verified.
    pub fn parse(text: &'t str) -> Result<Self, &'static str> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err("it is longer than 8 KB");
        }
        let (signed, signature) = text.rsplit_once('.').ok_or("it has not three parts")?;
        let (header, payload) = signed.split_once('.').ok_or("it has not three parts")?;
        let header = Members::parse(header)?;
        let payload = Members::parse(payload)?;
        if header.has("crit") {
            // We know no extension, and one of these must be understood (RFC 7515 section 4.1.11).
            return Err("its header has `crit`");
        }
        let typ = header.text("typ")?.map(str::to_ascii_lowercase);
        if typ.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {
            return Err("its `typ` is not that of a token for calling");
        }
        let algorithm = header
            .text("alg")?
            .and_then(Algorithm::named)
            .ok_or("its `alg` is not one that we verify")?;
        Ok(Self {
            text,
            signed,
            signature: decode(signature)?,
            algorithm,
            kid: header.text("kid")?.map(str::to_owned),
            issuer: payload.text("iss")?.map(str::to_owned),
            payload,
        })
    }
}

/// Strict: no padding, no line breaks, no other alphabet, no bits left over. One text for each value.
fn decode(part: &str) -> Result<Vec<u8>, &'static str> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| "a part is not base64url")
}

impl Members {
    fn parse(part: &str) -> Result<Self, &'static str> {
        serde_json::from_slice(&decode(part)?)
            .map_err(|_| "a part is not a JSON object without duplicate members")
    }

    /// Whether there is a member `name`, whatever its value.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The member `name`; null counts as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The text of `name`, if it is there.
    ///
    /// # Errors
    /// When it is no text, is longer than 512 bytes, or has control characters.
    pub fn text(&self, name: &str) -> Result<Option<&str>, &'static str> {
        self.get(name).map(plain).transpose()
    }

    /// The seconds of `name`, if it is there; a fraction is cut off (RFC 7519 section 2, NumericDate).
    ///
    /// # Errors
    /// When it is no number of seconds.
    pub fn seconds(&self, name: &str) -> Result<Option<i64>, &'static str> {
        self.get(name).map(seconds).transpose()
    }

    /// The texts of `name`: one, or a list of them, or none.
    ///
    /// # Errors
    /// When one is no text.
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, &'static str> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(all)) => all.iter().map(plain).collect(),
            Some(one) => plain(one).map(|text| vec![text]),
        }
    }
}

fn plain(value: &Value) -> Result<&str, &'static str> {
    value
        .as_str()
        .filter(|text| text.len() <= MAX_TEXT_BYTES && !text.chars().any(char::is_control))
        .ok_or("a member that takes text has something else")
}

fn seconds(value: &Value) -> Result<i64, &'static str> {
    /// Beyond, a number of 64 bits floating has no whole seconds any more.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let whole = value.as_i64().filter(|it| it.unsigned_abs() < 1 << 53);
    whole
        .or_else(|| {
            let number = value.as_f64().filter(|number| number.abs() < LARGEST)?;
            #[allow(
                clippy::cast_possible_truncation,
                reason = "whole and within range: checked above"
            )]
            Some(number.floor() as i64)
        })
        .ok_or("a member that takes a time has something else")
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                Ok(Members(members))
            }
        }
        input.deserialize_map(Object)
    }
}
