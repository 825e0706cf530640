//! A caller of the API, and what it is answered.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Somebody with a token.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    url: String,
    headers: HeaderMap,
}

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; its text as a JSON string when it is none.
    pub body: Value,
}

impl Answer {
    /// The body, when the status is `wanted`; else the test fails showing the answer.
    #[track_caller]
    pub fn expect(self, wanted: u16) -> Value {
        assert_eq!(self.status.as_u16(), wanted, "answered {:#}", self.body);
        self.body
    }

    /// The message of the contract's error, when the status is `wanted` and the error has `code`.
    #[track_caller]
    pub fn expect_error(self, wanted: u16, code: &str) -> Value {
        let body = self.expect(wanted);
        assert_eq!(body["error"]["code"], code, "answered {body:#}");
        assert!(
            body["error"]["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "answered {body:#}"
        );
        body["error"].clone()
    }

    /// A header's text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Caller {
    pub(crate) fn new(client: reqwest::Client, url: String, token: &str) -> Self {
        let caller = Self {
            client,
            url,
            headers: HeaderMap::new(),
        };
        caller.with("authorization", &format!("Bearer {token}"))
    }

    /// The same caller with one more header on every request.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// The same caller without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `POST path` with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    /// `PATCH path` with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        let caller = self.clone().with("content-type", "application/json");
        caller.send(method, path, Some(body.into())).await
    }

    /// `GET path`, of which the head has come and the body is still to be read.
    pub async fn begin(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = request.headers(self.headers.clone());
        request.send().await.unwrap()
    }

    /// Any request.
    pub async fn send(&self, method: Method, path: &str, body: Option<reqwest::Body>) -> Answer {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .headers(self.headers.clone());
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status,
            headers,
            body,
        }
    }
}
