//! One attempt of one job: from the claimed row to a report.

use super::effect::{Disconnected, Effect};
use super::lease::{Gate, Lease};
use super::queue::{Ending, Job, Report, StoreRow, Worker, millis};
use crate::credentials::{CredentialsError, KeyRing, Place, open, seal};
use crate::jobs;
use crate::platform::{
    Action, DriveError, Level, Limits, Operation, OperationKind, Outcome, Platform, PlatformError,
    Store, Subscriptions, drive,
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
/// After this a job of a store that is not connected is looked at again; its lane is blocked for longer.
const STORE_WAIT: Duration = Duration::from_secs(60);

/// How an attempt ended, before it has its job's name on it.
pub(super) struct End {
    pub ending: Ending,
    pub result: Option<Value>,
    pub error: Option<String>,
    pub retry_after: Option<Duration>,
    pub effect: Effect,
}

impl End {
    pub fn completed(result: Option<Value>, effect: Effect) -> Self {
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

    pub fn failed(error: impl Into<String>) -> Self {
        Self::without_success(Ending::Failed, error)
    }

    pub fn retry(error: impl Into<String>) -> Self {
        Self::without_success(Ending::Retry, error)
    }

    /// Put back until the store is connected again.
    fn waits(error: impl Into<String>) -> Self {
        Self {
            retry_after: Some(STORE_WAIT),
            ..Self::without_success(Ending::Snooze, error)
        }
    }
}

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
            Ok(outcome) => self.completed(desk, action, outcome).await,
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
        let gate = Gate {
            host: self.host,
            worker: self.worker,
            lease: desk.lease,
        };
        drive(
            &gate,
            desk.platform,
            &operation,
            &desk.store,
            &self.limits(),
        )
        .await
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

    fn ring(&self) -> Result<KeyRing, Box<End>> {
        let text = self.host.settings().text("credentials_keys");
        let text = text.map_err(|error| End::retry(error.to_string()))?;
        Ok(KeyRing::parse(text).map_err(|error| End::retry(error.to_string()))?)
    }

    fn open(&self, job: &Job, row: &StoreRow) -> Result<Store, Box<End>> {
        let opened = open(&self.ring()?, &place(job, row), &row.credentials);
        let text = opened.map_err(|error| match error {
            CredentialsError::Ring | CredentialsError::UnknownKey => End::retry(error.to_string()),
            CredentialsError::Form | CredentialsError::NotAuthentic => {
                End::failed(format!("{error}. Set the store's credentials again."))
            }
        })?;
        let credentials = serde_json::from_str(text.expose());
        // The parser's own message could quote the secret.
        let credentials = credentials.map_err(|_| {
            End::failed("The store's credentials are not JSON. Set them again with PATCH /stores.")
        })?;
        Ok(Store::new(row.config.clone(), credentials))
    }

    pub(super) fn seal(
        &self,
        job: &Job,
        row: &StoreRow,
        fresh: Option<Secret<Value>>,
    ) -> Option<String> {
        let plain = Secret::new(fresh?.expose().to_string());
        let ring = self.ring().ok()?;
        seal(&ring, self.host, &place(job, row), &plain).ok()
    }

    async fn completed(&self, desk: Desk<'_>, action: Action, mut outcome: Outcome) -> End {
        if desk.job.kind == jobs::PUBLISH_LISTING && outcome.external_id.is_none() {
            return End::failed("The channel's answer does not name the product that it made.");
        }
        if let Action::ProcessOrder(order) = action
            && outcome.orders.is_empty()
        {
            self.reread(desk, order.external_order_id, &mut outcome)
                .await
        } else {
            let result = result(&desk.job.kind, &mut outcome);
            End::completed(Some(result), self.effect(&desk, outcome))
        }
    }

    /// An order that was just processed, as the channel has it now. One that can't be read at this moment is
    /// not worth doing the whole job again: a notification or the next reading brings it.
    async fn reread(
        &self,
        desk: Desk<'_>,
        external_order_id: String,
        outcome: &mut Outcome,
    ) -> End {
        let mut desk = desk;
        if let Some(credentials) = &outcome.credentials {
            desk.store.credentials = credentials.clone();
        }
        let descriptor = desk.platform.descriptor();
        if descriptor.capability(OperationKind::ReadOrders).level != Level::Unsupported {
            let action = Action::GetOrder { external_order_id };
            match self.operate(&desk, action).await {
                Ok(read) => {
                    outcome.orders = read.orders;
                    outcome.credentials = read.credentials.or(outcome.credentials.take());
                }
                Err(error) => {
                    outcome.credentials = error.credentials.or(outcome.credentials.take());
                }
            }
        }
        let outcome = std::mem::take(outcome);
        let result = outcome.result.clone();
        End::completed(Some(result), self.effect(&desk, outcome))
    }

    /// What any operation brings beside its answer.
    pub(super) fn effect(&self, desk: &Desk<'_>, outcome: Outcome) -> Effect {
        Effect {
            external_id: outcome.external_id,
            platform_data: outcome.platform_data,
            presence: outcome.presence,
            issues: outcome.issues,
            orders: outcome.orders,
            seen: None,
            credentials: self.seal(desk.job, desk.row, outcome.credentials),
            token_lifetime_s: outcome.token_lifetime.map(|lifetime| lifetime.as_secs()),
            config: outcome.config,
            disconnected: None,
        }
    }

    pub(super) fn refused(&self, desk: &Desk<'_>, error: DriveError) -> End {
        let mut end = End::failed(error.cause.to_string());
        match error.cause {
            PlatformError::RetryAfter { after, .. } => {
                end.ending = Ending::Retry;
                end.retry_after = after;
            }
            PlatformError::AuthenticateAgain { reason } => {
                if desk.job.kind != jobs::AUTHENTICATE {
                    end = End::waits(end.error.unwrap_or_default());
                }
                end.effect.disconnected = Some(Disconnected {
                    reason,
                    as_of: None,
                    remaining: None,
                });
            }
            PlatformError::Rejected { .. } | PlatformError::Protocol { .. } => {}
        }
        end.effect.credentials = self.seal(desk.job, desk.row, error.credentials);
        end
    }
}

/// What the job shows of the channel's answer.
fn result(kind: &str, outcome: &mut Outcome) -> Value {
    match kind {
        jobs::LIST_PRODUCTS => {
            json!({"products": outcome.products, "next_cursor": outcome.next_cursor})
        }
        jobs::READ_ORDERS => {
            json!({"orders": outcome.orders.len(), "next_cursor": outcome.next_cursor})
        }
        jobs::PREVIEW_LISTING => json!({"issues": outcome.issues}),
        jobs::CHECK_LISTING => json!({"presence": outcome.presence, "issues": outcome.issues}),
        _ => std::mem::take(&mut outcome.result),
    }
}

fn place<'a>(job: &'a Job, row: &'a StoreRow) -> Place<'a> {
    Place {
        workspace: &job.workspace_id,
        table: "stores",
        row: &row.id,
        column: "credentials",
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
