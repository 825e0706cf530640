//! Shopify as a whole: the token endpoint, and a shop for each token.

use super::form;
use super::shop::Shop;
use super::token::{CLIENT_SECRET, TOKEN, Tokens};
use super::{authorise, command, execute};
use crate::fake::Fake;
use crate::graphql::Request as GraphqlRequest;
use crate::outbox::Outbox;
use crate::schema::AdminSchema;
use crate::stamp::Stamp;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of the Admin API whose schema requests are checked against.
pub const VERSION: &str = "2026-10";
/// The versions that are answered.
const VERSIONS: [&str; 4] = ["2026-01", "2026-04", "2026-07", VERSION];

/// The fake Shopify.
#[derive(Debug)]
pub struct Shopify {
    /// By the token that opens them for ever.
    shops: BTreeMap<String, Shop>,
    pub tokens: Tokens,
    schema: Option<Arc<AdminSchema>>,
}

impl Shopify {
    pub fn new(schema: Option<Arc<AdminSchema>>, at: Stamp) -> Self {
        let mut new = Self {
            shops: BTreeMap::new(),
            tokens: Tokens::default(),
            schema,
        };
        new.shop(TOKEN, at);
        new
    }

    /// The shop of `token`, made where it is missing.
    pub fn shop(&mut self, token: &str, at: Stamp) -> &mut Shop {
        let new = || Shop::new(token.trim_start_matches("shpat_"), at);
        self.shops.entry(token.to_owned()).or_insert_with(new)
    }

    /// The shop that a request's token opens.
    pub fn opened(&self, request: &Request<Bytes>, at: Stamp) -> Option<String> {
        let token = request.headers().get("x-shopify-access-token")?;
        self.tokens.shop(token.to_str().ok()?, at)
    }

    /// Posts what happened in the shop of `token`.
    pub fn post_events(&mut self, token: &str, at: Stamp, outbox: &mut Outbox) {
        let secret = self.tokens.signing_secret(at).to_owned();
        self.shop(token, at)
            .post_events(&secret, VERSION, at, outbox);
    }

    fn give_token(&mut self, request: &Request<Bytes>, at: Stamp) -> Response<Bytes> {
        match self.tokens.grant(&form::of_body(request), at) {
            Ok(grant) => json_answer(StatusCode::OK, &grant),
            Err(error) => json_answer(StatusCode::BAD_REQUEST, &error),
        }
    }

    fn let_in(&mut self, request: &Request<Bytes>, at: Stamp) -> Response<Bytes> {
        let domain = self.shop(TOKEN, at).domain.clone();
        let query = request.uri().query().unwrap_or_default();
        let back = authorise::answer(&mut self.tokens, (TOKEN, &domain), query, at);
        let to = back.and_then(|to| {
            HeaderValue::from_str(&to).map_err(|_| "Oauth error invalid_request: redirect_uri")
        });
        match to {
            Ok(to) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().insert(LOCATION, to);
                response
            }
            Err(reason) => json_answer(StatusCode::BAD_REQUEST, &json!({ "error": reason })),
        }
    }

    fn answer_graphql(
        &mut self,
        version: &str,
        request: &Request<Bytes>,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Response<Bytes> {
        if !VERSIONS.contains(&version) {
            return not_found();
        }
        let Some(token) = self.opened(request, at) else {
            let reason =
                "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return json_answer(StatusCode::UNAUTHORIZED, &json!({ "errors": reason }));
        };
        let body = match GraphqlRequest::parse(request.body()) {
            Ok(graphql) => {
                let schema = self.schema.clone().filter(|_| version == VERSION);
                let answer = execute(self.shop(&token, at), &graphql, schema.as_deref(), at);
                self.post_events(&token, at, outbox);
                answer
            }
            Err(error) => json!({"errors": [error.body()]}),
        };
        let mut response = json_answer(StatusCode::OK, &body);
        if let Ok(version) = HeaderValue::from_str(version) {
            let headers = response.headers_mut();
            headers.insert("x-shopify-api-version", version);
        }
        response
    }
}

impl Fake for Shopify {
    fn respond(
        &mut self,
        request: &Request<Bytes>,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        let version = path
            .strip_prefix("/admin/api/")
            .and_then(|rest| rest.strip_suffix("/graphql.json"));
        match (request.method(), path, version) {
            (&Method::POST, "/admin/oauth/access_token", _) => self.give_token(request, at),
            (&Method::GET, "/admin/oauth/authorize", _) => self.let_in(request, at),
            (&Method::POST, _, Some(version)) => self.answer_graphql(version, request, at, outbox),
            _ => not_found(),
        }
    }

    fn dump(&self) -> Value {
        json!({"shops": self.shops, "tokens": self.tokens})
    }

    fn control(
        &mut self,
        what: &str,
        body: &Value,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Result<Value, String> {
        command::run(self, what, body, at, outbox)
    }

    fn expire_tokens(&mut self) {
        self.tokens.expire();
    }

    /// A subscription whose delivery failed for four hours is deleted.
    fn undelivered(&mut self, tag: &str, is_last: bool) {
        if is_last {
            for shop in self.shops.values_mut() {
                shop.subscriptions.retain(|it| it.id != tag);
            }
        }
    }

    fn ready_store(&self, base_url: &str) -> (Value, Value) {
        (
            json!({ "base_url": base_url }),
            json!({"access_token": TOKEN, "client_secret": CLIENT_SECRET}),
        )
    }
}

fn not_found() -> Response<Bytes> {
    json_answer(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}))
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let text = Bytes::from(body.to_string());
    let length = HeaderValue::from(text.len());
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length);
    response
}
