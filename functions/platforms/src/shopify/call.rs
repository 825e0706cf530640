//! From an operation to a request: addresses, headers, the GraphQL envelope.

use super::VERSION;
use super::documents::Document;
use crate::wire::{self, bad_address};
use common::platform::{Operation, PlatformError, Step, Store};
use common::ports::HttpRequest;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};

const TOKEN: HeaderName = HeaderName::from_static("x-shopify-access-token");

/// An operation on a store.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub operation: &'a Operation,
    pub store: &'a Store,
}

impl Call<'_> {
    /// Sends `document` and remembers `phase` until its answer comes.
    pub fn graphql(
        &self,
        document: Document,
        variables: &Value,
        phase: &impl Serialize,
    ) -> Result<Step, PlatformError> {
        let uri = format!("{}/admin/api/{VERSION}/graphql.json", self.base()?);
        let body = json!({
            "query": document.text,
            "operationName": document.name,
            "variables": variables,
        });
        let request = http::Request::post(uri)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header(TOKEN, self.token()?)
            .body(body.to_string().into_bytes())
            .map_err(bad_address)?;
        step(request, phase)
    }

    /// Posts a form without a token.
    pub fn form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        phase: &impl Serialize,
    ) -> Result<Step, PlatformError> {
        let request = http::Request::post(format!("{}{path}", self.base()?))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(wire::form(fields.iter().copied()).into_bytes())
            .map_err(bad_address)?;
        step(request, phase)
    }

    fn token(&self) -> Result<HeaderValue, PlatformError> {
        wire::secret_header("", wire::credential(self.store, "access_token")?)
    }

    fn base(&self) -> Result<String, PlatformError> {
        if self.store.base_url.is_some() {
            return wire::base(self.store, "");
        }
        let domain = self
            .store
            .setting("shop_domain")
            .or_else(|| self.store.credential("shop_domain"));
        match domain {
            Some(domain) if is_shop_domain(domain) => Ok(format!("https://{domain}")),
            Some(_) => Err(PlatformError::rejected_field(
                "config.shop_domain",
                "has to look like your-shop.myshopify.com",
            )),
            None => Err(PlatformError::rejected_field(
                "config.shop_domain",
                "is missing: set it to your-shop.myshopify.com",
            )),
        }
    }
}

/// Only the vendor's own names: a token must never be sent to another host by a mistyped setting.
fn is_shop_domain(domain: &str) -> bool {
    domain.strip_suffix(".myshopify.com").is_some_and(|name| {
        !name.is_empty()
            && !name.starts_with('-')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

fn step(request: HttpRequest, phase: &impl Serialize) -> Result<Step, PlatformError> {
    Ok(Step::send(request, wire::remember(phase)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_vendors_domains_are_shops() {
        assert!(is_shop_domain("a-shop-2.myshopify.com"));
        for wrong in [
            ".myshopify.com",
            "shop.example.com",
            "evil.com/.myshopify.com",
            "a.b.myshopify.com",
            "user@x.myshopify.com",
            "Shop.myshopify.com",
            "x.myshopify.com.evil.com",
        ] {
            assert!(!is_shop_domain(wrong), "{wrong}");
        }
    }
}
