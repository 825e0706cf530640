//! The border of every HTTP component: request id in, one log line and a rendered error out.

use crate::error::{Error, Result};
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::{MAX_QUERY_BYTES, Request};
use http::{HeaderName, HeaderValue, header};
use serde_json::json;
use std::future::Future;

/// The header that carries the request id both ways.
pub const REQUEST_ID: &str = "x-request-id";

/// The caller's request id when it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a random one.
pub fn request_id(given: Option<&str>, host: &impl Host) -> String {
    let fits = |id: &&str| {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    given.filter(fits).map_or_else(
        || {
            let mut bytes = [0; 16];
            host.fill(&mut bytes);
            uuid::Builder::from_random_bytes(bytes)
                .into_uuid()
                .to_string()
        },
        str::to_owned,
    )
}

/// Runs `routes` on `request` and turns whatever happens into an answer.
///
/// A `HEAD` is answered as its `GET`: the HTTP server sends the headers and leaves the body out.
pub async fn serve<'h, H: Host, F>(
    mut request: Request,
    host: &'h H,
    routes: impl FnOnce(Request, &'h H) -> F,
) -> Reply
where
    F: Future<Output = Result<Reply>> + 'h,
{
    let started = host.now_ms();
    let request_id = request.request_id.clone();
    let (method, path) = (request.method.to_string(), request.path.clone());
    if request.method == http::Method::HEAD {
        request.method = http::Method::GET;
    }
    let answered = if request.query.len() > MAX_QUERY_BYTES {
        Err(Error::field(
            "query",
            format!("may have {MAX_QUERY_BYTES} bytes at most"),
        ))
    } else {
        routes(request, host).await
    };
    let (reply, source) = match answered {
        Ok(reply) => (reply, None),
        Err(error) => (Reply::from(&error), error.source),
    };
    let mut line = json!({
        "event": "http.request",
        "http.method": method,
        "http.path": path,
        "http.status": reply.status.as_u16(),
        "request.id": request_id,
        "duration_ms": host.now_ms() - started,
    });
    if let (Some(fields), Some(source)) = (line.as_object_mut(), source) {
        fields.insert("error.source".to_owned(), source.into());
    }
    host.log(line);
    let mut reply = finish(reply, &request_id);
    if method == http::Method::HEAD.as_str() {
        reply.rest = None; // nobody would read it
    }
    reply
}

fn finish(mut reply: Reply, request_id: &str) -> Reply {
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        reply.headers.push((name, HeaderValue::from_static(value)));
    }
    // A complete body always says how long it is: a chunked one costs a delayed ACK (40 ms).
    if reply.status != http::StatusCode::NO_CONTENT && reply.rest.is_none() {
        reply
            .headers
            .push((header::CONTENT_LENGTH, HeaderValue::from(reply.body.len())));
    }
    reply.with_header(HeaderName::from_static(REQUEST_ID), request_id)
}
