//! From an operation to a request: address, shop, headers.

use crate::wire::{self, bad_address};
use common::platform::{Exchange, PlatformError, Store};
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde::Serialize;
use serde_json::Value;

const ADDRESS: &str = "https://api.printify.com";

/// The vendor refuses requests that don't say who asks.
const AGENT: &str = concat!("StageHub/", env!("CARGO_PKG_VERSION"));

/// The store that is asked.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub store: &'a Store,
}

impl Call<'_> {
    /// Asks for `path`, which begins with the API's version, and remembers `phase` until the answer comes.
    pub fn get(&self, path: &str, phase: &impl Serialize) -> Result<Exchange, PlatformError> {
        self.exchange(Method::GET, path, Vec::new(), phase)
    }

    /// Sends `body` to `path`.
    pub fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        self.exchange(method, path, body.to_string().into_bytes(), phase)
    }

    /// Sends nothing to `path`.
    pub fn bare(
        &self,
        method: Method,
        path: &str,
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        self.exchange(method, path, Vec::new(), phase)
    }

    fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let uri = format!("{}{path}", wire::base(self.store, ADDRESS)?);
        let token = wire::credential(self.store, "token")?;
        let mut request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, AGENT)
            .header(AUTHORIZATION, wire::secret_header("Bearer ", token)?);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json;charset=utf-8");
        }
        let request = request.body(body).map_err(bad_address)?;
        Ok(Exchange::new(request, wire::remember(phase)?))
    }

    /// A path below the store's shop.
    pub fn in_shop(&self, rest: &str) -> Result<String, PlatformError> {
        let shop = shop_id(self.store)?.ok_or_else(|| {
            PlatformError::rejected_field(
                "config.shop_id",
                "is missing: authenticate the store, or set it where the account has several shops",
            )
        })?;
        Ok(format!("/v1/shops/{shop}/{rest}"))
    }

    /// The path of a product below the store's shop, with what follows its id.
    pub fn product(&self, id: &str, rest: &str) -> Result<String, PlatformError> {
        self.in_shop(&format!("products/{}{rest}.json", wire::percent_encode(id)))
    }

    /// The path of an order below the store's shop, with what follows its id.
    pub fn order(&self, id: &str, rest: &str) -> Result<String, PlatformError> {
        self.in_shop(&format!("orders/{}{rest}.json", wire::percent_encode(id)))
    }
}

/// The shop's number, which people write as a number or as text.
pub fn shop_id(store: &Store) -> Result<Option<u64>, PlatformError> {
    let number = match store.config.get("shop_id") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    number.map(Some).ok_or_else(|| {
        PlatformError::rejected_field("config.shop_id", "has to be the number of a Printify shop")
    })
}

/// ISO 4217: the vendor's amounts have no currency.
pub fn currency(store: &Store) -> &str {
    store.setting("currency").unwrap_or("USD")
}
