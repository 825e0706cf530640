//! A value that can't be printed by accident, and does not outlive its use in memory.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

/// Overwriting a secret where it lies. What the allocator moved before (a buffer that grew, a parser's scratch) is out
/// of reach: build secrets in buffers of their final size, as [`Secret::json`] does.
pub trait Wipe {
    /// Overwrites what is secret in the value, in a way that the compiler does not leave out.
    fn wipe(&mut self);
}

impl Wipe for String {
    fn wipe(&mut self) {
        self.zeroize();
    }
}

impl Wipe for Vec<u8> {
    fn wipe(&mut self) {
        self.zeroize();
    }
}

impl Wipe for u8 {
    fn wipe(&mut self) {
        self.zeroize();
    }
}

impl<T: Wipe, const N: usize> Wipe for [T; N] {
    fn wipe(&mut self) {
        self.iter_mut().for_each(Wipe::wipe);
    }
}

impl<T: Wipe> Wipe for Option<T> {
    fn wipe(&mut self) {
        if let Some(value) = self {
            value.wipe();
        }
    }
}

/// The texts and numbers; the names of members are not secret.
impl Wipe for Value {
    fn wipe(&mut self) {
        match self {
            Self::String(text) => text.zeroize(),
            Self::Array(items) => items.iter_mut().for_each(Wipe::wipe),
            Self::Object(fields) => fields.wipe(),
            Self::Number(number) => *number = 0.into(),
            Self::Null | Self::Bool(_) => {}
        }
    }
}

impl Wipe for Map<String, Value> {
    fn wipe(&mut self) {
        self.values_mut().for_each(Wipe::wipe);
    }
}

/// Wraps a secret: `Debug` shows `[redacted]`, there is no `Display` and no `Serialize`, and it is overwritten when it
/// is dropped. Only texts, bytes and credentials can be cloned, each clone being wiped for itself.
#[derive(Default)]
pub struct Secret<T: Wipe>(T);

impl<T: Wipe> Secret<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, at the one place that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value, to be changed where it lies.
    pub const fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl Secret<String> {
    /// `value` as JSON. Its length is counted first, so that no buffer grows and leaves a copy behind.
    ///
    /// # Errors
    /// When `value` has no form in JSON.
    pub fn json(value: &impl Serialize) -> serde_json::Result<Self> {
        let mut length = Length(0);
        serde_json::to_writer(&mut length, value)?;
        let mut text = Secret::new(Vec::with_capacity(length.0));
        serde_json::to_writer(text.expose_mut(), value)?;
        Self::from_utf8(text).ok_or_else(|| serde::ser::Error::custom("JSON that is no text"))
    }

    /// `bytes` as text, where they lie; none when they are not UTF-8.
    pub fn from_utf8(mut bytes: Secret<Vec<u8>>) -> Option<Self> {
        match String::from_utf8(std::mem::take(bytes.expose_mut())) {
            Ok(text) => Some(Self(text)),
            Err(error) => {
                drop(Secret::new(error.into_bytes()));
                None
            }
        }
    }
}

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<T: Wipe> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

impl Clone for Secret<String> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Clone for Secret<Vec<u8>> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Clone for Secret<Value> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// In a time that does not depend on where two texts of one length differ.
impl PartialEq for Secret<String> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret<String> {}

/// For telling one's own credentials from older ones: nobody outside offers either side.
impl PartialEq for Secret<Value> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Secret<Value> {}

impl<T: Wipe> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for Secret<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

/// Of what is no text it says so, and does not quote it as other types' parsers do.
impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Secret::<Value>::deserialize(deserializer)?.expose_mut() {
            Value::String(text) => Ok(Self(std::mem::take(text))),
            _ => Err(D::Error::custom("must be a text")),
        }
    }
}

/// Of what is no object it says so, and does not quote it.
impl<'de> Deserialize<'de> for Secret<Map<String, Value>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Secret::<Value>::deserialize(deserializer)?.expose_mut() {
            Value::Object(fields) => Ok(Self(std::mem::take(fields))),
            _ => Err(D::Error::custom("must be an object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, Wipe};
    use serde_json::{Map, Value, json};
    use std::cell::Cell;

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(
            format!("{:?}", Secret::new("hunter2".to_owned())),
            "[redacted]"
        );
    }

    #[test]
    fn a_secret_is_wiped_when_it_is_dropped() {
        struct Watched<'a>(&'a Cell<u32>);
        impl Wipe for Watched<'_> {
            fn wipe(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let wiped = Cell::new(0);
        let secret = Secret::new(Watched(&wiped));
        assert_eq!(wiped.get(), 0);
        drop(secret);
        assert_eq!(wiped.get(), 1);
    }

    #[test]
    fn wiping_leaves_nothing_of_any_shape() {
        let mut text = "hunter2".to_owned();
        text.wipe();
        assert!(text.is_empty());
        let mut key = [7_u8; 32];
        key.wipe();
        assert_eq!(key, [0; 32]);
        let mut credentials = json!({"token": "hunter2", "pin": 1234, "more": ["x", {"y": "z"}]});
        credentials.wipe();
        assert_eq!(
            credentials,
            json!({"token": "", "pin": 0, "more": ["", {"y": ""}]})
        );
    }

    #[test]
    fn json_is_written_into_a_buffer_of_its_size() {
        let value = json!({"token": "x".repeat(5000), "quoted": "\"\n"});
        let text = Secret::json(&value).unwrap();
        assert_eq!(text.expose(), &value.to_string());
        assert_eq!(text.expose().capacity(), text.expose().len());
    }

    #[test]
    fn what_does_not_fit_is_refused_without_being_quoted() {
        let fields = serde_json::from_str::<Secret<Map<String, Value>>>(r#"{"a": "b"}"#).unwrap();
        assert_eq!(fields.expose()["a"], "b");
        let text = serde_json::from_str::<Secret<String>>("\"hunter2\"").unwrap();
        assert_eq!(text.expose(), "hunter2");
        for wrong in ["\"hunter2\"", "[\"hunter2\"]", "4711"] {
            let refused = serde_json::from_str::<Secret<Map<String, Value>>>(wrong);
            let refused = refused.unwrap_err().to_string();
            assert!(refused.starts_with("must be an object"), "{refused}");
            assert!(!refused.contains("hunter2") && !refused.contains("4711"));
        }
        let refused = serde_json::from_str::<Secret<String>>("4711").unwrap_err();
        assert!(!refused.to_string().contains("4711"), "{refused}");
    }

    #[test]
    fn texts_are_equal_when_they_are_the_same() {
        let secret = |text: &str| Secret::new(text.to_owned());
        assert!(secret("one") == secret("one"));
        assert!(secret("one") != secret("two") && secret("one") != secret("ones"));
    }
}
