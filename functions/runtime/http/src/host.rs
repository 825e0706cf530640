//! The ports over Spin and WASI 0.3.

use crate::client;
use crate::database::Database;
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::{KEYS, Settings};
use serde_json::{Value, json};
use spin_sdk::variables;
use spin_sdk::wasip3::clocks::system_clock;
use spin_sdk::wasip3::random::random;
use std::cell::OnceCell;
use std::io::Write as _;
use std::time::Duration;

/// What an instance shares among its requests: settings and the database connection.
#[derive(Default)]
pub struct SpinHost {
    settings: OnceCell<Settings>,
    nothing_set: Settings,
    database: Database,
}

thread_local! {
    // Leaked once an instance: requests borrow it across awaits, and it lives as long as the memory.
    static HOST: &'static SpinHost = Box::leak(Box::default());
}

impl SpinHost {
    /// The instance's host, its settings read.
    pub(crate) async fn of_this_instance() -> &'static Self {
        let host = HOST.with(|host| *host);
        if host.settings.get().is_none() {
            host.read_settings().await;
        }
        host
    }

    /// Reads all variables. Those that the manifest does not pass are left out; when the provider of
    /// variables does not answer, the next request asks again.
    async fn read_settings(&self) {
        let mut values = Vec::new();
        for key in KEYS {
            match variables::get(key).await {
                Ok(value) => values.push((key, value)),
                Err(variables::Error::Undefined(_)) => {}
                Err(error) => {
                    return self.log(json!({
                        "event": "settings.unreadable",
                        "settings.key": key,
                        "error.source": error.to_string(),
                    }));
                }
            }
        }
        // Another request may have been faster; its values are the same.
        let _ = self.settings.set(Settings::new(values));
    }
}

impl Db for SpinHost {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        let address = self
            .settings()
            .text("database_url")
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        self.database.text(address, statement, params, repeat).await
    }
}

impl HttpClient for SpinHost {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        client::send(request, timeout).await
    }
}

impl Clock for SpinHost {
    fn now_ms(&self) -> i64 {
        let now = system_clock::now();
        now.seconds
            .saturating_mul(1000)
            .saturating_add(i64::from(now.nanoseconds / 1_000_000))
    }

    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }
}

impl Random for SpinHost {
    fn fill(&self, buffer: &mut [u8]) {
        let mut filled = 0;
        // The generator may give fewer bytes than asked for.
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let bytes = random::get_random_bytes(rest.len() as u64);
            for (place, byte) in rest.iter_mut().zip(&bytes) {
                *place = *byte;
            }
            filled += bytes.len();
        }
    }
}

impl Log for SpinHost {
    fn log(&self, fields: Value) {
        // One write a line: standard error has no buffer. A line that can't be written is no reason to trap.
        let _ = std::io::stderr().write_all(format!("{fields}\n").as_bytes());
    }
}

impl Host for SpinHost {
    fn settings(&self) -> &Settings {
        self.settings.get().unwrap_or(&self.nothing_set)
    }
}
