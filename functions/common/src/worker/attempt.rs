//! One attempt of one job: from the claimed row to a report.

use super::channel::Channel;
use super::lease::Lease;
use super::queue::{Effect, Ending, Job, Report, StoreRow, Worker, millis};
use super::vault::{Vault, VaultError};
use crate::jobs;
use crate::platform::{
    DriveError, Limits, Operation, Outcome, Platform, PlatformError, Store, drive_through,
};
use crate::ports::Host;
use crate::secret::Secret;
use serde_json::{Value, json};
use std::time::Duration;

/// Longer reasons are cut: a channel may answer with a page.
const LONGEST_ERROR: usize = 2000;
/// The longest wait of a no-op job, in milliseconds.
const LONGEST_NOOP_MS: u64 = 60_000;
const NOOP_SLICE_MS: u64 = 250;

/// How an attempt ended, before it has its job's name on it.
struct End {
    ending: Ending,
    result: Option<Value>,
    error: Option<String>,
    retry_after: Option<Duration>,
    effect: Effect,
}

impl End {
    fn completed(result: Option<Value>, effect: Effect) -> Self {
        Self {
            ending: Ending::Completed,
            result,
            error: None,
            retry_after: None,
            effect,
        }
    }

    fn without_success(ending: Ending, error: impl Into<String>) -> Self {
        Self {
            ending,
            result: None,
            error: Some(error.into()),
            retry_after: None,
            effect: Effect::default(),
        }
    }

    fn failed(error: impl Into<String>) -> Self {
        Self::without_success(Ending::Failed, error)
    }

    fn retry(error: impl Into<String>) -> Self {
        Self::without_success(Ending::Retry, error)
    }
}

/// What attempts share within a tick.
pub(super) struct Bench<'a, H> {
    pub host: &'a H,
    pub worker: &'a Worker,
    pub platforms: &'a [&'a dyn Platform],
}

