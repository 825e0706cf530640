//! What every plugin needs between an operation and bytes: addresses, forms, tokens, the memory between two
//! steps, and JSON whose misfit is a protocol error that names the field.

use common::platform::{PlatformError, State, Store};
use common::ports::HttpResponse;
use http::header::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The store's own `config.base_url`, else the vendor's `address`.
pub fn base(store: &Store, address: &str) -> Result<String, PlatformError> {
    match &store.base_url {
        None => Ok(address.to_owned()),
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => Ok(url.clone()),
        Some(_) => Err(PlatformError::rejected_field(
            "config.base_url",
            "has to begin with https:// or http://",
        )),
    }
}

/// A setting that the channel can't do without.
pub fn setting<'s>(store: &'s Store, name: &str) -> Result<&'s str, PlatformError> {
    store.setting(name).ok_or_else(|| {
        PlatformError::rejected_field(
            format!("config.{name}"),
            "is missing: set it with PATCH /stores, GET /platforms says what it is",
        )
    })
}

/// A credential that the channel can't do without.
pub fn credential<'s>(store: &'s Store, name: &str) -> Result<&'s str, PlatformError> {
    store
        .credential(name)
        .ok_or_else(|| PlatformError::AuthenticateAgain {
            reason: format!("the store has no `{name}`"),
        })
}

/// `prefix` and a secret as the value of a header, marked so that it is never printed.
pub fn secret_header(prefix: &str, secret: &str) -> Result<HeaderValue, PlatformError> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", secret.trim())).map_err(|_| {
        PlatformError::AuthenticateAgain {
            reason: "the store's credentials have characters that no token has".to_owned(),
        }
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// An address that `http` does not take.
pub fn bad_address(_: http::Error) -> PlatformError {
    PlatformError::rejected_field("config.base_url", "is not an address")
}

/// `application/x-www-form-urlencoded`, also good for a query.
pub fn form<N: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (N, V)>) -> String {
    let pairs: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| {
            let (name, value) = (
                percent_encode(name.as_ref()),
                percent_encode(value.as_ref()),
            );
            format!("{name}={value}")
        })
        .collect();
    pairs.join("&")
}

/// Everything but the unreserved characters of RFC 3986; good for a segment of a path too.
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// `phase` as a step's memory.
pub fn remember(phase: &impl Serialize) -> Result<State, PlatformError> {
    serde_json::to_value(phase).map(State).map_err(forgotten)
}

/// What was [`remember`]ed.
pub fn recall<T: DeserializeOwned>(state: State) -> Result<T, PlatformError> {
    serde_json::from_value(state.0).map_err(forgotten)
}

fn forgotten(error: serde_json::Error) -> PlatformError {
    PlatformError::protocol(format!("the step's own memory: {error}"))
}

/// The body of an answer, whatever its status.
pub fn json(response: &HttpResponse) -> Result<Value, PlatformError> {
    serde_json::from_slice(response.body())
        .map_err(|_| PlatformError::protocol("the body is not JSON"))
}

/// The body of an answer as `T`.
pub fn typed<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, PlatformError> {
    from_value(json(response)?)
}

/// A part of an answer as `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, PlatformError> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| PlatformError::protocol(format!("`{}`: {}", error.path(), error.inner())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_value_is_escaped() {
        assert_eq!(form([("a b", "c&d=e/é~")]), "a%20b=c%26d%3De%2F%C3%A9~");
    }

    #[test]
    fn a_secret_header_is_never_printed() {
        let value = secret_header("Bearer ", "xyz").map(|value| format!("{value:?}"));
        assert_eq!(value.as_deref(), Ok("Sensitive"));
    }
}
