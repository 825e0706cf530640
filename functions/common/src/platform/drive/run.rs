//! One operation under way: its steps and what it has used up.

use super::Limits;
use crate::platform::pipeline::Pipeline;
use crate::platform::redaction::Redaction;
use crate::platform::{Operation, Outcome, Platform, PlatformError, Step, Store};
use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

pub struct Run<'a, P> {
    pub pipeline: &'a P,
    pub platform: &'a dyn Platform,
    pub limits: &'a Limits,
    ends_at_ms: i64,
    exchanges: u32,
    /// How many requests were sent.
    pub requests: u32,
    /// New credentials that nobody has stored.
    pub renewed: Option<Secret<Value>>,
}

impl<'a, P: Pipeline> Run<'a, P> {
    pub fn new(pipeline: &'a P, platform: &'a dyn Platform, limits: &'a Limits) -> Self {
        let budget_ms = i64::try_from(limits.budget.as_millis()).unwrap_or(i64::MAX);
        Self {
            pipeline,
            platform,
            limits,
            ends_at_ms: pipeline.now_ms().saturating_add(budget_ms),
            exchanges: 0,
            requests: 0,
            renewed: None,
        }
    }

    /// Sends what the plugin asks for until it is done. What the channel says comes back without the store's secrets.
    pub async fn operate(
        &mut self,
        operation: &Operation,
        store: &Store,
    ) -> Result<Outcome, PlatformError> {
        let ended = self.steps(operation, store).await;
        Redaction::of(self.platform, store).of_end(ended)
    }

    async fn steps(
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
            self.count()?;
            let (state, response) = self.exchange(operation, exchange).await?;
            step = self.platform.resume(operation, store, state, &response)?;
        }
    }

    /// A plugin that never comes to an end is stopped, whether its answers come from the channel or the cache.
    fn count(&mut self) -> Result<(), PlatformError> {
        if self.exchanges >= self.limits.max_requests {
            return Err(PlatformError::protocol(format!(
                "the operation was not complete after {} requests",
                self.exchanges
            )));
        }
        self.exchanges += 1;
        Ok(())
    }

    /// Waits for `time`, if there is time for something after it.
    pub async fn pause(&self, time: Duration) -> Result<(), PlatformError> {
        self.remaining(time)?;
        if !time.is_zero() {
            self.pipeline.sleep(time).await;
        }
        Ok(())
    }

    /// What is left of the budget after `delay`.
    pub fn remaining(&self, delay: Duration) -> Result<Duration, PlatformError> {
        let left = self.ends_at_ms.saturating_sub(self.pipeline.now_ms());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
            .checked_sub(delay)
            .filter(|left| !left.is_zero())
            .ok_or_else(|| PlatformError::RetryAfter {
                after: None,
                reason: "the time for this attempt is used up".to_owned(),
            })
    }
}
