//! The ports of a component, in the hands of a test.

use catalogue::TestHost;
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::Settings;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// A host on a real database.
pub struct SignInHost {
    inner: TestHost,
    settings: Settings,
    /// Milliseconds that this host is ahead of the true time.
    pub ahead_ms: Cell<i64>,
    /// The statements that were run.
    pub statements: RefCell<Vec<&'static str>>,
    /// The lines that were logged.
    pub logged: RefCell<Vec<Value>>,
}

impl SignInHost {
    /// On `client`, which is connected as the component is.
    pub fn new(client: tokio_postgres::Client, settings: Settings) -> Self {
        Self {
            inner: TestHost::new(client),
            settings,
            ahead_ms: Cell::new(0),
            statements: RefCell::default(),
            logged: RefCell::default(),
        }
    }

    /// The statements since the last look.
    pub fn take_statements(&self) -> Vec<&'static str> {
        self.statements.take()
    }

    /// All that was logged, as one text.
    pub fn log_text(&self) -> String {
        let lines = self.logged.borrow();
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

impl Db for SignInHost {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        self.statements.borrow_mut().push(statement);
        self.inner.text(statement, params, repeat).await
    }
}

impl HttpClient for SignInHost {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(request.uri().to_string()))
    }
}

impl Clock for SignInHost {
    fn now_ms(&self) -> i64 {
        self.inner.now_ms() + self.ahead_ms.get()
    }

    async fn sleep(&self, duration: Duration) {
        self.inner.sleep(duration).await;
    }
}

impl Random for SignInHost {
    fn fill(&self, buffer: &mut [u8]) {
        self.inner.fill(buffer);
    }
}

impl Log for SignInHost {
    fn log(&self, line: Value) {
        if line.get("error.source").is_some() {
            eprintln!("{line}"); // shown with a test that fails
        }
        self.logged.borrow_mut().push(line);
    }
}

impl Host for SignInHost {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
