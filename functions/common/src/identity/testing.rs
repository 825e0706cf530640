//! Keys, tokens and a world without a database, for the tests of this module.

use super::jwk::SigningKey;
use super::jwt::{Claims, Memory, verify_with};
use crate::error::{Kind, Result};
use crate::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use crate::settings::Settings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub(super) const NOW: i64 = 1_763_892_000;
pub(super) const USER: &str = "01900000-0000-7000-8000-000000000007";
pub(super) const SECRET: &str = "a secret of the tests, of more than thirty-two bytes";
pub(super) const JWKS: &str = "https://id.test/.well-known/jwks.json";

/// Chance that is always the same.
pub(super) struct Always(pub(super) u8);

impl Random for Always {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0);
    }
}

/// The `n`th of our keys.
pub(super) fn key(n: u8) -> SigningKey {
    SigningKey::generate(&Always(n))
}

pub(super) fn jwks(keys: &[&SigningKey]) -> String {
    let keys: Vec<Value> = keys.iter().map(|key| key.public_jwk()).collect();
    json!({ "keys": keys }).to_string()
}

/// `header` and `claims` as they are, signed by `sign`.
pub(super) fn signed(header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let text = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let signature = encode(&sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// What our own sign-in says of [`USER`], with `other` members.
pub(super) fn own_claims(other: Value) -> Value {
    let claims = json!({
        "iss": "https://hub.test/auth/v1", "aud": "authenticated", "sub": USER, "exp": NOW + 60, "iat": NOW,
    });
    with(claims, other)
}

/// What the identity provider says of somebody.
pub(super) fn foreign_claims(other: Value) -> Value {
    let claims = json!({
        "iss": "https://id.test", "aud": "shop", "sub": "user_2x", "exp": NOW + 3600, "iat": NOW,
    });
    with(claims, other)
}

/// `claims` with the members of `other` over them; null takes one away.
pub(super) fn with(mut claims: Value, other: Value) -> Value {
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    claims
}

/// A component without a database; its own memory, a clock that stands, an identity provider that answers from
/// a list.
pub(super) struct World {
    pub(super) memory: Memory,
    pub(super) now: Cell<i64>,
    settings: Settings,
    answers: RefCell<VecDeque<Result<(u16, String), HttpError>>>,
    pub(super) requests: Cell<usize>,
    pub(super) lines: RefCell<Vec<Value>>,
}

impl World {
    pub(super) fn new(settings: &[(&'static str, &str)]) -> Self {
        let own = [("public_url", "https://hub.test/")];
        let settings = own.iter().chain(settings);
        Self {
            memory: Memory::default(),
            now: Cell::new(NOW),
            settings: Settings::new(settings.map(|(key, value)| (*key, (*value).to_owned()))),
            answers: RefCell::default(),
            requests: Cell::default(),
            lines: RefCell::default(),
        }
    }

    /// That trusts the identity provider `https://id.test`.
    pub(super) fn with_provider() -> Self {
        Self::new(&[
            ("jwks_url", JWKS),
            ("jwt_issuer", "https://id.test"),
            ("jwt_audience", "shop"),
        ])
    }

    /// The next thing that the identity provider says.
    pub(super) fn answers(&self, answer: Result<(u16, String), HttpError>) {
        self.answers.borrow_mut().push_back(answer);
    }

    pub(super) fn verify(&self, token: &str) -> Result<Claims> {
        now(verify_with(&self.memory, token, self))
    }

    /// Why `token` is refused: what the log is told.
    pub(super) fn refusal(&self, token: &str) -> String {
        let error = self.verify(token).unwrap_err();
        assert_eq!(error.kind, Kind::Unauthorized, "{error:?}");
        assert_eq!(error.message, "A valid bearer token is needed.");
        error.source.unwrap()
    }
}

/// The answer of a future that waits for nothing.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

impl Db for World {
    async fn text(&self, _: &'static str, _: Vec<Param>, _: Repeat) -> Result<String, DbError> {
        panic!("no database is asked")
    }
}

impl HttpClient for World {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        assert_eq!(request.uri().to_string(), JWKS);
        self.requests.set(self.requests.get() + 1);
        let answer = self.answers.borrow_mut().pop_front();
        let (status, body) = answer.expect("an unexpected request")?;
        let answer = http::Response::builder().status(status);
        Ok(answer.body(body.into_bytes()).unwrap())
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        self.now.get() * 1000
    }
    async fn sleep(&self, _: Duration) {}
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl Log for World {
    fn log(&self, line: Value) {
        self.lines.borrow_mut().push(line);
    }
}

impl Host for World {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
