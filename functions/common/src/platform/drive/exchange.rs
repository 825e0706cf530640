//! One exchange: from the cache, or sent, and sent again at once where that is safe.

use super::call::{Answer, Call, Sent, millis};
use super::entry;
use super::run::Run;
use super::verdict::{accept, is_worth_another_try};
use crate::platform::pipeline::{Admission, Ask, Go, Observation, Pipeline};
use crate::platform::{Exchange, Operation, PlatformError, State};
use crate::ports::HttpResponse;
use serde_json::json;
use std::time::Duration;

/// The first try and two more.
const MOST_TRIES: u32 = 3;
/// Before the second try, on average; twice that before the third.
const PAUSE: Duration = Duration::from_millis(200);

impl<P: Pipeline> Run<'_, P> {
    pub async fn exchange(
        &mut self,
        operation: &Operation,
        exchange: Exchange,
    ) -> Result<(State, HttpResponse), PlatformError> {
        self.pause(exchange.delay).await?;
        let call = Call::new(self.platform, operation, exchange);
        let mut paused = Duration::ZERO;
        for attempt in 1.. {
            let go = match self.admit(&call).await? {
                Admission::Go(go) => go,
                Admission::Kept(response) => return Ok((call.state, response)),
                Admission::Later { after, reason } => {
                    let after = Some(after);
                    return Err(PlatformError::RetryAfter { after, reason });
                }
            };
            self.pause(go.wait).await?;
            let wait = paused.saturating_add(go.wait);
            let (answer, kept) = self.send(&call, &go, attempt, wait).await?;
            let now_ms = self.pipeline.now_ms();
            paused = self.backoff(attempt);
            let again = attempt < MOST_TRIES && is_worth_another_try(&answer, call.is_repeatable);
            if again && self.pause(paused).await.is_ok() {
                continue;
            }
            let response = match kept {
                Some(kept) => kept,
                None => accept(self.platform, answer, now_ms)?,
            };
            return Ok((call.state, response));
        }
        Err(PlatformError::protocol("the exchange was tried too often"))
    }

    async fn admit(&self, call: &Call) -> Result<Admission, PlatformError> {
        // After the wait there has to be time for a whole request, or for half of what is left.
        let left = self.remaining(Duration::ZERO)?;
        let most_wait = left.saturating_sub(self.limits.request_timeout.min(left / 2));
        let ask = Ask {
            subject: &call.subject,
            limits: &call.limits,
            cache_key: call.cache_key.as_deref(),
            most_wait_ms: millis(most_wait),
        };
        let admission = self.pipeline.admit(&ask).await;
        admission.map_err(|error| PlatformError::RetryAfter {
            after: None,
            reason: format!("no request was sent: {}", error.message),
        })
    }

    /// One try. What is told of it may get lost, its answer may not: the channel has done what it has done.
    async fn send(
        &mut self,
        call: &Call,
        go: &Go,
        attempt: u32,
        wait: Duration,
    ) -> Result<(Answer, Option<HttpResponse>), PlatformError> {
        self.pipeline.clear().await?;
        let timeout = self.remaining(Duration::ZERO)?;
        let timeout = timeout.min(self.limits.request_timeout);
        self.requests += 1;
        let begun_at_ms = self.pipeline.now_ms();
        let request = call.request(go.etag.as_deref());
        let answer = self.pipeline.send(request, timeout).await;
        let ended_at_ms = self.pipeline.now_ms();
        let sent = Sent {
            attempt,
            wait,
            ended_at_ms,
            duration_ms: ended_at_ms.saturating_sub(begun_at_ms),
        };
        let kept = {
            let seen = call.observation(self.platform, &answer, go, &sent);
            self.pipeline.log(entry::line(self.platform, &seen));
            self.observe(&seen).await?
        };
        Ok((answer, kept))
    }

    async fn observe(&self, seen: &Observation<'_>) -> Result<Option<HttpResponse>, PlatformError> {
        let told = self.pipeline.observe(seen).await;
        let kept = told.unwrap_or_else(|error| {
            let source = error.source.unwrap_or(error.message);
            self.pipeline
                .log(json!({"event": "platform.request.unrecorded", "error": source}));
            None
        });
        if kept.is_none() && seen.renewed.is_some() {
            return Err(PlatformError::RetryAfter {
                after: None,
                reason: "the kept answer that is still right is gone".to_owned(),
            });
        }
        Ok(kept)
    }

    /// Doubles with each try; half of it is certain, the other half is chance.
    fn backoff(&self, attempt: u32) -> Duration {
        let doubled = PAUSE.saturating_mul(1 << attempt.min(8).saturating_sub(1));
        doubled.mul_f64(0.5 + self.pipeline.chance().clamp(0.0, 1.0))
    }
}
