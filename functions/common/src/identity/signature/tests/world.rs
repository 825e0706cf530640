//! A signer of requests, and a host that verifies them.

use super::*;
use crate::ports::{
    Clock, Db, DbError, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use crate::request::Request;
use std::time::Duration;

/// What the hosts' clocks show when nothing else is said.
pub(super) const NOW_S: i64 = 1_700_000_000;

/// A host with masters and a clock.
pub(super) struct World {
    pub(super) settings: Settings,
    now_s: i64,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_masters(&[("dev-1", 1)])
    }

    pub(super) fn at(now_s: i64) -> Self {
        Self {
            now_s,
            ..Self::new()
        }
    }

    pub(super) fn with_masters(masters: &[(&str, u8)]) -> Self {
        let ring: Vec<String> = masters
            .iter()
            .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
            .collect();
        Self {
            settings: Settings::new([("signing_keys", ring.join(","))]),
            now_s: NOW_S,
        }
    }

    /// The secret of the key that [`Signer`] has.
    pub(super) fn secret(&self) -> String {
        let key = KeyId::parse(KEYID).unwrap();
        let secret = Masters::of(self).unwrap().secret(&key).unwrap();
        secret.expose().clone()
    }
}

/// Key 7 in its first generation.
pub(super) const KEYID: &str = "shs_dev-1_00000000000000000000000000000007.1";

/// Signs as a client does that has read the documentation; a test changes what it wants to see refused.
pub(super) struct Signer {
    pub(super) request: Request,
    pub(super) components: Vec<String>,
    pub(super) params: String,
    pub(super) secret: String,
}

impl Signer {
    /// Of `POST /jobs?dry=1` with a body, valid for a minute.
    pub(super) fn new() -> Self {
        let mut request = request(Method::POST, "/jobs", "dry=1");
        for (name, value) in [
            ("host", "hub.example"),
            ("content-length", "2"),
            (
                "content-digest",
                "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:",
            ),
        ] {
            request
                .headers
                .insert(name, HeaderValue::from_static(value));
        }
        let covered = ["@method", "@authority", "@path", "@query", "content-digest"];
        Self {
            request,
            components: covered.map(str::to_owned).into(),
            params: format!(
                ";created={NOW_S};expires={};nonce=\"nonce-of-16-chars\";keyid=\"{KEYID}\";alg=\"hmac-sha256\"",
                NOW_S + 60
            ),
            secret: World::new().secret(),
        }
    }

    pub(super) fn header(&mut self, name: &'static str, value: &'static str) {
        let value = HeaderValue::from_static(value);
        self.request
            .headers
            .append(HeaderName::from_static(name), value);
    }

    pub(super) fn cover(&mut self, names: &[&str]) {
        self.components
            .extend(names.iter().map(|name| (*name).to_owned()));
    }

    pub(super) fn uncover(&mut self, name: &str) {
        self.components.retain(|known| known != name);
    }

    /// Puts `new` in the place of `old` among the parameters.
    pub(super) fn param(&mut self, old: &str, new: &str) {
        assert!(self.params.contains(old), "{old}");
        self.params = self.params.replace(old, new);
    }

    pub(super) fn signed(self) -> Request {
        self.labelled("sig")
    }

    pub(super) fn labelled(mut self, label: &str) -> Request {
        let quoted: Vec<String> = self
            .components
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        let params = format!("({}){}", quoted.join(" "), self.params);
        let mut base = String::new();
        for name in &self.components {
            base.push_str(&format!("\"{name}\": {}\n", self.value(name)));
        }
        base.push_str(&format!("\"@signature-params\": {params}"));
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .unwrap()
            .chain_update(base)
            .finalize()
            .into_bytes();
        for (name, value) in [
            (INPUT_HEADER, format!("{label}={params}")),
            ("signature", format!("{label}=:{}:", STANDARD.encode(mac))),
        ] {
            let value = HeaderValue::from_str(&value).unwrap();
            self.request.headers.insert(name, value);
        }
        self.request
    }

    /// A component's value in the client's own words, not through the code that is tested.
    fn value(&self, name: &str) -> String {
        match name {
            "@method" => self.request.method.to_string(),
            "@authority" => self.request.headers["host"].to_str().unwrap().to_owned(),
            "@path" => self.request.path.clone(),
            "@query" => format!("?{}", self.request.query),
            name => {
                let lines = self.request.headers.get_all(name).iter();
                let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap().trim()).collect();
                lines.join(", ")
            }
        }
    }
}

pub(super) fn request(method: Method, path: &str, query: &str) -> Request {
    Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Box::new(None::<Bytes>),
        request_id: "a-test".to_owned(),
        aside: Default::default(),
    }
}

impl Db for World {
    async fn text(&self, _: &'static str, _: Vec<Param>, _: Repeat) -> Result<String, DbError> {
        Err(DbError::Unavailable("not asked for".to_owned()))
    }
}

impl HttpClient for World {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(request.uri().to_string()))
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        self.now_s * 1000
    }

    async fn sleep(&self, _: Duration) {}
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl Log for World {
    fn log(&self, _: serde_json::Value) {}
}

impl crate::ports::Host for World {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
