//! From an operation to a request: addresses, headers, the GraphQL envelope.

use super::VERSION;
use super::documents::Document;
use common::platform::{Operation, PlatformError, State, Step, Store};
use common::ports::HttpRequest;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
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
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encode(value)))
            .collect();
        let request = http::Request::post(format!("{}{path}", self.base()?))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body.join("&").into_bytes())
            .map_err(bad_address)?;
        step(request, phase)
    }

    fn token(&self) -> Result<HeaderValue, PlatformError> {
        let token = self.store.credential("access_token").ok_or_else(|| {
            PlatformError::AuthenticateAgain {
                reason: "the store has no `access_token`".to_owned(),
            }
        })?;
        let mut value =
            HeaderValue::from_str(token.trim()).map_err(|_| PlatformError::AuthenticateAgain {
                reason: "the store's `access_token` has characters that no token has".to_owned(),
            })?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn base(&self) -> Result<String, PlatformError> {
        if let Some(url) = &self.store.base_url {
            return if url.starts_with("https://") || url.starts_with("http://") {
                Ok(url.clone())
            } else {
                Err(PlatformError::rejected_field(
                    "config.base_url",
                    "has to begin with https:// or http://",
                ))
            };
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

/// What was remembered with [`Call::graphql`].
pub fn phase<T: DeserializeOwned>(state: State) -> Result<T, PlatformError> {
    serde_json::from_value(state.0)
        .map_err(|error| PlatformError::protocol(format!("the step's own memory: {error}")))
}

fn step(request: HttpRequest, phase: &impl Serialize) -> Result<Step, PlatformError> {
    let state = serde_json::to_value(phase)
        .map_err(|error| PlatformError::protocol(format!("the step's own memory: {error}")))?;
    Ok(Step::send(request, State(state)))
}

fn bad_address(_: http::Error) -> PlatformError {
    PlatformError::rejected_field("config.base_url", "is not an address")
}

fn percent_encode(text: &str) -> String {
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

    #[test]
    fn a_form_value_is_escaped() {
        assert_eq!(percent_encode("a b&c=d/é~"), "a%20b%26c%3Dd%2F%C3%A9~");
    }
}
