//! The ports of a component, in the hands of a test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use catalogue::TestHost;
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::Settings;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// A host on a real database, with what a test may turn.
pub struct SceneHost {
    inner: TestHost,
    settings: Settings,
    /// The status with which every channel answers, repeating what it was sent; none can be reached without.
    pub echo: Cell<Option<u16>>,
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
                ("worker_max", "2".to_owned()),
                ("worker_budget_ms", "20000".to_owned()),
                ("worker_batch", "50".to_owned()),
                ("lease_ms", "30000".to_owned()),
                ("retention_days", "30".to_owned()),
            ]),
            echo: Cell::new(None),
            ahead_ms: Cell::new(0),
            away: Cell::new(false),
            statements: RefCell::default(),
            logged: RefCell::default(),
        }
    }

    /// The same, told other key-encryption keys.
    #[must_use]
    pub fn with_keys(self, ring: &str) -> Self {
        let keys = common::settings::KEYS.into_iter();
        let told = keys.filter_map(|key| Some((key, self.settings.text(key).ok()?.to_owned())));
        let told = told.chain([("credentials_keys", ring.to_owned())]);
        Self {
            settings: Settings::new(told.collect::<Vec<_>>()),
            ..self
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
        let Some(status) = self.echo.get() else {
            return Err(HttpError::Denied(request.uri().to_string()));
        };
        let mut said = "I was told ".to_owned();
        for value in request.headers().values() {
            said += &String::from_utf8_lossy(value.as_bytes());
            said.push(' ');
        }
        said += &String::from_utf8_lossy(request.body());
        let body = match status {
            200 => json!({"errors": [{"message": said}]}),
            _ => json!({ "errors": said }),
        };
        let answer = http::Response::builder().status(status);
        Ok(answer.body(body.to_string().into_bytes()).unwrap())
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
