//! What tests and people may ask of the sandbox itself, over HTTP.
//!
//! | | |
//! |---|---|
//! | `GET /_sandbox/shopify?token=` | what a shop has |
//! | `GET`, `POST`, `DELETE /_sandbox/faults` | faults that wait; a new one; none |
//! | `GET /_sandbox/{channel}` | what another fake has |
//! | `POST /_sandbox/{channel}/{what}` | tells it to do something; its module says what it knows |
//! | `GET /_sandbox/deliveries` | attempts to deliver notifications |
//! | `POST /_sandbox/clock` `{"advance_s"}` | move the clock forward |

use crate::faults::Fault;
use crate::inner::Inner;
use crate::server::whole;
use crate::shopify::TOKEN;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: f64,
}

pub fn answer(
    inner: &Inner,
    request: &Request<Bytes>,
) -> Response<UnsyncBoxBody<Bytes, std::io::Error>> {
    match respond(inner, request) {
        Ok(body) => json(StatusCode::OK, &body),
        Err((status, reason)) => json(status, &json!({ "error": reason })),
    }
}

fn respond(inner: &Inner, request: &Request<Bytes>) -> Result<Value, (StatusCode, String)> {
    let path = request.uri().path().trim_start_matches("/_sandbox/");
    match (request.method().as_str(), path) {
        ("GET", "shopify") => {
            let query = request.uri().query().unwrap_or_default();
            let token = query.strip_prefix("token=").unwrap_or(TOKEN);
            let at = inner.now();
            Ok(json!(inner.world().shopify.shop(token, at)))
        }
        ("GET", "faults") => Ok(json!(inner.world().faults.waiting())),
        ("POST", "faults") => {
            let fault: Fault = read(request)?;
            inner.world().faults.add(fault);
            Ok(json!({"waiting": inner.world().faults.waiting().len()}))
        }
        ("DELETE", "faults") => {
            inner.world().faults.clear();
            Ok(json!({"waiting": 0}))
        }
        ("POST", "clock") => {
            let advance: Advance = read(request)?;
            let by = Duration::try_from_secs_f64(advance.advance_s)
                .map_err(|error| (StatusCode::BAD_REQUEST, format!("advance_s: {error}")))?;
            inner.world().ahead += by;
            Ok(json!({"advanced_s": advance.advance_s}))
        }
        ("GET", "deliveries") => Ok(json!(inner.world().outbox.attempts())),
        (method, path) => of_fake(inner, method, path, request),
    }
}

/// `GET {slug}` and `POST {slug}/{what}`.
fn of_fake(
    inner: &Inner,
    method: &str,
    path: &str,
    request: &Request<Bytes>,
) -> Result<Value, (StatusCode, String)> {
    let slugs: Vec<&'static str> = inner.world().fakes.keys().copied().collect();
    let (slug, what) = path.split_once('/').unwrap_or((path, ""));
    match method {
        "GET" if what.is_empty() && slugs.contains(&slug) => {
            let world = inner.world();
            Ok(world
                .fakes
                .get(slug)
                .map_or(Value::Null, |fake| fake.dump()))
        }
        "POST" if slug == "shopify" || slugs.contains(&slug) => {
            let body = read(request)?;
            inner
                .control(slug, what, &body)
                .map_err(|reason| (StatusCode::BAD_REQUEST, reason))
        }
        _ => Err((
            StatusCode::NOT_FOUND,
            format!(
                "the sandbox has /_sandbox/shopify, {}, faults, deliveries and clock",
                slugs.join(", ")
            ),
        )),
    }
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(request.body())
        .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

/// A JSON answer with its length.
pub fn json(status: StatusCode, body: &Value) -> Response<UnsyncBoxBody<Bytes, std::io::Error>> {
    let text = body.to_string();
    let length = HeaderValue::from(text.len());
    let mut response = Response::new(whole(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length);
    response
}
