//! Everything the domain takes from outside: a database, other people's HTTP servers, time, chance,
//! settings and a place to write log lines. Each world (Spin's HTTP trigger, its cron trigger, a
//! native test) implements these once; the domain never knows which one it runs in.
#![allow(
    async_fn_in_trait,
    reason = "single-threaded guests: no caller needs the futures to be Send"
)]

use crate::settings::Settings;
use std::time::Duration;

/// A value bound to a statement's parameter. Only two types cross the border: everything structured
/// is `jsonb` (Spin cannot read `timestamptz`, `uuid[]`, `inet`; one JSON argument avoids them all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// Bound as `jsonb`: the text of one JSON value.
    Json(String),
    /// Bound as `text`.
    Text(String),
}

/// Whether a statement may be sent a second time when the connection broke under the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Reads, and writes that are idempotent by their own guard.
    Safe,
    /// The first attempt may have been committed: the caller is told instead.
    Unsafe,
}

/// Why a statement gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbError {
    /// No connection, or it broke: the statement may or may not have been committed.
    Unavailable(String),
    /// Postgres refused the statement.
    Refused {
        /// Five-character code, empty where the world does not report it (synchronous `query`).
        sqlstate: String,
        /// Postgres's primary message.
        message: String,
        /// Name of the violated constraint, where there is one.
        constraint: Option<String>,
    },
    /// The answer had another shape than one row with one text column.
    Shape(String),
}

/// The database: one statement in, one text value out.
pub trait Db {
    /// Runs `statement` (a constant of this crate) and returns the first column of its only row;
    /// SQL null and no row are the empty string.
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError>;
}

/// Why an outbound request gave no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The address is not one that this component may reach, or is malformed.
    Denied(String),
    /// The connection was never made: the request certainly had no effect.
    Connect(String),
    /// No complete answer in time: the request may have had its effect.
    Timeout,
    /// The answer was cut, larger than allowed, or not HTTP: the request may have had its effect.
    Broken(String),
}

/// An outbound request with its complete body.
pub type HttpRequest = http::Request<Vec<u8>>;
/// An inbound answer with its complete body.
pub type HttpResponse = http::Response<Vec<u8>>;

/// The largest response body read from a platform, in bytes.
pub const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;

/// Other people's HTTP servers.
pub trait HttpClient {
    /// Sends one request (with `Content-Length`) and reads the whole answer, `timeout` for all of it.
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError>;
}

/// Time.
pub trait Clock {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
    /// Lets other work of this instance go on for `duration`.
    async fn sleep(&self, duration: Duration);
}

/// Chance, from the operating system's generator.
pub trait Random {
    /// Fills `buffer` with random bytes fit for keys and nonces.
    fn fill(&self, buffer: &mut [u8]);
}

/// One JSON line at a border of the system. Never a secret, a token or a body.
pub trait Log {
    /// Writes `fields` (an object with dotted names, units in names) as one line.
    fn log(&self, fields: serde_json::Value);
}

/// All that a route or a job may use.
pub trait Host: Db + HttpClient + Clock + Random + Log {
    /// The settings of this component, read once.
    fn settings(&self) -> &Settings;
}
