//! The API as the demo calls it.

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

/// An HTTP client. Which TLS provider it uses has to be said, although it only ever speaks to this machine:
/// another crate of the workspace builds `reqwest` with TLS and without one.
pub fn client() -> Client {
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// A member of the demo's team.
pub struct Member {
    client: Client,
    url: String,
    token: String,
}

impl Member {
    /// Somebody who calls the hub at `url` with `token`.
    pub fn new(client: &Client, url: &str, token: String) -> Self {
        Self {
            client: client.clone(),
            url: url.to_owned(),
            token,
        }
    }

    /// The body of a successful `GET`.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let (status, body) = self.json(Method::GET, path, &Value::Null).await?;
        successful(status, body, path)
    }

    /// The body of a successful `POST` or `PATCH`.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let (status, body) = self.json(method, path, body).await?;
        successful(status, body, path)
    }

    /// Status and body, whatever they are.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value)> {
        let bytes = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        self.request(method, path, "application/json", bytes).await
    }

    /// Uploads a file.
    pub async fn upload(&self, path: &str, content_type: &str, bytes: Vec<u8>) -> Result<Value> {
        let (status, body) = self
            .request(Method::POST, path, content_type, bytes)
            .await?;
        successful(status, body, path)
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(StatusCode, Value)> {
        let response = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            .header("content-type", content_type)
            .body(bytes)
            .send()
            .await
            .with_context(|| {
                format!(
                    "{} does not answer: is `cargo hub up --sandbox` running?",
                    self.url
                )
            })?;
        let status = response.status();
        let bytes = response.bytes().await?;
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).context("the answer is not JSON")?,
        };
        Ok((status, body))
    }
}

fn successful(status: StatusCode, body: Value, path: &str) -> Result<Value> {
    if !status.is_success() {
        bail!("{path} answered {status}: {body:#}");
    }
    Ok(body)
}

/// A field of a JSON object as text.
pub fn text<'a>(row: &'a Value, field: &str) -> Result<&'a str> {
    row.get(field)
        .and_then(Value::as_str)
        .with_context(|| format!("the answer has no text `{field}`: {row}"))
}
