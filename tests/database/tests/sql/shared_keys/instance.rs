//! Instances of components that share an identity provider's keys, and the provider.

use common::identity::jwk::SigningKey;
use common::identity::jwt::{Claims, Memory, verify_with};
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::Settings;
use database::Stage;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use tokio_postgres::Client;

pub const JWKS: &str = "https://id.test/jwks.json";

/// What answers at [`JWKS`].
#[derive(Default)]
pub struct Provider {
    /// The set; none: it is down.
    pub set: RefCell<Option<String>>,
    pub requests: Cell<usize>,
    pub delay: Cell<Duration>,
}

impl Provider {
    pub fn publishes(&self, keys: &[u8]) {
        let keys: Vec<Value> = keys.iter().map(|n| key(*n).public_jwk()).collect();
        *self.set.borrow_mut() = Some(json!({ "keys": keys }).to_string());
    }
}

/// The `n`th key.
pub fn key(n: u8) -> SigningKey {
    struct Always(u8);
    impl Random for Always {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }
    SigningKey::generate(&Always(n))
}

/// A token of the `n`th key.
pub fn token(n: u8) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let claims = json!({"iss": "https://id.test", "sub": "user_2x", "exp": now + 90_000});
    key(n).sign(&claims).unwrap()
}

/// One instance: a memory and a connection of its own.
pub struct Instance {
    memory: Memory,
    client: Client,
    settings: Settings,
    provider: Rc<Provider>,
    /// Milliseconds that its clock is ahead.
    pub ahead_ms: Cell<i64>,
    pub statements: Cell<usize>,
    pub lines: RefCell<Vec<Value>>,
}

impl Instance {
    pub async fn new(stage: &Stage, provider: &Rc<Provider>) -> Self {
        Self::connected(&stage.database.app_url, provider).await
    }

    pub async fn connected(url: &str, provider: &Rc<Provider>) -> Self {
        let settings = [
            ("database_url", url),
            ("jwks_url", JWKS),
            ("jwt_issuer", "https://id.test"),
        ];
        Self {
            memory: Memory::default(),
            client: cluster::connect(url).await.unwrap(),
            settings: Settings::new(settings.map(|(name, value)| (name, value.to_owned()))),
            provider: Rc::clone(provider),
            ahead_ms: Cell::default(),
            statements: Cell::default(),
            lines: RefCell::default(),
        }
    }

    /// Verifies a token of the `n`th key.
    pub async fn verify(&self, n: u8) -> common::Result<Claims> {
        verify_with(&self.memory, &token(n), self).await
    }

    /// How often an event was logged.
    pub fn logged(&self, event: &str) -> usize {
        let lines = self.lines.borrow();
        lines.iter().filter(|line| line["event"] == event).count()
    }
}

impl Db for Instance {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        _: Repeat,
    ) -> Result<String, DbError> {
        self.statements.set(self.statements.get() + 1);
        let Some(Param::Json(args)) = params.into_iter().next() else {
            panic!("it takes one JSON value")
        };
        let statement = statement.replace("$1", "$1::text::jsonb");
        let row = self.client.query_one(&statement, &[&args]).await;
        row.map(|row| row.get(0))
            .map_err(|error| DbError::Unavailable(format!("{error:?}")))
    }
}

impl HttpClient for Instance {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        assert_eq!(request.uri().to_string(), JWKS);
        self.provider.requests.set(self.provider.requests.get() + 1);
        tokio::time::sleep(self.provider.delay.get()).await;
        let set = self.provider.set.borrow().clone();
        let set = set.ok_or(HttpError::Timeout)?;
        Ok(http::Response::new(set.into_bytes()))
    }
}

impl Clock for Instance {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_millis()).unwrap() + self.ahead_ms.get()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Random for Instance {
    fn fill(&self, _: &mut [u8]) {
        panic!("nothing here takes chance")
    }
}

impl Log for Instance {
    fn log(&self, line: Value) {
        self.lines.borrow_mut().push(line);
    }
}

impl Host for Instance {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
