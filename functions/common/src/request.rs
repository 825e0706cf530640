//! An HTTP request as a route sees it, and the bounds within which it is read.

use crate::error::{Error, Kind, Result};
use crate::limits::Limit;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// The largest JSON body, in bytes; more is a 413.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;
/// The longest query string, in bytes; more is a 400.
pub const MAX_QUERY_BYTES: usize = 8 * 1024;
/// The longest path, in bytes; more is a 414.
pub const MAX_PATH_BYTES: usize = 2 * 1024;
/// The most headers, each line counted; more is a 431.
pub const MAX_HEADERS: usize = 100;
/// The most bytes of all headers, names and values; more is a 431.
pub const MAX_HEADERS_BYTES: usize = 32 * 1024;

/// Headers of which there is at most one. Who stands between us and the caller may look at the other one than we do, so
/// two are refused (RFC 9110, 5.3 allows several lines only for lists).
const SINGLE: [&str; 9] = [
    "authorization",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "if-match",
    "origin",
    "x-request-id",
    "x-workspace",
];

/// Where a request keeps the method that it was sent with, when it is served as another. Outsiders can't set it.
const SENT_METHOD: HeaderName = HeaderName::from_static("hub-sent-method");

/// One step of reading a body.
pub type Chunk<'a> = Pin<Box<dyn Future<Output = Result<Option<Bytes>>> + 'a>>;

/// A body that arrives piece by piece, so that a large one need not be in memory at once.
pub trait Body {
    /// The next piece; none at the end.
    fn chunk(&mut self) -> Chunk<'_>;
}

/// A body that is there already.
impl Body for Option<Bytes> {
    fn chunk(&mut self) -> Chunk<'_> {
        let all = self.take().filter(|bytes| !bytes.is_empty());
        Box::pin(async move { Ok(all) })
    }
}

/// What the serving statement said beside its answer: the border makes headers of it.
#[derive(Debug, Default)]
pub struct Aside {
    /// The buckets that the request was taken from.
    pub limits: Vec<Limit>,
    /// Whether the workspace lets the request's origin call; also true where no origin was named.
    pub origin_listed: bool,
}

/// A request on its way to a route.
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as sent, with its leading slash, not percent-decoded.
    pub path: String,
    /// The query string as sent, without `?`; empty when there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, unread.
    pub body: Box<dyn Body>,
    /// The id under which this request is logged and audited.
    pub request_id: String,
    /// Filled by the session that serves it.
    pub aside: Rc<RefCell<Aside>>,
}

impl Request {
    /// Refuses what is larger than any request has to be, before anything of it is looked at.
    ///
    /// # Errors
    /// 414 for the path, 400 for the query string or a header that may be there once, 431 for the headers
    /// (RFC 6585, 5).
    pub fn bounded(&self) -> Result<()> {
        if self.path.len() > MAX_PATH_BYTES {
            let message = format!("The path may have {MAX_PATH_BYTES} bytes at most.");
            return Err(Error::new(Kind::UriTooLong, message));
        }
        if self.query.len() > MAX_QUERY_BYTES {
            let issue = format!("may have {MAX_QUERY_BYTES} bytes at most");
            return Err(Error::field("query", issue));
        }
        let bytes = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            name.as_str().len() + value.as_bytes().len()
        };
        let total: usize = self.headers.iter().map(bytes).sum();
        if self.headers.len() > MAX_HEADERS || total > MAX_HEADERS_BYTES {
            let message = format!(
                "There may be {MAX_HEADERS} headers of {MAX_HEADERS_BYTES} bytes in all at most."
            );
            return Err(Error::new(Kind::HeadersTooLarge, message));
        }
        let twice = |name: &&str| self.headers.get_all(*name).iter().nth(1).is_some();
        match SINGLE.into_iter().find(twice) {
            Some(name) => Err(Error::field(name, "may be there once")),
            None => Ok(()),
        }
    }

    /// Has a `HEAD` served as the `GET` that it asks about.
    pub fn serve_head_as_get(&mut self) {
        self.headers.remove(SENT_METHOD);
        if self.method == Method::HEAD {
            let sent = HeaderValue::from_static("HEAD");
            self.headers.insert(SENT_METHOD, sent);
            self.method = Method::GET;
        }
    }

    /// The method that the client sent, which is what it signs.
    pub fn sent_method(&self) -> &str {
        self.header(SENT_METHOD.as_str())
            .unwrap_or_else(|| self.method.as_str())
    }

    /// A header's text; none when absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The client's address as the trigger saw it (`spin-client-addr`, `ip:port`).
    pub fn client_address(&self) -> Option<String> {
        let text = self.header("spin-client-addr")?;
        let address: std::net::SocketAddr = text.parse().ok()?;
        Some(address.ip().to_string())
    }

    /// The whole body, up to `limit` bytes.
    ///
    /// # Errors
    /// 413 when it is larger; nothing more is read then.
    pub async fn bytes(&mut self, limit: usize) -> Result<Vec<u8>> {
        let too_large = || {
            Error::new(
                Kind::PayloadTooLarge,
                format!("The body may have {limit} bytes at most."),
            )
        };
        let announced = self
            .header("content-length")
            .and_then(|text| text.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut all = Vec::with_capacity(announced.unwrap_or(0));
        while let Some(chunk) = self.body.chunk().await? {
            if all.len() + chunk.len() > limit {
                return Err(too_large());
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// The body as JSON of the shape `T`, with its bytes (for the idempotency fingerprint).
    ///
    /// # Errors
    /// 415 for another content type, 413 when too large, 400 naming the field when it does not fit.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<(T, Vec<u8>)> {
        self.require_type("application/json")?;
        let bytes = self.bytes(MAX_JSON_BYTES).await?;
        // A list would do for a struct, its values in the order of the fields: nobody means that.
        if bytes.trim_ascii_start().starts_with(b"[") {
            return Err(Error::field("body", "must be a JSON object"));
        }
        Ok((parse_json(&bytes)?, bytes))
    }

    /// Refuses a body whose `Content-Type` is named and is another than `wanted`.
    ///
    /// # Errors
    /// 415 naming the type that is wanted.
    pub fn require_type(&self, wanted: &str) -> Result<()> {
        let Some(given) = self.header("content-type") else {
            return Ok(());
        };
        let given = given.split(';').next().unwrap_or_default().trim();
        if given.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        Err(Error::new(
            Kind::UnsupportedMediaType,
            format!("Send this with Content-Type: {wanted}."),
        ))
    }
}

/// Parses `bytes` into `T`.
///
/// # Errors
/// 400 naming the field by its path (`variants[2].price`) and what is wrong with it.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut input).map_err(|error| {
        let path = error.path().to_string();
        // `?`: what broke off before a key was read.
        let whole = path == "." || path == "?";
        let field = if whole { "body".to_owned() } else { path };
        Error::field(field, issue_of(error.inner()))
    })?;
    input
        .end()
        .map_err(|error| Error::field("body", issue_of(&error)))?;
    Ok(parsed)
}

