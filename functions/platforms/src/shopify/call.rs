//! From an operation to a request: headers, the GraphQL envelope, the price.

use super::address;
use super::documents::Document;
use crate::wire::{self, bad_address};
use common::platform::{Exchange, Operation, PlatformError, Step, Store};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};

const TOKEN: HeaderName = HeaderName::from_static("x-shopify-access-token");

/// Requests of this class draw from the cost bucket.
pub const CLASS: &str = "graphql";

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
        self.graphql_costing(document, variables, phase, 0)
    }

    /// The same, for a document whose variables cost `more` points.
    pub fn graphql_costing(
        &self,
        document: Document,
        variables: &Value,
        phase: &impl Serialize,
        more: u32,
    ) -> Result<Step, PlatformError> {
        let body = json!({
            "query": document.text_in(address::version(self.store)),
            "operationName": document.name,
            "variables": variables,
        });
        let request = http::Request::post(address::graphql(self.store)?)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header(TOKEN, self.token()?)
            .body(body.to_string().into_bytes())
            .map_err(bad_address)?;
        let exchange = Exchange::new(request, wire::remember(phase)?)
            .costing(CLASS, document.cost.saturating_add(more));
        Ok(match document.is_repeatable {
            true => exchange.repeatable(),
            false => exchange,
        }
        .step())
    }

    /// Posts a form to the token endpoint.
    pub fn token_request(
        &self,
        fields: &[(&str, &str)],
        phase: &impl Serialize,
    ) -> Result<Exchange, PlatformError> {
        let base = address::base(self.store)?;
        let request = http::Request::post(format!("{base}/admin/oauth/access_token"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(wire::form(fields.iter().copied()).into_bytes())
            .map_err(bad_address)?;
        Ok(Exchange::new(request, wire::remember(phase)?))
    }

    fn token(&self) -> Result<HeaderValue, PlatformError> {
        wire::secret_header("", wire::credential(self.store, "access_token")?)
    }
}
