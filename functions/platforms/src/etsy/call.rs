//! From an operation to a request: addresses, the two headers that every request carries, bodies.

use crate::wire::{self, bad_address};
use common::platform::{Exchange, Operation, PlatformError, Store};
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Builder;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// Where everything but tokens is asked for.
const API: &str = "https://openapi.etsy.com";
/// Where tokens are asked for.
const OAUTH: &str = "https://api.etsy.com";
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const FORM: &str = "application/x-www-form-urlencoded";

/// How long the shop's own settings (currency, shipping and processing profiles) are believed.
pub const REFERENCE: Duration = Duration::from_secs(600);

/// An operation on a store.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub operation: &'a Operation,
    pub store: &'a Store,
}

impl Call<'_> {
    /// `/shops/{shop_id}` and `rest`.
    pub fn shop(&self, rest: &str) -> Result<String, PlatformError> {
        Ok(format!("/shops/{}{rest}", self.shop_id()?))
    }

    /// The shop's number.
    pub fn shop_id(&self) -> Result<u64, PlatformError> {
        let field = "config.shop_id";
        match self.store.config.get("shop_id").filter(|it| !it.is_null()) {
            None => Err(PlatformError::rejected_field(
                field,
                "is missing: connect the store with POST /stores/{id}/connect, or set it to the shop's number",
            )),
            Some(value) => number(value).ok_or_else(|| {
                PlatformError::rejected_field(field, "has to be the shop's number, not its name")
            }),
        }
    }

    /// Reads `path` with `query`.
    pub fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let mut address = path.to_owned();
        if !query.is_empty() {
            address = format!("{path}?{}", wire::form(query.iter().copied()));
        }
        let request = self.request(Method::GET, &address)?;
        exchange(request, Vec::new(), phase)
    }

    /// Sends a form.
    pub fn form(
        &self,
        method: Method,
        path: &str,
        fields: &[(String, String)],
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let body = wire::form(fields.iter().map(|(name, value)| (name, value)));
        let request = self.request(method, path)?.header(CONTENT_TYPE, FORM);
        exchange(request, body.into_bytes(), phase)
    }

    /// Replaces what is at `path`.
    pub fn put(
        &self,
        path: &str,
        body: &Value,
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let request = self
            .request(Method::PUT, path)?
            .header(CONTENT_TYPE, "application/json");
        exchange(request, body.to_string().into_bytes(), phase)
    }

    /// Posts `body`, whose type is `content_type`.
    pub fn post(
        &self,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let request = self
            .request(Method::POST, path)?
            .header(CONTENT_TYPE, content_type);
        exchange(request, body, phase)
    }

    /// Removes what is at `path`: what is gone stays gone, so it may be asked for again.
    pub fn delete(&self, path: &str, phase: &impl Serialize) -> Result<Exchange, PlatformError> {
        let request = self.request(Method::DELETE, path)?;
        Ok(exchange(request, Vec::new(), phase)?.repeatable())
    }

    /// Asks for a token. Never repeated by itself: each answer replaces the refresh token.
    pub fn token(
        &self,
        fields: &[(&str, &str)],
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let base = wire::base(self.store, OAUTH)?;
        let request = http::Request::post(format!("{base}/v3/public/oauth/token"))
            .header(CONTENT_TYPE, FORM)
            .header(ACCEPT, "application/json");
        let body = wire::form(fields.iter().copied());
        exchange(request, body.into_bytes(), phase)
    }

    /// As `get`, with a token that is not the store's yet.
    pub fn get_with(
        &self,
        token: &str,
        path: &str,
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        exchange(self.with(Method::GET, path, token)?, Vec::new(), phase)
    }

    fn request(&self, method: Method, path: &str) -> Result<Builder, PlatformError> {
        self.with(method, path, wire::credential(self.store, "access_token")?)
    }

    fn with(&self, method: Method, path: &str, token: &str) -> Result<Builder, PlatformError> {
        let base = wire::base(self.store, API)?;
        Ok(http::Request::builder()
            .method(method)
            .uri(format!("{base}/v3/application{path}"))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, wire::secret_header("Bearer ", token)?)
            .header(API_KEY, self.api_key()?))
    }

    /// `keystring:shared_secret`, which Etsy has insisted on since February 2026; the keystring alone
    /// where `config.api_key_form` says so.
    fn api_key(&self) -> Result<HeaderValue, PlatformError> {
        let key = wire::credential(self.store, "keystring")?;
        match self.store.setting("api_key_form") {
            None | Some("keystring_and_secret") => {
                let secret = wire::credential(self.store, "shared_secret")?;
                wire::secret_header(&format!("{}:", key.trim()), secret)
            }
            Some("keystring") => wire::secret_header("", key),
            Some(_) => Err(PlatformError::rejected_field(
                "config.api_key_form",
                "has to be keystring_and_secret or keystring",
            )),
        }
    }
}

/// A whole number that was given as a number or as its digits.
pub fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    }
    .filter(|number| *number > 0)
}

fn exchange(
    request: Builder,
    body: Vec<u8>,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    let request = request.body(body).map_err(bad_address)?;
    Ok(Exchange::new(request, wire::remember(phase)?))
}
