//! From a request to what it asks for.

use super::form::Form;
use super::pictures::PNG;
use super::{Etsy, Refused, SHOP_ID, USER_ID, access};
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};

/// What is asked, with its answer's status when it is done.
type Answer = Result<(u16, Value), Refused>;

/// Answers `request`.
pub fn respond(
    etsy: &mut Etsy,
    request: &Request<Bytes>,
    at: Stamp,
    outbox: &mut Outbox,
) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    if path.starts_with("/pictures/") {
        return picture(&path);
    }
    if path == "/oauth/connect" {
        return connect(etsy, request);
    }
    if path == "/v3/public/oauth/token" {
        let granted = Form::of(request).and_then(|form| etsy.tokens.grant(&form, at));
        return json(granted.map(|body| (200, body)));
    }
    let Some(rest) = path.strip_prefix("/v3/application/") else {
        return json(Err(Refused::new(404, "Resource not found")));
    };
    let segments: Vec<&str> = rest.split('/').collect();
    let name = format!("{} {}", request.method(), pattern(&segments));
    *etsy.requests.entry(name).or_default() += 1;
    let taken = etsy.limits.take(at);
    let mut response = match taken {
        Ok(()) => json(asked(etsy, request, &segments, at, outbox)),
        Err(_) => json(Err(Refused::new(
            429,
            "You have exceeded your quota of requests",
        ))),
    };
    etsy.limits.tell(response.headers_mut(), at);
    if let Err(wait) = taken {
        response.headers_mut().insert(RETRY_AFTER, wait.into());
    }
    response
}

fn asked(
    etsy: &mut Etsy,
    request: &Request<Bytes>,
    segments: &[&str],
    at: Stamp,
    outbox: &mut Outbox,
) -> Answer {
    access::check_key(request)?;
    let query = Form::read(request.uri().query().unwrap_or_default());
    let method = request.method().as_str();
    match segments {
        ["openapi-ping"] => Ok((200, json!({"application_id": 1}))),
        ["users", "me"] => {
            etsy.open(request, "shops_r", at)?;
            Ok((200, json!({"user_id": USER_ID, "shop_id": SHOP_ID})))
        }
        ["seller-taxonomy", "nodes", id, "properties"] => {
            Ok((200, etsy.category_properties(number(id)?)?))
        }
        ["listings", id] if method == "GET" => {
            etsy.open(request, "listings_r", at)?;
            Ok((200, etsy.get_listing(number(id)?, &query)?))
        }
        ["listings", id] if method == "DELETE" => {
            etsy.open(request, "listings_d", at)?;
            Ok((204, etsy.delete_listing(number(id)?)?))
        }
        ["listings", id, "images"] => Ok((200, etsy.get_images(number(id)?)?)),
        ["listings", id, "inventory"] if method == "GET" => {
            etsy.open(request, "listings_r", at)?;
            Ok((200, etsy.get_inventory(number(id)?)?))
        }
        ["listings", id, "inventory"] if method == "PUT" => {
            etsy.open(request, "listings_w", at)?;
            let body = serde_json::from_slice(request.body());
            let body: Value = body.map_err(|_| Refused::bad("the body is no JSON"))?;
            Ok((200, etsy.put_inventory(number(id)?, &body, at)?))
        }
        ["shops", shop, rest @ ..] => {
            if number(shop)? != SHOP_ID {
                return Err(Refused::new(404, "Could not find a Shop"));
            }
            of_shop(etsy, request, rest, &query, (at, outbox))
        }
        _ => Err(Refused::new(404, "Resource not found")),
    }
}

