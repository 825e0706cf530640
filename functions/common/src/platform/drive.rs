//! Runs an operation: sends what the plugin asks for until it is done, within limits that hold for
//! every channel.

mod entry;
mod list;
#[cfg(test)]
mod tests;

pub use list::list_products;

use super::descriptor::OperationKind;
use super::retry::retry_after;
use super::{Action, Exchange, Operation, Outcome, Platform, PlatformError, State, Step, Store};
use crate::ports::{Clock, HttpClient, HttpError, HttpResponse, Log};
use crate::secret::Secret;
use entry::Entry;
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
    /// How many requests one operation may send, a token refresh included.
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
    pub credentials: Option<Secret<Value>>,
    /// How many requests were sent.
    pub requests: u32,
}

impl std::fmt::Display for DriveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for DriveError {}

/// Does `operation` on `store`.
///
/// # Errors
/// The channel's refusal. A request whose fate is unknown (time-out, cut connection) is
/// [`PlatformError::RetryAfter`]: repeat it with the same idempotency key.
pub async fn drive<H: HttpClient + Clock + Log>(
    host: &H,
    platform: &dyn Platform,
    operation: &Operation,
    store: &Store,
    limits: &Limits,
) -> Result<Outcome, DriveError> {
    let mut run = Run::new(host, platform, limits);
    let mut renewed = None;
    let mut ended = run.operate(operation, store).await;
    if let Err(PlatformError::AuthenticateAgain { .. }) = &ended
        && operation.kind() != OperationKind::Authenticate
        && platform.can_refresh(store)
    {
        ended = match run.renew(operation, store).await {
            Ok(fresh) => {
                let ended = run.operate(operation, &fresh).await;
                renewed = Some(fresh.credentials);
                ended
            }
            Err(cause) => Err(cause),
        };
    }
    match ended {
        Ok(outcome) => Ok(Outcome {
            requests: run.requests,
            credentials: outcome.credentials.or(renewed),
            ..outcome
        }),
        Err(cause) => Err(DriveError {
            cause,
            credentials: renewed,
            requests: run.requests,
        }),
    }
}

struct Run<'a, H> {
    host: &'a H,
    platform: &'a dyn Platform,
    limits: &'a Limits,
    ends_at_ms: i64,
    requests: u32,
}

impl<'a, H: HttpClient + Clock + Log> Run<'a, H> {
    fn new(host: &'a H, platform: &'a dyn Platform, limits: &'a Limits) -> Self {
        let budget_ms = i64::try_from(limits.budget.as_millis()).unwrap_or(i64::MAX);
        Self {
            host,
            platform,
            limits,
            ends_at_ms: host.now_ms().saturating_add(budget_ms),
            requests: 0,
        }
    }

    /// The store with new credentials.
    async fn renew(
        &mut self,
        operation: &Operation,
        store: &Store,
    ) -> Result<Store, PlatformError> {
        let renewal = Operation::new(Action::Authenticate, operation.idempotency_key.clone());
        let outcome = self.operate(&renewal, store).await?;
        let credentials = outcome
            .credentials
            .ok_or_else(|| PlatformError::AuthenticateAgain {
                reason: "the channel gave no new token".to_owned(),
            })?;
        Ok(Store {
            credentials,
            ..store.clone()
        })
    }

    async fn operate(
        &mut self,
        operation: &Operation,
        store: &Store,
    ) -> Result<Outcome, PlatformError> {
        let mut step = self.platform.begin(operation, store)?;
        loop {
            let exchange = match step {
                Step::Done(outcome) => return Ok(*outcome),
                Step::Send(exchange) => *exchange,
            };
            let (state, response) = self.exchange(operation, exchange).await?;
            step = self.platform.resume(operation, store, state, &response)?;
        }
    }

    async fn exchange(
        &mut self,
        operation: &Operation,
        exchange: Exchange,
    ) -> Result<(State, HttpResponse), PlatformError> {
        if self.requests >= self.limits.max_requests {
            return Err(PlatformError::protocol(format!(
                "the operation was not complete after {} requests",
                self.requests
            )));
        }
        if !exchange.delay.is_zero() {
            self.remaining(exchange.delay)?;
            self.host.sleep(exchange.delay).await;
        }
        let timeout = self
            .remaining(Duration::ZERO)?
            .min(self.limits.request_timeout);
        self.requests += 1;
        let entry = Entry::new(self.platform, operation, &exchange);
        let begun_at_ms = self.host.now_ms();
        let answer = self.host.send(exchange.request, timeout).await;
        let duration_ms = self.host.now_ms().saturating_sub(begun_at_ms);
        self.host.log(entry.line(&answer, duration_ms));
        let response = answer.map_err(from_transport)?;
        self.accept(response)
            .map(|response| (exchange.state, response))
    }

    /// What is left of the budget after `delay`.
    fn remaining(&self, delay: Duration) -> Result<Duration, PlatformError> {
        let left = self.ends_at_ms.saturating_sub(self.host.now_ms());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
            .checked_sub(delay)
            .filter(|left| !left.is_zero())
            .ok_or_else(|| PlatformError::RetryAfter {
                after: None,
                reason: "the time for this attempt is used up".to_owned(),
            })
    }

    /// Lets through what carries the channel's own content.
    fn accept(&self, response: HttpResponse) -> Result<HttpResponse, PlatformError> {
        let status = response.status();
        let named = retry_after(response.headers(), self.host.now_ms());
        if status == http::StatusCode::TOO_MANY_REQUESTS {
            return Err(PlatformError::RetryAfter {
                after: named.or_else(|| self.platform.throttle_wait(&response)),
                reason: "its rate limit is used up (HTTP 429)".to_owned(),
            });
        }
        if status.is_server_error() || status == http::StatusCode::REQUEST_TIMEOUT {
            return Err(PlatformError::RetryAfter {
                after: named,
                reason: format!("HTTP {}", status.as_u16()),
            });
        }
        if !status.is_success() && !status.is_client_error() {
            return Err(PlatformError::protocol(format!(
                "HTTP {}: redirects are not followed; check the store's address",
                status.as_u16()
            )));
        }
        Ok(response)
    }
}

/// A request that may have had its effect is repeated too: with the same key it has it once.
fn from_transport(error: HttpError) -> PlatformError {
    let reason = match error {
        HttpError::Denied(reason) => {
            return PlatformError::rejected_field("config.base_url", reason);
        }
        HttpError::Connect(reason) => format!("no connection: {reason}"),
        HttpError::Timeout => "no complete answer in time".to_owned(),
        HttpError::Broken(reason) => format!("the answer was cut or unreadable: {reason}"),
    };
    PlatformError::RetryAfter {
        after: None,
        reason,
    }
}
