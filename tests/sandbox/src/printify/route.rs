//! From a request to what it asks for: who may ask, how often, and which address it is.

use super::refusal::{Answer, Refusal, invalid, json as reply, not_found, unauthorized};
use super::shop::{Shop, elsewhere};
use super::{Printify, TOKEN_LIFETIME_S, catalog, event, order, publication, upload};
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};

pub fn answer(
    account: &mut Printify,
    request: &Request<Bytes>,
    at: Stamp,
    outbox: &mut Outbox,
) -> Response<Bytes> {
    let taken = account.limits.take(request.uri().path(), at.seconds);
    let mut response = if taken.is_within {
        match read(account, request, at).and_then(|asked| asked.route(account, at, outbox)) {
            Ok(body) => reply(StatusCode::OK, &body),
            Err(refusal) => reply(refusal.status, &refusal.body),
        }
    } else {
        reply(
            StatusCode::TOO_MANY_REQUESTS,
            &json!({"message": "Too Many Attempts."}),
        )
    };
    if let Some(limit) = taken.limit {
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from(limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(taken.remaining));
    }
    response
}

/// A request that may be answered.
struct Asked<'r> {
    method: &'r str,
    /// Its parts behind `/v1/`.
    path: Vec<&'r str>,
    query: Vec<(String, String)>,
    body: Value,
}

fn read<'r>(
    account: &Printify,
    request: &'r Request<Bytes>,
    at: Stamp,
) -> Result<Asked<'r>, Refusal> {
    let header = |name| request.headers().get(name)?.to_str().ok();
    if header(USER_AGENT).is_none_or(str::is_empty) {
        return Err(Refusal {
            status: StatusCode::FORBIDDEN,
            body: json!({"error": "The User-Agent header is required."}),
        });
    }
    let is_old = at.seconds - account.token_since > TOKEN_LIFETIME_S;
    let bearer = format!("Bearer {}", account.token());
    if is_old || header(AUTHORIZATION) != Some(bearer.as_str()) {
        return Err(unauthorized());
    }
    let body = match request.body().is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(request.body())
            .map_err(|_| invalid(8150, "The request can't be parsed as a valid JSON."))?,
    };
    let path = request.uri().path().trim_end_matches('/');
    let path = path.strip_prefix("/v1/").ok_or_else(not_found)?;
    Ok(Asked {
        method: request.method().as_str(),
        path: path.split('/').collect(),
        query: query(request.uri().query().unwrap_or_default()),
        body,
    })
}

impl Asked<'_> {
    fn route(&self, account: &mut Printify, at: Stamp, outbox: &mut Outbox) -> Answer {
        match self.path.as_slice() {
            ["shops.json"] if self.method == "GET" => {
                let shops = account.shops.values().filter(|shop| shop.is_connected);
                Ok(shops.map(Shop::view).collect())
            }
            ["shops", id, rest @ ..] => self.of_shop(account, id, rest, at, outbox),
            ["catalog", rest @ ..] if self.method == "GET" => catalog::answer(rest),
            path if path.first().is_some_and(|it| it.starts_with("uploads")) => {
                upload::answer(account, self.method, path, &self.query, &self.body, at)
            }
            _ => Err(not_found()),
        }
    }

    fn of_shop(
        &self,
        account: &mut Printify,
        number: &str,
        rest: &[&str],
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Answer {
        let number: u64 = number.parse().map_err(|_| not_found())?;
        let id = account.id(at);
        self.is_of(account, number, rest)?;
        let uploads = account.uploads.clone();
        let shop = account
            .shops
            .get_mut(&number)
            .filter(|shop| shop.is_connected);
        let shop = shop.ok_or_else(unauthorized)?;
        let (method, query, body) = (self.method, self.query.as_slice(), &self.body);
        match rest {
            ["connection.json"] if method == "DELETE" => {
                disconnect(shop, at, outbox);
                Ok(json!({}))
            }
            [first, ..] if first.starts_with("products") => {
                let around = publication::Around {
                    uploads: &uploads,
                    query,
                    body,
                    at,
                    outbox,
                    id,
                };
                publication::answer(shop, method, rest, around)
            }
            [first, ..] if first.starts_with("orders") => {
                let around = order::Around {
                    query,
                    body,
                    at,
                    outbox,
                    id,
                };
                order::answer(shop, method, rest, around)
            }
            [first, ..] if first.starts_with("webhooks") => {
                event::answer(shop, method, rest, query, body, id)
            }
            _ => Err(not_found()),
        }
    }

    /// Another shop's product is told apart from one that nobody has.
    fn is_of(&self, account: &Printify, number: u64, rest: &[&str]) -> Result<(), Refusal> {
        let ["products", id, ..] = rest else {
            return Ok(());
        };
        let id = id.trim_end_matches(".json");
        let others = account.shops.values().filter(|shop| shop.id != number);
        match others.flat_map(|shop| &shop.products).any(|it| it.id == id) {
            true => Err(elsewhere(id, number)),
            false => Ok(()),
        }
    }
}

/// The shop's owner takes back the access.
pub fn disconnect(shop: &mut Shop, at: Stamp, outbox: &mut Outbox) {
    let id = json!(shop.id);
    shop.emit("shop:disconnected", &id, Value::Null, at, outbox);
    shop.is_connected = false;
}

/// Names and values of a query, decoded.
fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, after) = match (first, tail) {
            (b'+', _) => (b' ', tail),
            (b'%', [high, low, after @ ..]) => {
                let digit = |at: u8| char::from(at).to_digit(16);
                let byte = digit(*high)
                    .zip(digit(*low))
                    .map(|(high, low)| high * 16 + low);
                match byte.and_then(|byte| u8::try_from(byte).ok()) {
                    Some(byte) => (byte, after),
                    None => (b'%', tail),
                }
            }
            _ => (*first, tail),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
