//! The ports of a tick outside of Spin: a real database, real time, a channel that answers from a list.

use common::credentials::{KeyRing, Place, open, seal};
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::secret::Secret;
use common::settings::Settings;
use database::Stage;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};
use tokio_postgres::Client;

const KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
type Answer = Result<(u16, &'static str), HttpError>;

pub struct World {
    client: Client,
    settings: Settings,
    statements: Cell<usize>,
    reports_to_lose: Cell<usize>,
    answers: RefCell<VecDeque<Answer>>,
    requests: RefCell<Vec<String>>,
    delay: Cell<Duration>,
    lines: RefCell<Vec<Value>>,
}

impl World {
    pub async fn new(stage: &Stage) -> Self {
        Self::with(stage, &[]).await
    }

    /// With some settings other than the usual ones.
    pub async fn with(stage: &Stage, other: &[(&'static str, &str)]) -> Self {
        let usual = [
            ("worker_max", "2"),
            ("worker_budget_ms", "20000"),
            ("worker_batch", "50"),
            ("lease_ms", "30000"),
            ("credentials_keys", KEYS),
            ("public_url", "https://hub.test/"),
        ];
        let settings = usual
            .iter()
            .chain(other)
            .map(|(key, value)| (*key, (*value).to_owned()));
        Self {
            client: cluster::connect(&stage.database.worker_url).await.unwrap(),
            settings: Settings::new(settings),
            statements: Cell::default(),
            reports_to_lose: Cell::default(),
            answers: RefCell::default(),
            requests: RefCell::default(),
            delay: Cell::default(),
            lines: RefCell::default(),
        }
    }

    pub fn sealed(&self, stage: &Stage, plain: &str) -> String {
        let place = Place {
            workspace: &stage.workspace,
            table: "stores",
            row: &stage.store,
            column: "credentials",
        };
        seal(
            &KeyRing::parse(KEYS).unwrap(),
            self,
            &place,
            &Secret::new(plain.to_owned()),
        )
        .unwrap()
    }

    /// What [`World::sealed`] sealed, or the worker.
    pub fn opened(&self, stage: &Stage, sealed: &str) -> Value {
        let place = Place {
            workspace: &stage.workspace,
            table: "stores",
            row: &stage.store,
            column: "credentials",
        };
        let plain = open(&KeyRing::parse(KEYS).unwrap(), &place, sealed).unwrap();
        serde_json::from_str(plain.expose()).unwrap()
    }

    pub fn statements(&self) -> usize {
        self.statements.get()
    }

    /// The next thing that the channel says: status and body.
    pub fn answers(&self, answer: Answer) {
        self.answers.borrow_mut().push_back(answer);
    }

    /// How long the channel takes for each.
    pub fn delay(&self, delay: Duration) {
        self.delay.set(delay);
    }

    /// The bodies of all requests.
    pub fn requests(&self) -> Vec<String> {
        self.requests.borrow().clone()
    }

    /// Loses the connection under the next `n` reports.
    pub fn lose_reports(&self, n: usize) {
        self.reports_to_lose.set(n);
    }

    /// The last log line of an event.
    pub fn line(&self, event: &str) -> Value {
        self.lines
            .borrow()
            .iter()
            .rev()
            .find(|line| line["event"] == event)
            .cloned()
            .unwrap()
    }
}

impl Db for World {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        _: Repeat,
    ) -> Result<String, DbError> {
        self.statements.set(self.statements.get() + 1);
        if statement.contains("hub.settle") && self.reports_to_lose.get() > 0 {
            self.reports_to_lose.set(self.reports_to_lose.get() - 1);
            return Err(DbError::Unavailable("cut".to_owned()));
        }
        let Some(Param::Json(args)) = params.into_iter().next() else {
            return Err(DbError::Shape(
                "a worker's statement takes one JSON value".to_owned(),
            ));
        };
        let statement = statement.replace("$1", "$1::text::jsonb");
        let row = self.client.query_one(&statement, &[&args]).await;
        row.map(|row| row.get(0))
            .map_err(|error| DbError::Unavailable(format!("{error:?}")))
    }
}

impl HttpClient for World {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        self.requests
            .borrow_mut()
            .push(String::from_utf8(request.into_body()).unwrap());
        tokio::time::sleep(self.delay.get()).await;
        let (status, body) = self
            .answers
            .borrow_mut()
            .pop_front()
            .expect("an unexpected request")?;
        let mut answer = http::Response::builder().status(status);
        if status == 429 {
            answer = answer.header("retry-after", body);
        }
        Ok(answer.body(body.as_bytes().to_vec()).unwrap())
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_millis()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").unwrap(), buffer)
            .unwrap();
    }
}

impl Log for World {
    fn log(&self, fields: Value) {
        self.lines.borrow_mut().push(fields);
    }
}

impl Host for World {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
