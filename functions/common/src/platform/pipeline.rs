//! What lies between a plugin and the network: limits, breaker, cache, request log, and one renewal of a
//! token at a time. [`super::drive_through`] asks these ports; the memory behind them is a store's own and
//! shared by all workers.
//!
//! An operation sends one request at a time, so that a store's concurrency is that of its lanes. A limit that
//! the vendor shares between all stores of an app or account is kept for each store alone.

mod alone;
mod observation;

pub use alone::Alone;
pub use observation::{Kept, Observation, Renewed, Spent, Told};

use super::{Exchange, Operation, Platform, PlatformError};
use crate::Result;
use crate::ports::{Clock, HttpClient, HttpResponse, Log};
use crate::secret::Secret;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// Everything that an operation needs on its way to the channel.
pub trait Pipeline: HttpClient + Clock + Log + Traffic + Renewal {}
impl<T: HttpClient + Clock + Log + Traffic + Renewal> Pipeline for T {}

/// The memory of a store's requests.
#[allow(
    async_fn_in_trait,
    reason = "single-threaded guests: no caller needs the futures to be Send"
)]
pub trait Traffic {
    /// Whether and when a request may be sent. What it lets go is charged to the limits.
    ///
    /// # Errors
    /// When the memory gives no answer: then nothing is to be sent.
    async fn admit(&self, ask: &Ask<'_>) -> Result<Admission>;

    /// The last look before a request is begun.
    ///
    /// # Errors
    /// Why nothing more may be sent for this operation.
    async fn clear(&self) -> Result<(), PlatformError>;

    /// Notes what became of a request. Answers the kept answer when the channel said that it is still right.
    ///
    /// # Errors
    /// When the memory gives no answer; the request was sent all the same.
    async fn observe(&self, seen: &Observation<'_>) -> Result<Option<HttpResponse>>;

    /// A number from 0 to 1, so that not all who failed together try again together.
    fn chance(&self) -> f64;
}

/// The right to renew a store's token: one at a time, over all workers.
#[allow(
    async_fn_in_trait,
    reason = "single-threaded guests: no caller needs the futures to be Send"
)]
pub trait Renewal {
    /// Asks for the right to renew the credentials that the operation has been using.
    ///
    /// # Errors
    /// When the memory gives no answer or the credentials can't be opened.
    async fn begin(&self) -> Result<Turn, PlatformError>;

    /// Ends the renewal; `fresh` are the new credentials with the lifetime of their access token, `None` that
    /// there are none.
    async fn finish(&self, fresh: Option<(&Secret<Value>, Option<Duration>)>) -> Stored;
}

/// Whose turn it is to renew a token.
#[derive(Debug)]
pub enum Turn {
    /// Ours; with the credentials to begin from, `None` for those that the operation has.
    Ours(Option<Secret<Value>>),
    /// Somebody has renewed it: go on with these.
    Newer(Secret<Value>),
    /// Somebody is at it, for so long at most.
    Wait(Duration),
}

/// Whether renewed credentials are where they belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nobody needs to store them again.
    Yes,
    /// They go back to the caller with the operation's end.
    No,
}

/// What the memory may know of a request: never its query, headers or body.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// The operation's name.
    pub operation: &'static str,
    /// GET, POST, …
    pub method: String,
    /// Without the port.
    pub host: String,
    /// Without the query.
    pub path: String,
}

impl Subject {
    /// Of the request of `exchange`.
    pub fn new(operation: &Operation, exchange: &Exchange) -> Self {
        let (request, uri) = (&exchange.request, exchange.request.uri());
        Self {
            operation: operation.kind().name(),
            method: request.method().as_str().to_owned(),
            host: uri.host().unwrap_or_default().to_owned(),
            path: uri.path().to_owned(),
        }
    }
}

/// A limit that a request draws from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Draw {
    /// The limit's name in the [`super::Descriptor`].
    pub name: &'static str,
    /// Units restored every second, as published.
    pub per_second: f64,
    /// Units that may be used at once, as published.
    pub burst: u32,
    /// What the request costs.
    pub units: u32,
    /// Whether it is a limit for some requests only.
    #[serde(skip)]
    pub of_class: bool,
}

impl Draw {
    /// The limits that `exchange` draws from: those of its class and those of all requests.
    pub fn all(platform: &dyn Platform, exchange: &Exchange) -> Vec<Self> {
        let limits = platform.descriptor().constraints.rate_limits.iter();
        limits
            .filter(|limit| {
                limit.class == "*" || (limit.class == exchange.class && !limit.class.is_empty())
            })
            .map(|limit| Self {
                name: limit.name,
                per_second: limit.per_second,
                burst: limit.burst,
                units: exchange.units,
                of_class: limit.class != "*",
            })
            .collect()
    }
}

/// A request that wants to be sent.
#[derive(Debug, Serialize)]
pub struct Ask<'a> {
    /// Which.
    #[serde(flatten)]
    pub subject: &'a Subject,
    /// What it draws from.
    pub limits: &'a [Draw],
    /// Under which its answer may have been kept.
    pub cache_key: Option<&'a str>,
    /// It is of no use after a longer wait, in milliseconds.
    pub most_wait_ms: u64,
}

/// The memory's answer to an [`Ask`].
#[derive(Debug)]
pub enum Admission {
    /// After this wait.
    Go(Go),
    /// No need to: this answer is still good.
    Kept(HttpResponse),
    /// Not within the wait that was asked for.
    Later {
        /// When to ask again.
        after: Duration,
        /// Why.
        reason: String,
    },
}

/// A request that may be sent.
#[derive(Clone, Debug, Default)]
pub struct Go {
    /// How long to wait before.
    pub wait: Duration,
    /// Of a kept answer that has become old: ask whether it is still right.
    pub etag: Option<String>,
    /// Given back with the [`Observation`]: units given out so far, by limit.
    pub charge: Value,
}
