//! The ports of a component, in the hands of a test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use catalogue::TestHost;
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::Settings;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// A host on a real database, with what a test may turn.
pub struct SceneHost {
    inner: TestHost,
    settings: Settings,
    /// Milliseconds that this host is ahead of the true time.
    pub ahead_ms: Cell<i64>,
    /// Whether the database is away.
    pub away: Cell<bool>,
    /// The statements that were run.
    pub statements: RefCell<Vec<&'static str>>,
    /// The lines that were logged.
    pub logged: RefCell<Vec<Value>>,
}

impl SceneHost {
    /// On `client`, which is connected as the component is.
    pub fn new(client: tokio_postgres::Client) -> Self {
        let jwt_secret = catalogue::settings().text("jwt_secret").unwrap().to_owned();
        let keys = format!("test:{}", STANDARD.encode([7; 32]));
        Self {
            inner: TestHost::new(client),
            settings: Settings::new([
                ("jwt_secret", jwt_secret),
                ("credentials_keys", keys.clone()),
                ("signing_keys", keys),
                ("public_url", "http://127.0.0.1:3000".to_owned()),
            ]),
            ahead_ms: Cell::new(0),
            away: Cell::new(false),
            statements: RefCell::default(),
            logged: RefCell::default(),
        }
    }

    /// The statements since the last look.
    pub fn take_statements(&self) -> usize {
        self.statements.borrow_mut().drain(..).count()
    }

    /// All that was logged, as one text.
    pub fn log_text(&self) -> String {
        let lines = self.logged.borrow();
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

impl Db for SceneHost {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        if self.away.get() {
            return Err(DbError::Unavailable("connection refused".to_owned()));
        }
        self.statements.borrow_mut().push(statement);
        self.inner.text(statement, params, repeat).await
    }
}

impl HttpClient for SceneHost {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(request.uri().to_string()))
    }
}

impl Clock for SceneHost {
    fn now_ms(&self) -> i64 {
        self.inner.now_ms() + self.ahead_ms.get()
    }

    async fn sleep(&self, duration: Duration) {
        self.inner.sleep(duration).await;
    }
}

impl Random for SceneHost {
    fn fill(&self, buffer: &mut [u8]) {
        self.inner.fill(buffer);
    }
}

impl Log for SceneHost {
    fn log(&self, line: Value) {
        self.logged.borrow_mut().push(line);
    }
}

impl Host for SceneHost {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