impl<H: Host> Bench<'_, H> {
    /// Runs `job`; never fails, but reports.
    pub async fn attempt(&self, job: Job, lease: &Lease) -> Report {
        let begun_at_ms = self.host.now_ms();
        let mut end = self.run(&job, lease).await;
        if lease.is_put_back() && end.ending != Ending::Completed {
            end = End::without_success(Ending::Snooze, "the worker's time was over");
        }
        if let Some(error) = &mut end.error {
            cut(error);
        }
        let duration_ms = self.host.now_ms().saturating_sub(begun_at_ms);
        let log = json!({"event": "job", "job.id": job.id, "job.type": job.kind, "workspace.id": job.workspace_id,
            "attempt": job.attempts, "outcome": end.ending, "error": end.error, "duration_ms": duration_ms});
        Report {
            id: job.id,
            lease_seq: job.lease_seq,
            ending: end.ending,
            result: end.result,
            error: end.error,
            retry_after_ms: end.retry_after.map(millis),
            effect: end.effect,
            log,
        }
    }

    async fn run(&self, job: &Job, lease: &Lease) -> End {
        if let Some(obstacle) = &job.obstacle {
            return End::failed(obstacle.clone());
        }
        if job.kind == jobs::NOOP {
            return self.noop(job, lease).await;
        }
        match &job.store {
            Some(row) => self.on_channel(job, row, lease).await,
            None if jobs::APPROVED.contains(&job.kind.as_str())
                || jobs::DIRECT.contains(&job.kind.as_str()) =>
            {
                End::failed("The job names no store. Make a new one with `store_id`.")
            }
            None => End::failed(format!(
                "There is no job type `{}`. Known are {} and {}.",
                job.kind,
                jobs::DIRECT.join(", "),
                jobs::APPROVED.join(", ")
            )),
        }
    }

    /// Waits in slices, so that a worker whose time is over need not wait for it.
    async fn noop(&self, job: &Job, lease: &Lease) -> End {
        let asked = job.payload.pointer("/payload/duration_ms");
        let mut left_ms = asked.and_then(Value::as_u64).unwrap_or(0);
        left_ms = left_ms.min(LONGEST_NOOP_MS);
        while left_ms > 0 {
            if lease.is_put_back() {
                return End::retry("the worker's time was over");
            }
            let slice_ms = left_ms.min(NOOP_SLICE_MS);
            self.host.sleep(Duration::from_millis(slice_ms)).await;
            left_ms -= slice_ms;
        }
        End::completed(None, Effect::default())
    }

    async fn on_channel(&self, job: &Job, row: &StoreRow, lease: &Lease) -> End {
        if row.status != "active" && job.kind != jobs::AUTHENTICATE {
            return End::failed(format!(
                "The store is not connected ({}). Repair it with PATCH /stores/{}, then try the job again.",
                row.status, row.id
            ));
        }
        let slug = row.platform.as_str();
        let found = self.platforms.iter().find(|p| p.descriptor().slug == slug);
        let Some(platform) = found else {
            return End::failed(format!("There is no plugin for the platform `{slug}`."));
        };
        let operation = match Operation::from_job(&job.kind, &job.payload, &job.id) {
            Ok(operation) => operation,
            Err(error) => return End::failed(error.to_string()),
        };
        let store = match self.open(job, row) {
            Ok(store) => store,
            Err(end) => return *end,
        };
        let limits = self.limits();
        let channel = Channel::new(self.host, self.worker, lease, job, row, &limits);
        match drive_through(&channel, *platform, &operation, &store, &limits).await {
            Ok(outcome) => self.completed(job, row, outcome),
            Err(error) => self.refused(job, row, error),
        }
    }

    /// An attempt ends while the lease that it began with would still stand without a renewal.
    fn limits(&self) -> Limits {
        let budget = self.worker.lease.mul_f64(0.8);
        let limits = Limits::default();
        Limits {
            budget,
            request_timeout: limits.request_timeout.min(budget),
            ..limits
        }
    }

    fn vault<'a>(&'a self, job: &'a Job, row: &'a StoreRow) -> Vault<'a, H> {
        Vault {
            host: self.host,
            workspace: &job.workspace_id,
            store: &row.id,
        }
    }

    fn open(&self, job: &Job, row: &StoreRow) -> Result<Store, Box<End>> {
        let opened = self.vault(job, row).open(&row.credentials);
        let credentials = opened.map_err(|error| match error {
            VaultError::Key(reason) => End::retry(reason),
            VaultError::Credentials(reason) => End::failed(reason),
        })?;
        Ok(Store {
            credentials,
            ..Store::new(row.config.clone(), Value::Null)
        })
    }

    fn seal(&self, job: &Job, row: &StoreRow, fresh: Option<Secret<Value>>) -> Option<String> {
        self.vault(job, row).seal(&fresh?).ok()
    }

    fn completed(&self, job: &Job, row: &StoreRow, outcome: Outcome) -> End {
        if job.kind == jobs::PUBLISH_LISTING && outcome.external_id.is_none() {
            return End::failed("The channel's answer does not name the product that it made.");
        }
        let result = if job.kind == jobs::LIST_PRODUCTS {
            json!({"products": outcome.products, "next_cursor": outcome.next_cursor})
        } else {
            outcome.result
        };
        let effect = Effect {
            external_id: outcome.external_id,
            platform_data: outcome.platform_data,
            credentials: self.seal(job, row, outcome.credentials),
            store_error: None,
        };
        End::completed(Some(result), effect)
    }

    fn refused(&self, job: &Job, row: &StoreRow, error: DriveError) -> End {
        let mut end = End::failed(error.cause.to_string());
        end.effect.credentials = self.seal(job, row, error.credentials);
        match error.cause {
            PlatformError::RetryAfter { after, .. } => {
                // Held back by the store's limits before anything was sent: not an attempt.
                let is_held_back = error.requests == 0 && after.is_some();
                end.ending = if is_held_back {
                    Ending::Snooze
                } else {
                    Ending::Retry
                };
                end.retry_after = after;
            }
            PlatformError::AuthenticateAgain { reason } => {
                end.effect.store_error = Some(reason);
            }
            PlatformError::Rejected { .. } | PlatformError::Protocol { .. } => {}
        }
        end
    }
}

fn cut(text: &mut String) {
    if text.len() > LONGEST_ERROR {
        let end = (0..=LONGEST_ERROR)
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
}
