//! A channel whose refresh tokens are good for one use: one that comes a second time ends everything.

use crate::tick::world::World;
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::Settings;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// The channel's side: which tokens are good, and what it was asked.
#[derive(Default)]
pub struct Shop {
    /// The generation of the tokens: `access-3`, `refresh-3`.
    generation: Cell<u32>,
    is_revoked: Cell<bool>,
    token_answers_to_lose: Cell<usize>,
    failures: Cell<usize>,
    delay: Cell<Duration>,
    pub products_delay: Cell<Duration>,
    asked: RefCell<Vec<String>>,
}

impl Shop {
    /// One whose access token of generation 0 has just expired.
    pub fn expired() -> Self {
        let shop = Self::default();
        shop.generation.set(1);
        shop.delay.set(Duration::from_millis(100));
        shop
    }

    /// How many requests came to `path`.
    pub fn count(&self, path: &str) -> usize {
        let asked = self.asked.borrow();
        asked.iter().filter(|asked| *asked == path).count()
    }

    /// The connection fails `times` times.
    pub fn fail(&self, times: usize) {
        self.failures.set(times);
    }

    /// The next token request is not answered; nothing was changed by it.
    pub fn lose_token_answer(&self) {
        self.token_answers_to_lose.set(1);
    }

    fn tokens(&self, presented: &str) -> (u16, Value) {
        let current = format!("refresh-{}", self.generation.get() - 1);
        if self.is_revoked.get() || presented != current {
            self.is_revoked.set(true);
            return (401, json!("a refresh token was used twice"));
        }
        let made = self.generation.get();
        self.generation.set(made + 1);
        (
            200,
            json!({"access": format!("access-{made}"), "refresh": format!("refresh-{made}")}),
        )
    }

    fn data(&self, authorization: &str) -> (u16, Value) {
        let made = self.generation.get();
        let good = made > 1 && authorization == format!("access-{}", made - 1);
        if self.is_revoked.get() || !good {
            return (401, json!("expired"));
        }
        (200, json!("goods"))
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let path = request.uri().path().to_owned();
        self.asked.borrow_mut().push(path.clone());
        if self.failures.get() > 0 {
            self.failures.set(self.failures.get() - 1);
            return Err(HttpError::Timeout);
        }
        let (status, body) = if path == "/token" {
            tokio::time::sleep(self.delay.get()).await;
            if self.token_answers_to_lose.take() > 0 {
                return Err(HttpError::Timeout);
            }
            self.tokens(std::str::from_utf8(request.body()).unwrap())
        } else {
            let authorization = request.headers()["authorization"].to_str().unwrap();
            let answer = self.data(authorization);
            if answer.0 == 200 {
                tokio::time::sleep(self.products_delay.get()).await;
            }
            answer
        };
        let response = http::Response::builder().status(status);
        Ok(response.body(body.to_string().into_bytes()).unwrap())
    }
}

/// A worker whose requests go to the shop.
pub struct Visitor<'a> {
    pub world: &'a World,
    pub shop: &'a Shop,
}

impl Db for Visitor<'_> {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        self.world.text(statement, params, repeat).await
    }
}

impl HttpClient for Visitor<'_> {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        self.shop.answer(request).await
    }
}

impl Clock for Visitor<'_> {
    fn now_ms(&self) -> i64 {
        self.world.now_ms()
    }

    async fn sleep(&self, duration: Duration) {
        self.world.sleep(duration).await;
    }
}

impl Random for Visitor<'_> {
    fn fill(&self, buffer: &mut [u8]) {
        self.world.fill(buffer);
    }
}

impl Log for Visitor<'_> {
    fn log(&self, fields: Value) {
        self.world.log(fields);
    }
}

impl Host for Visitor<'_> {
    fn settings(&self) -> &Settings {
        self.world.settings()
    }
}
