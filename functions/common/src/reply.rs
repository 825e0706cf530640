//! What a route answers.

use crate::error::Error;
use crate::request::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};

/// An answer: status, headers, body. The border adds `Content-Length`, where all of the body is there, and `X-Request-Id`.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers of the route.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, or its beginning when there is a rest.
    pub body: Bytes,
    /// What of the body is still to come; none when it is complete.
    pub rest: Option<Rest>,
}

/// What of a body is made while its beginning is on its way. A piece that fails ends the answer broken off, so that
/// nobody takes what came for the whole.
pub struct Rest(pub Box<dyn Body>);

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest")
    }
}

impl Reply {
    /// `json` with `status`.
    pub fn json(status: StatusCode, json: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )],
            body: json.into(),
            rest: None,
        }
    }

    /// A body of `media_type` that begins with `beginning` and goes on with `rest`.
    pub fn streamed(
        media_type: &'static str,
        beginning: impl Into<Bytes>,
        rest: impl Body + 'static,
    ) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(media_type))],
            body: beginning.into(),
            rest: Some(Rest(Box::new(rest))),
        }
    }

    /// No body.
    pub const fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            rest: None,
        }
    }

    /// Adds a header; a value that is no header text is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Adds `ETag: "<version>"`.
    #[must_use]
    pub fn with_version(self, version: Option<i64>) -> Self {
        match version {
            Some(version) => self.with_header(header::ETAG, &format!("\"{version}\"")),
            None => self,
        }
    }
}

impl From<&Error> for Reply {
    fn from(error: &Error) -> Self {
        let reply = Self::json(error.kind.status_and_code().0, error.body().to_string());
        let reply = match &error.allow {
            Some(allow) => reply.with_header(header::ALLOW, allow),
            None => reply,
        };
        let reply = match error.retry_after_s {
            Some(seconds) => reply.with_header(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        };
        match error.kind {
            crate::error::Kind::Unauthorized => {
                reply.with_header(header::WWW_AUTHENTICATE, "Bearer")
            }
            crate::error::Kind::Unavailable => reply.with_header(header::RETRY_AFTER, "1"),
            _ => reply,
        }
    }
}
