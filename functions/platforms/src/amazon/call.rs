//! From an operation to a request: addresses, headers, the queries that every operation has.

use super::limits;
use super::market::{self, Market};
use crate::wire::{self, bad_address};
use common::platform::{Exchange, Operation, PlatformError, Step, Store};
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, USER_AGENT};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

const TOKEN: HeaderName = HeaderName::from_static("x-amz-access-token");

/// Amazon asks each application to say what it is.
const AGENT: &str = concat!("StageHub/", env!("CARGO_PKG_VERSION"), " (Language=Rust)");

/// An operation on a store.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub operation: &'a Operation,
    pub store: &'a Store,
}

/// A request to be sent.
pub struct Ask {
    method: Method,
    address: Address,
    query: Vec<(&'static str, String)>,
    /// Its content type and bytes.
    body: Option<(&'static str, Vec<u8>)>,
    class: &'static str,
    is_repeatable: bool,
    delay: Duration,
    cache_for: Option<Duration>,
}

enum Address {
    /// A path of the Selling Partner API: goes with the token.
    Api(String),
    /// A path of Login with Amazon: the credentials are in the body.
    Login(&'static str),
    /// An address that Amazon gave, which is its own permission.
    Given(String),
}

impl Ask {
    /// Reads `path`, drawing from the limit `class`.
    pub fn get(class: &'static str, path: impl Into<String>) -> Self {
        Self::new(Method::GET, class, Address::Api(path.into()))
    }

    /// Writes to `path` with `method`, drawing from the limit `class`.
    pub fn write(method: Method, class: &'static str, path: impl Into<String>) -> Self {
        Self::new(method, class, Address::Api(path.into()))
    }

    /// Posts a form to Login with Amazon.
    pub fn login(path: &'static str, fields: &[(&str, &str)]) -> Self {
        let form = wire::form(fields.iter().copied()).into_bytes();
        Self {
            body: Some(("application/x-www-form-urlencoded", form)),
            ..Self::new(Method::POST, limits::NONE, Address::Login(path))
        }
    }

    /// Uploads to or downloads from an address that Amazon gave.
    pub fn given(method: Method, url: impl Into<String>) -> Self {
        Self::new(method, limits::NONE, Address::Given(url.into())).repeatable()
    }

    fn new(method: Method, class: &'static str, address: Address) -> Self {
        Self {
            is_repeatable: method.is_safe(),
            method,
            address,
            query: Vec::new(),
            body: None,
            class,
            delay: Duration::ZERO,
            cache_for: None,
        }
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    #[must_use]
    pub fn body(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some((content_type, bytes));
        self
    }

    /// Sending it twice does what sending it once does.
    #[must_use]
    pub const fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    #[must_use]
    pub const fn cached_for(mut self, time: Duration) -> Self {
        self.cache_for = Some(time);
        self
    }
}

impl<'a> Call<'a> {
    /// Sends `ask` and remembers `phase` until its answer comes.
    pub fn send(&self, ask: Ask, phase: &impl Serialize) -> Result<Step, PlatformError> {
        let mut uri = self.uri(&ask.address)?;
        if !ask.query.is_empty() {
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&wire::form(ask.query));
        }
        let mut request = http::Request::builder()
            .method(ask.method)
            .uri(uri)
            .header(USER_AGENT, AGENT);
        if matches!(ask.address, Address::Api(_)) {
            let token = wire::credential(self.store, "access_token")?;
            request = request
                .header(ACCEPT, "application/json")
                .header(TOKEN, wire::secret_header("", token)?);
        }
        let bytes = match ask.body {
            Some((content_type, bytes)) => {
                request = request.header(CONTENT_TYPE, content_type);
                bytes
            }
            None => Vec::new(),
        };
        let request = request.body(bytes).map_err(bad_address)?;
        let mut exchange = Exchange::new(request, wire::remember(phase)?)
            .costing(ask.class, 1)
            .after(ask.delay);
        exchange.is_repeatable = ask.is_repeatable;
        exchange.cache_for = ask.cache_for;
        Ok(exchange.step())
    }

    fn uri(&self, address: &Address) -> Result<String, PlatformError> {
        match address {
            Address::Api(path) => Ok(format!("{}{path}", self.base()?)),
            Address::Login(path) => {
                let base = wire::base(self.store, "https://api.amazon.com")?;
                Ok(format!("{base}{path}"))
            }
            Address::Given(url) => self.given(url),
        }
    }

    fn base(&self) -> Result<String, PlatformError> {
        let own = self.market().map(|market| market.region);
        let region = self.store.setting("region").or(own).unwrap_or("na");
        if !["na", "eu", "fe"].contains(&region) {
            return Err(PlatformError::rejected_field(
                "config.region",
                "has to be `na`, `eu` or `fe`",
            ));
        }
        let address = format!("https://sellingpartnerapi-{region}.amazon.com");
        wire::base(self.store, &address)
    }

    /// What Amazon gives is on its own servers and encrypted; a test server's is on that server.
    fn given(&self, url: &str) -> Result<String, PlatformError> {
        let is_own = self
            .store
            .base_url
            .as_ref()
            .is_some_and(|base| url.starts_with(&format!("{base}/")));
        if is_own || is_amazons(url) {
            return Ok(url.to_owned());
        }
        Err(PlatformError::protocol(
            "`url`: is not an https address of Amazon's",
        ))
    }

    /// The store's seller.
    pub fn seller(&self) -> Result<&'a str, PlatformError> {
        wire::setting(self.store, "seller_id")
    }

    /// The id of the Amazon store that is sold in.
    pub fn market_id(&self) -> Result<&'a str, PlatformError> {
        wire::setting(self.store, "marketplace_id")
    }

    /// What is known of it.
    pub fn market(&self) -> Option<&'static Market> {
        market::find(self.store.setting("marketplace_id")?)
    }
}

fn is_amazons(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    is_plain
        && [
            ".amazonaws.com",
            ".amazonaws.com.cn",
            ".cloudfront.net",
            ".amazon.com",
        ]
        .iter()
        .any(|suffix| host.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::is_amazons;

    #[test]
    fn a_document_is_only_fetched_from_amazons_own_servers() {
        assert!(is_amazons(
            "https://tortuga-prod-na.s3-external-1.amazonaws.com/a?X-Amz-Signature=b"
        ));
        for wrong in [
            "http://tortuga.s3.amazonaws.com/a",
            "https://amazonaws.com.example.com/a",
            "https://example.com/.amazonaws.com",
            "https://example.com?.amazonaws.com",
            "https://user@evil.com:1@x.amazonaws.com/",
            "https://169.254.169.254/",
        ] {
            assert!(!is_amazons(wrong), "{wrong}");
        }
    }
}
