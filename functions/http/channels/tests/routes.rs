//! What the routes answer without Spin and without a database, which they need none of.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed test may panic"
)]

use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::serve::serve;
use common::settings::Settings;
use common::token::{Claims, sign};
use runtime_http::{Method, Reply, Request};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const NOW_MS: i64 = 1_763_892_000_000;
const SECRET: &str = "a secret of the tests, of more than thirty-two bytes";

/// A host that knows the token's secret and reaches nothing.
struct Alone {
    settings: Settings,
}

impl Db for Alone {
    async fn text(&self, _: &'static str, _: Vec<Param>, _: Repeat) -> Result<String, DbError> {
        // Whether the caller may is Postgres's to say; here it always says yes.
        Ok("{}\n".to_owned())
    }
}

impl HttpClient for Alone {
    async fn send(&self, _: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        panic!("nobody is asked")
    }
}

impl Clock for Alone {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
    async fn sleep(&self, _: Duration) {}
}

impl Random for Alone {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl Log for Alone {
    fn log(&self, _: Value) {}
}

impl Host for Alone {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// The answer of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

fn answer(method: Method, path: &str, query: &str, token: Option<&str>) -> Reply {
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Default::default(),
        body: Box::new(None),
        request_id: "r".to_owned(),
        aside: Default::default(),
    };
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers.insert("authorization", value);
    }
    let host = Alone {
        settings: Settings::new([("jwt_secret", SECRET.to_owned())]),
    };
    now(serve(request, &host, channels::ROUTES, channels::routes))
}

fn token() -> String {
    let claims = Claims {
        sub: "01900000-0000-7000-8000-000000000001".parse().unwrap(),
        workspace: Some("shop".to_owned()),
        exp: NOW_MS / 1000 + 60,
        nbf: None,
        iat: None,
    };
    sign(&claims, SECRET).unwrap()
}

fn get(path: &str) -> (u16, Value) {
    let reply = answer(Method::GET, path, "", Some(&token()));
    let body = serde_json::from_slice(&reply.body).unwrap();
    (reply.status.as_u16(), body)
}

#[test]
fn every_plugin_is_in_the_list_with_all_that_it_declares() {
    let (status, list) = get("/platforms");
    assert_eq!(status, 200);
    let rows = list["data"].as_array().unwrap();
    assert_eq!(rows.len(), platforms::all().len());
    assert_eq!(list["count"], rows.len());
    for (row, plugin) in rows.iter().zip(platforms::all()) {
        let known = plugin.descriptor();
        assert_eq!(row["slug"], known.slug);
        assert_eq!(row, &get(&format!("/platforms/{}", known.slug)).1);
        for field in ["name", "version", "constraints", "credentials", "config"] {
            assert!(!row[field].is_null(), "{} hides its {field}", known.slug);
        }
        for (kind, capability) in known.capabilities {
            let told = &row["capabilities"][kind.name()];
            assert_eq!(told["level"], json!(capability.level));
            assert!(
                !capability.reason.is_empty(),
                "{}: {} gives no reason",
                known.slug,
                kind.name()
            );
        }
    }
}

#[test]
fn what_there_is_no_plugin_for_is_not_found() {
    for path in ["/platforms/nowhere", "/platforms/shopify/x"] {
        assert_eq!(get(path).0, 404, "{path}");
    }
}

#[test]
fn who_has_no_token_is_told_nothing() {
    for path in ["/platforms", "/platforms/shopify"] {
        assert_eq!(answer(Method::GET, path, "", None).status, 401, "{path}");
    }
}

#[test]
fn parameters_and_other_methods_are_refused() {
    let reply = answer(Method::GET, "/platforms", "slug=eq.x", Some(&token()));
    assert_eq!(reply.status, 400);
    let reply = answer(Method::POST, "/platforms", "", Some(&token()));
    assert_eq!(reply.status, 405);
}
