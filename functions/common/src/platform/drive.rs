//! Runs an operation: sends what the plugin asks for until it is done, through the pipeline that is the
//! same for every channel.
//!
//! An exchange asks the cache, the breaker and the limits, waits, sends, and tells what came back. It is tried
//! again at once only where that is safe: the request never left, or the plugin says that sending it twice does
//! what sending it once does. Everything else goes back to the job, which tries again under the same key.

mod call;
mod entry;
mod exchange;
mod list;
mod renew;
mod run;
#[cfg(test)]
mod tests;
mod verdict;

pub use list::list_products;

use super::pipeline::{Alone, Pipeline};
use super::{Action, Operation, Outcome, Platform, PlatformError, Store};
use crate::ports::{Clock, HttpClient, Log};
use crate::secret::Secret;
use run::Run;
use serde_json::Value;
use std::time::Duration;

/// What one operation may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the whole operation, waits included. Give less than what is left of the job's lease: no
    /// request is begun after it.
    pub budget: Duration,
    /// For one request and its answer.
    pub request_timeout: Duration,
    /// How many exchanges one operation may have, a token refresh included.
    pub max_requests: u32,
    /// How many pages [`list_products`] reads.
    pub max_pages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            budget: Duration::from_secs(25),
            request_timeout: Duration::from_secs(10),
            max_requests: 30,
            max_pages: 40,
        }
    }
}

/// Why an operation did not complete.
#[derive(Clone, Debug)]
pub struct DriveError {
    /// The channel's no, or a broken connection told as one.
    pub cause: PlatformError,
    /// A token may have been renewed before the failure: store it all the same, the old one may be dead.
    /// `None` too where [`super::Renewal`] has stored it.
    pub credentials: Option<Secret<Value>>,
    /// How many requests were sent. None, and a time to wait: nothing has been tried yet.
    pub requests: u32,
}

impl std::fmt::Display for DriveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for DriveError {}

/// Does `operation` on `store` through `host` alone: without limits, cache and request log, for tests and for
/// who has no store yet. New credentials come back with the outcome.
///
/// # Errors
/// As [`drive_through`].
pub async fn drive<H: HttpClient + Clock + Log>(
    host: &H,
    platform: &dyn Platform,
    operation: &Operation,
    store: &Store,
    limits: &Limits,
) -> Result<Outcome, DriveError> {
    drive_through(&Alone(host), platform, operation, store, limits).await
}

/// Does `operation` on `store` through `pipeline`. A token that the channel no longer takes is renewed once;
/// new credentials that the pipeline has stored are not part of the outcome.
///
/// # Errors
/// The channel's refusal. A request whose fate is unknown (time-out, cut connection) is
/// [`PlatformError::RetryAfter`]: repeat it with the same idempotency key.
pub async fn drive_through<P: Pipeline>(
    pipeline: &P,
    platform: &dyn Platform,
    operation: &Operation,
    store: &Store,
    limits: &Limits,
) -> Result<Outcome, DriveError> {
    let mut run = Run::new(pipeline, platform, limits);
    let is_renewal = operation.action == Action::Authenticate && platform.can_refresh(store);
    let ended = if is_renewal {
        run.authenticate(operation, store).await
    } else {
        run.with_valid_token(operation, store).await
    };
    match ended {
        Ok(outcome) => Ok(Outcome {
            requests: run.requests,
            credentials: outcome.credentials.or(run.renewed),
            ..outcome
        }),
        Err(cause) => Err(DriveError {
            cause,
            credentials: run.renewed,
            requests: run.requests,
        }),
    }
}
