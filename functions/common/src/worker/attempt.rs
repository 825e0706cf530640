//! One attempt of one job: from the claimed row to a report.

use super::channel::Channel;
use super::effect::Effect;
use super::end::End;
use super::lease::Lease;
use super::queue::{Ending, Job, Report, StoreRow, Worker, millis};
use super::vault::{Vault, VaultError};
use crate::jobs;
use crate::platform::{
    Action, DriveError, Limits, Operation, Outcome, Platform, Store, Subscriptions, drive_through,
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

/// A job at its channel.
pub(super) struct Desk<'a> {
    pub job: &'a Job,
    pub row: &'a StoreRow,
    pub platform: &'a dyn Platform,
    pub store: Store,
    pub lease: &'a Lease,
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
            None if job.kind == jobs::PROCESS_WEBHOOK => match job.event {
                // a product management system's: the database applies it with the report
                Some(_) => End::completed(None, Effect::default()),
                None => End::failed("The notification is gone."),
            },
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
            return End::waits(format!(
                "The store is not connected ({}). Repair it with PATCH /stores/{}; the job goes on then.",
                row.status, row.id
            ));
        }
        let slug = row.platform.as_str();
        let found = self.platforms.iter().find(|p| p.descriptor().slug == slug);
        let Some(platform) = found else {
            return End::failed(format!("There is no plugin for the platform `{slug}`."));
        };
        let store = match self.open(job, row) {
            Ok(store) => store,
            Err(end) => return *end,
        };
        let desk = Desk {
            job,
            row,
            platform: *platform,
            store,
            lease,
        };
        if job.kind == jobs::PROCESS_WEBHOOK {
            return self.notification(&desk).await;
        }
        let action = match self.action(&desk) {
            Ok(action) => action,
            Err(end) => return *end,
        };
        match self.operate(&desk, action.clone()).await {
            Ok(outcome) => self.completed(&desk, &action, outcome).await,
            Err(error) => self.refused(&desk, error),
        }
    }

    fn action(&self, desk: &Desk<'_>) -> Result<Action, Box<End>> {
        let (job, row) = (desk.job, desk.row);
        if job.kind == jobs::SUBSCRIBE_WEBHOOKS {
            let url = self.host.settings().text("public_url");
            let url = url.map_err(|error| End::retry(error.to_string()))?;
            let url = url.trim_end_matches('/');
            let address = format!("{url}/webhooks/{}/{}", row.platform, row.id);
            return Ok(Action::SubscribeWebhooks(Box::new(Subscriptions {
                address,
            })));
        }
        let operation = Operation::from_job(&job.kind, &job.payload, &job.id);
        Ok(operation
            .map_err(|error| End::failed(error.to_string()))?
            .action)
    }

    /// Does `action` at the channel, under the name of the job.
    pub(super) async fn operate(
        &self,
        desk: &Desk<'_>,
        action: Action,
    ) -> Result<Outcome, DriveError> {
        let operation =
            Operation::new(action, desk.job.id.as_str()).asked_at(desk.job.asked_at.clone());
        let limits = self.limits();
        let channel = Channel::new(
            self.host,
            self.worker,
            desk.lease,
            desk.job,
            desk.row,
            &limits,
        );
        drive_through(&channel, desk.platform, &operation, &desk.store, &limits).await
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

    /// New credentials, as they are stored.
    pub(super) fn seal(&self, desk: &Desk<'_>, fresh: Option<Secret<Value>>) -> Option<String> {
        self.vault(desk.job, desk.row).seal(&fresh?).ok()
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
