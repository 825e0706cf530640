//! What the routes answer without Spin: the database of these tests is away, as it is after a restart.

use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::serve::serve;
use common::settings::Settings;
use runtime_http::{Method, Reply, Request};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A host whose database and network are away.
#[derive(Default)]
struct Cut {
    settings: Settings,
}

impl Db for Cut {
    async fn text(&self, _: &'static str, _: Vec<Param>, _: Repeat) -> Result<String, DbError> {
        Err(DbError::Unavailable("connection refused".to_owned()))
    }
}

impl HttpClient for Cut {
    async fn send(&self, _: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Connect("no network".to_owned()))
    }
}

impl Clock for Cut {
    fn now_ms(&self) -> i64 {
        1_700_000_000_000
    }
    async fn sleep(&self, _: Duration) {}
}

impl Random for Cut {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl Log for Cut {
    fn log(&self, _: serde_json::Value) {}
}

impl Host for Cut {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// The answer of a future that waits for nothing.
#[allow(clippy::panic, reason = "a test fails so")]
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

fn answer(method: Method, path: &str) -> Reply {
    let request = Request {
        method,
        path: path.to_owned(),
        query: String::new(),
        headers: Default::default(),
        body: Box::new(None),
        request_id: "r".to_owned(),
        aside: Default::default(),
    };
    now(serve(
        request,
        &Cut::default(),
        health::ROUTES,
        health::routes,
    ))
}

fn header<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    let (_, value) = reply.headers.iter().find(|(known, _)| known == name)?;
    value.to_str().ok()
}

#[test]
fn an_instance_is_live_without_its_database() {
    for method in [Method::GET, Method::HEAD] {
        let reply = answer(method, "/health/live");
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body, r#"{"status":"ok"}"#);
        assert_eq!(header(&reply, "content-length"), Some("15"));
    }
}

#[test]
fn it_is_not_ready_without_its_database_and_says_when_to_ask_again() {
    let reply = answer(Method::GET, "/health/ready");
    assert_eq!(reply.status, 503);
    assert_eq!(header(&reply, "retry-after"), Some("1"));
    let body = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(body.contains(r#""code":"UNAVAILABLE""#), "{body}");
    assert!(!body.contains("refused"), "{body}");
}

#[test]
fn other_addresses_are_404_and_other_methods_405_with_what_there_is() {
    for path in ["/health", "/health/", "/health/x", "/health/live/x"] {
        assert_eq!(answer(Method::GET, path).status, 404, "{path}");
    }
    let reply = answer(Method::POST, "/health/live");
    assert_eq!(reply.status, 405);
    assert_eq!(header(&reply, "allow"), Some("GET"));
}
