//! The ports: a database and a channel that answer what they are told.

use crate::credentials::{KeyRing, Place, open, seal};
use crate::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::token::{Claims, sign};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

pub const STORE: &str = "01900000-0000-7000-8000-000000000001";
pub const WORKSPACE: &str = "01900000-0000-7000-8000-000000000002";
const KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECRET: &str = "a secret of the tests, of more than thirty-two bytes";
const NOW_MS: i64 = 1_763_892_000_000;

type Answer = Result<(u16, &'static str), HttpError>;

pub struct World {
    settings: Settings,
    rows: RefCell<VecDeque<String>>,
    args: RefCell<Vec<Value>>,
    channel: RefCell<VecDeque<Answer>>,
    sent: RefCell<Vec<u8>>,
    log: RefCell<String>,
    drawn: Cell<u8>,
}

impl Default for World {
    fn default() -> Self {
        let settings = [
            ("jwt_secret", SECRET),
            ("credentials_keys", KEYS),
            ("public_url", "https://hub.test/"),
        ];
        Self {
            settings: Settings::new(settings.map(|(key, value)| (key, value.to_owned()))),
            rows: RefCell::default(),
            args: RefCell::default(),
            channel: RefCell::default(),
            sent: RefCell::default(),
            log: RefCell::default(),
            drawn: Cell::default(),
        }
    }
}

impl World {
    /// What the next statement answers.
    pub fn answers(&self, answer: Value) {
        self.says(&answer.to_string());
    }

    pub fn says(&self, text: &str) {
        self.rows.borrow_mut().push_back(text.to_owned());
    }

    /// What the channel answers next.
    pub fn channel(&self, answer: Answer) {
        self.channel.borrow_mut().push_back(answer);
    }

    /// What the channel was sent last.
    pub fn sent(&self) -> String {
        String::from_utf8(self.sent.borrow().clone()).unwrap()
    }

    /// The arguments of the last statement.
    pub fn last_args(&self) -> Value {
        self.args.borrow().last().cloned().unwrap()
    }

    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// The challenge of the second token that was drawn: state first, verifier second.
    pub fn challenge(&self) -> String {
        let args = self.args.borrow();
        let made = args.iter().find(|args| args.get("verifier").is_some());
        let made = made.unwrap();
        let place = Place {
            table: "connections",
            row: made["id"].as_str().unwrap(),
            column: "verifier",
            ..place()
        };
        let verifier = open(&ring(), &place, made["verifier"].as_str().unwrap()).unwrap();
        super::guild::challenge_of(&format!("verifier={}", verifier.expose()))
    }

    pub fn bearer(&self) -> String {
        let claims = Claims {
            sub: STORE.parse().unwrap(),
            workspace: Some("shop".to_owned()),
            exp: NOW_MS / 1000 + 60,
            nbf: None,
            iat: None,
        };
        format!("Bearer {}", sign(&claims, SECRET).unwrap())
    }

    /// The store's row, on `platform`.
    pub fn row(&self, platform: &str) -> Value {
        json!({"id": STORE, "workspace_id": WORKSPACE, "platform": platform, "name": "Main", "config": {},
            "credentials": self.sealed(&json!({"keystring": "k", "access_token": "old"}))})
    }

    pub fn sealed(&self, credentials: &Value) -> String {
        let plain = Secret::new(credentials.to_string());
        seal(&ring(), self, &place(), &plain).unwrap()
    }

    pub fn unsealed(&self, sealed: &str) -> Value {
        serde_json::from_str(open(&ring(), &place(), sealed).unwrap().expose()).unwrap()
    }
}

fn ring() -> KeyRing {
    KeyRing::parse(KEYS).unwrap()
}

fn place() -> Place<'static> {
    Place {
        workspace: WORKSPACE,
        table: "stores",
        row: STORE,
        column: "credentials",
    }
}

impl Db for World {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        _: Repeat,
    ) -> Result<String, DbError> {
        let Some(Param::Json(args)) = params.last() else {
            panic!("a statement's last argument is JSON");
        };
        let args = serde_json::from_str(args).unwrap();
        self.args.borrow_mut().push(args);
        let answer = self.rows.borrow_mut().pop_front().unwrap();
        Ok(match statement.contains("hub.serve") {
            true => format!("{{}}\n{answer}"),
            false => answer,
        })
    }
}

impl HttpClient for World {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        self.sent.replace(request.into_body());
        let (status, body) = self.channel.borrow_mut().pop_front().unwrap()?;
        let answer = http::Response::builder().status(status);
        Ok(answer.body(body.as_bytes().to_vec()).unwrap())
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }

    async fn sleep(&self, _: Duration) {}
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        self.drawn.set(self.drawn.get() + 1);
        buffer.fill(self.drawn.get());
    }
}

impl Log for World {
    fn log(&self, fields: Value) {
        self.log.borrow_mut().push_str(&fields.to_string());
    }
}

impl Host for World {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