fn issue_of(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => error.to_string(),
        _ => format!("is not valid JSON: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Item {
        #[allow(dead_code, reason = "only its parsing is of interest")]
        price: u32,
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named_by_its_path() {
        let error = parse_json::<Vec<Item>>(br#"[{"price":1},{"price":"x"}]"#).unwrap_err();
        assert_eq!(error.details["field"], "[1].price");
    }

    #[test]
    fn what_breaks_off_is_named_as_a_whole() {
        for body in ["", "{", "[", "nonsense"] {
            let error = parse_json::<Item>(body.as_bytes()).unwrap_err();
            assert_eq!(error.details["field"], "body", "{body}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let error = parse_json::<Item>(br#"{"price":1,"role":"owner"}"#).unwrap_err();
        assert!(error.message.contains("unknown field `role`"));
    }

    #[test]
    fn what_follows_the_value_is_refused() {
        assert!(parse_json::<Item>(br#"{"price":1} {}"#).is_err());
    }

    /// A request with `path`, `query` and as many headers `x-<n>` as there are `values`.
    fn sized(path: usize, query: usize, values: &[String]) -> Request {
        let mut headers = HeaderMap::new();
        for (n, value) in values.iter().enumerate() {
            let name: http::HeaderName = format!("x-{n}").parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        Request {
            method: Method::GET,
            path: "p".repeat(path),
            query: "q".repeat(query),
            headers,
            body: Box::new(None),
            request_id: String::new(),
            aside: Default::default(),
        }
    }

    #[test]
    fn what_is_larger_than_any_request_has_to_be_is_refused() {
        let kind = |path, query, values: &[String]| {
            let bounded = sized(path, query, values).bounded();
            bounded.err().map(|error| error.kind)
        };
        let (few, many) = (
            vec![String::new(); MAX_HEADERS],
            vec![String::new(); MAX_HEADERS + 1],
        );
        assert_eq!(kind(MAX_PATH_BYTES, MAX_QUERY_BYTES, &few), None);
        assert_eq!(kind(MAX_PATH_BYTES + 1, 0, &[]), Some(Kind::UriTooLong));
        assert_eq!(kind(0, MAX_QUERY_BYTES + 1, &[]), Some(Kind::Validation));
        assert_eq!(kind(0, 0, &many), Some(Kind::HeadersTooLarge));
        let name = "x-0".len();
        assert_eq!(kind(0, 0, &["v".repeat(MAX_HEADERS_BYTES - name)]), None);
        let long = "v".repeat(MAX_HEADERS_BYTES - name + 1);
        assert_eq!(kind(0, 0, &[long]), Some(Kind::HeadersTooLarge));
    }

    #[test]
    fn a_header_that_is_there_once_is_refused_when_it_is_there_twice() {
        for name in SINGLE {
            let mut request = sized(1, 0, &[]);
            for _ in 0..2 {
                assert!(request.bounded().is_ok(), "{name}");
                request.headers.append(name, "1".parse().unwrap());
            }
            let error = request.bounded().unwrap_err();
            assert_eq!(error.details["field"], name);
        }
    }
}