fn of_shop(
    etsy: &mut Etsy,
    request: &Request<Bytes>,
    rest: &[&str],
    query: &Form,
    (at, outbox): (Stamp, &mut Outbox),
) -> Answer {
    let form = || Form::of(request);
    match (request.method().as_str(), rest) {
        ("GET", []) => Ok((200, etsy.shop())),
        ("GET", ["shipping-profiles"]) => {
            etsy.open(request, "shops_r", at)?;
            Ok((200, etsy.list_profiles()))
        }
        ("GET", ["shipping-profiles", id]) => {
            etsy.open(request, "shops_r", at)?;
            Ok((200, etsy.get_profile(number(id)?)?))
        }
        ("GET", ["readiness-state-definitions"]) => {
            etsy.open(request, "shops_r", at)?;
            Ok((200, etsy.list_readiness(query)?))
        }
        ("GET", ["listings"]) => {
            etsy.open(request, "listings_r", at)?;
            Ok((200, etsy.list_listings(query)?))
        }
        ("POST", ["listings"]) => {
            etsy.open(request, "listings_w", at)?;
            Ok((201, etsy.create_draft(&form()?, at)?))
        }
        ("PATCH", ["listings", id]) => {
            etsy.open(request, "listings_w", at)?;
            Ok((200, etsy.update_listing(number(id)?, &form()?, at)?))
        }
        ("POST", ["listings", id, "images"]) => {
            etsy.open(request, "listings_w", at)?;
            let kind = content_type(request);
            Ok((
                201,
                etsy.upload_image(number(id)?, kind, request.body(), at)?,
            ))
        }
        ("DELETE", ["listings", id, "images", image]) => {
            etsy.open(request, "listings_w", at)?;
            Ok((204, etsy.delete_image(number(id)?, number(image)?)?))
        }
        ("GET", ["receipts"]) => {
            etsy.open(request, "transactions_r", at)?;
            Ok((200, etsy.list_receipts(query)?))
        }
        ("GET", ["receipts", id]) => {
            etsy.open(request, "transactions_r", at)?;
            Ok((200, etsy.get_receipt(number(id)?)?))
        }
        ("POST", ["receipts", id, "tracking"]) => {
            etsy.open(request, "transactions_w", at)?;
            let id = number(id)?;
            let shown = etsy.report_parcel(id, &form()?, at)?;
            etsy.notify("order.shipped", id, outbox);
            Ok((200, shown))
        }
        _ => Err(Refused::new(404, "Resource not found")),
    }
}

/// The path with `{}` for each number.
fn pattern(segments: &[&str]) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let parts = segments.iter();
    let parts: Vec<&str> = parts
        .map(|it| if is_number(it) { "{}" } else { it })
        .collect();
    parts.join("/")
}

fn number(text: &str) -> Result<u64, Refused> {
    text.parse()
        .map_err(|_| Refused::bad(format!("Expected int value in the path (got {text})")))
}

fn content_type(request: &Request<Bytes>) -> &str {
    let header = request.headers().get(CONTENT_TYPE);
    header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn json(answer: Answer) -> Response<Bytes> {
    let (status, body) = match answer {
        Ok(done) => done,
        Err(refused) => (refused.status, refused.body),
    };
    let text = match status {
        204 => String::new(),
        _ => body.to_string(),
    };
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The owner says yes at once.
fn connect(etsy: &mut Etsy, request: &Request<Bytes>) -> Response<Bytes> {
    let query = Form::read(request.uri().query().unwrap_or_default());
    let code = match etsy.tokens.consent(&query) {
        Ok(code) => code,
        Err(refused) => return json(Err(refused)),
    };
    let text = |name: &str| query.text(name).unwrap_or_default();
    let back = format!(
        "{}?code={code}&state={}",
        text("redirect_uri"),
        text("state")
    );
    let mut response = json(Ok((302, Value::Null)));
    match HeaderValue::from_str(&back) {
        Ok(value) => {
            response.headers_mut().insert(LOCATION, value);
            response
        }
        Err(_) => json(Err(Refused::bad("redirect_uri is no address"))),
    }
}

fn picture(path: &str) -> Response<Bytes> {
    let (bytes, kind) = match path.rsplit_once('.') {
        Some((_, "png")) => (PNG, "image/png"),
        Some((_, "html")) => (&b"<html>not found</html>"[..], "text/html"),
        _ => return json(Err(Refused::new(404, "no such picture"))),
    };
    let mut response = Response::new(Bytes::from_static(bytes));
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
