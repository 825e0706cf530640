//! A signer as a client writes one who has read RFC 9421 and knows nothing of our code.

use crate::shop::{Key, now_s, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use common::request::Request;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use sha2::{Digest as _, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

static NONCES: AtomicU64 = AtomicU64::new(0);

/// Somebody with a signing key.
pub struct Signing {
    key: Key,
}

/// A request that is about to be signed.
pub struct Draft {
    key: Key,
    method: Method,
    path: String,
    body: Bytes,
    content_type: &'static str,
    more: Vec<(String, String)>,
    /// Unix seconds.
    pub created: i64,
    /// Good once.
    pub nonce: String,
}

impl Signing {
    /// With `key`.
    pub fn new(key: &Key) -> Self {
        Self { key: key.clone() }
    }

    /// `method path` with a body; none when it is empty.
    pub fn draft(&self, method: Method, path: &str, body: Bytes) -> Draft {
        let number = NONCES.fetch_add(1, Ordering::Relaxed);
        Draft {
            key: self.key.clone(),
            method,
            path: path.to_owned(),
            body,
            content_type: "application/json",
            more: Vec::new(),
            created: now_s(),
            nonce: format!("a-nonce-of-a-test-{number}"),
        }
    }
}

impl Draft {
    /// With another type of content.
    #[must_use]
    pub fn typed(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    /// With a header that is not signed.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The request, signed.
    pub fn signed(&self) -> Request {
        self.with_body(self.body.clone())
    }

    /// The request, signed for its own body but sent with another.
    pub fn with_body(&self, sent: Bytes) -> Request {
        let length = sent.len().to_string();
        let mut headers = vec![
            ("host", "hub.example"),
            ("content-type", self.content_type),
            ("content-length", length.as_str()),
        ];
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&self.body)));
        if !self.body.is_empty() {
            headers.push(("content-digest", digest.as_str()));
        }
        let (params, signature) = self.signature(&digest);
        let (input, signature) = (
            format!("sig={params}"),
            format!("sig=:{}:", STANDARD.encode(signature)),
        );
        headers.extend([
            ("signature-input", input.as_str()),
            ("signature", signature.as_str()),
        ]);
        let more = self
            .more
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        headers.extend(more);
        request(self.method.clone(), &self.path, &headers, sent)
    }

    fn signature(&self, digest: &str) -> (String, Vec<u8>) {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut components = "\"@method\" \"@authority\" \"@path\" \"@query\"".to_owned();
        let mut base = format!(
            "\"@method\": {}\n\"@authority\": hub.example\n\"@path\": {path}\n\"@query\": ?{query}\n",
            self.method
        );
        if !self.body.is_empty() {
            components.push_str(" \"content-digest\"");
            base.push_str(&format!("\"content-digest\": {digest}\n"));
        }
        let params = format!(
            "({components});created={};expires={};nonce=\"{}\";keyid=\"{}\";alg=\"hmac-sha256\"",
            self.created,
            self.created + 60,
            self.nonce,
            self.key.keyid
        );
        base.push_str(&format!("\"@signature-params\": {params}"));
        let mac = Hmac::<Sha256>::new_from_slice(self.key.secret.as_bytes()).unwrap();
        let signature = mac.chain_update(base).finalize().into_bytes().to_vec();
        (params, signature)
    }
}
