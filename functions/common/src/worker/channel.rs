//! A store's channel as one job reaches it: the pipeline's ports over the database that all workers share.

use super::lease::Lease;
use super::queue::{Job, StoreRow, Worker, millis};
use super::vault::{Vault, VaultError};
use crate::credentials::record;
use crate::platform::{
    Admission, Ask, Go, Limits, Observation, PlatformError, Renewal, Stored, Traffic, Turn,
};
use crate::ports::{
    Clock, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Repeat,
};
use crate::secret::Secret;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::time::Duration;

/// How often a renewed token is stored before it is left to the job's report.
const STORE_TRIES: u32 = 5;
/// The pause between two of them.
const STORE_AGAIN: Duration = Duration::from_millis(500);
/// A renewal is held for longer than the operation can take by this much.
const MARGIN: Duration = Duration::from_secs(5);

/// Ten years.
const LONGEST_LIFETIME_S: u64 = 10 * 365 * 24 * 3600;

/// The outside as one job sees it.
pub(super) struct Channel<'a, H> {
    host: &'a H,
    worker: &'a Worker,
    lease: &'a Lease,
    job: &'a Job,
    store: &'a StoreRow,
    /// How long a renewal is held: nobody else may begin one while ours could still be under way.
    hold: Duration,
    /// Tells which credentials the operation has: of their sealed text, so that it says nothing of them.
    fingerprint: RefCell<String>,
}

impl<'a, H: Host> Channel<'a, H> {
    pub fn new(
        host: &'a H,
        worker: &'a Worker,
        lease: &'a Lease,
        job: &'a Job,
        store: &'a StoreRow,
        limits: &Limits,
    ) -> Self {
        Self {
            host,
            worker,
            lease,
            job,
            store,
            hold: limits.budget + MARGIN,
            fingerprint: RefCell::new(fingerprint(&store.credentials)),
        }
    }

    /// Calls one of the database's functions with `args` and whom they are about.
    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        statement: &'static str,
        args: &impl Serialize,
        repeat: Repeat,
    ) -> Result<T> {
        let mut args = serde_json::to_value(args).map_err(Error::internal)?;
        if let Some(fields) = args.as_object_mut() {
            fields.insert("workspace".to_owned(), json!(self.job.workspace_id));
            fields.insert("store".to_owned(), json!(self.store.id));
            fields.insert("job".to_owned(), json!(self.job.id));
        }
        let params = vec![Param::Json(args.to_string())];
        let answer = self.host.text(statement, params, repeat).await?;
        serde_json::from_str(&answer).map_err(Error::internal)
    }

    /// Unique over all attempts of all jobs.
    fn holder(&self) -> String {
        format!("{}:{}", self.lease.id, self.lease.seq)
    }

    /// Opens what another job stored.
    fn open(&self, sealed: &str) -> Result<Secret<Value>, PlatformError> {
        let opened = self.vault().open(sealed).map_err(|error| match error {
            VaultError::Key(reason) => not_now(reason),
            VaultError::Credentials(reason) => PlatformError::rejected_field("credentials", reason),
        })?;
        self.fingerprint.replace(fingerprint(sealed));
        Ok(opened)
    }

    fn vault(&self) -> Vault<'_, H> {
        Vault {
            host: self.host,
            workspace: &self.job.workspace_id,
            store: &self.store.id,
        }
    }
}

/// SHA-256 of the record in hexadecimal, as `hub.fingerprint` has it: wrapped under another key it is the same.
fn fingerprint(sealed: &str) -> String {
    let digest = Sha256::digest(record(sealed));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn not_now(reason: impl std::fmt::Display) -> PlatformError {
    PlatformError::RetryAfter {
        after: None,
        reason: reason.to_string(),
    }
}

#[derive(Deserialize)]
struct KeptAnswer {
    status: u16,
    content_type: Option<String>,
    body: String,
}

impl KeptAnswer {
    fn response(self) -> Result<HttpResponse> {
        let mut response = http::Response::builder().status(self.status);
        if let Some(content_type) = self.content_type {
            response = response.header(http::header::CONTENT_TYPE, content_type);
        }
        let response = response.body(self.body.into_bytes());
        response.map_err(Error::internal)
    }
}

#[derive(Deserialize)]
struct Admitted {
    cached: Option<KeptAnswer>,
    shut_ms: Option<u64>,
    reason: Option<String>,
    #[serde(default)]
    refused: bool,
    limit: Option<String>,
    #[serde(default)]
    wait_ms: u64,
    etag: Option<String>,
    #[serde(default)]
    charge: Value,
}

impl Admitted {
    fn admission(self) -> Result<Admission> {
        let wait = Duration::from_millis(self.wait_ms);
        if let Some(kept) = self.cached {
            return Ok(Admission::Kept(kept.response()?));
        }
        if let Some(shut_ms) = self.shut_ms {
            return Ok(Admission::Later {
                after: Duration::from_millis(shut_ms),
                reason: self.reason.unwrap_or_default(),
            });
        }
        if self.refused {
            let limit = self.limit.unwrap_or_default();
            return Ok(Admission::Later {
                after: wait,
                reason: format!("its rate limit `{limit}` is used up"),
            });
        }
        Ok(Admission::Go(Go {
            wait,
            etag: self.etag,
            charge: self.charge,
        }))
    }
}

impl<H: Host> Traffic for Channel<'_, H> {
    /// Asked twice, it is charged twice: stricter than need be, never laxer.
    async fn admit(&self, ask: &Ask<'_>) -> Result<Admission> {
        let statement = include_str!("admit.sql");
        let admitted: Admitted = self.ask(statement, ask, Repeat::Safe).await?;
        admitted.admission()
    }

    async fn clear(&self) -> Result<(), PlatformError> {
        let allowed = self.lease.allow(self.host, self.worker).await;
        allowed.map_err(not_now)
    }

    async fn observe(&self, seen: &Observation<'_>) -> Result<Option<HttpResponse>> {
        #[derive(Deserialize)]
        struct Observed {
            cached: Option<KeptAnswer>,
        }
        let statement = include_str!("observe.sql");
        let observed: Observed = self.ask(statement, seen, Repeat::Unsafe).await?;
        observed.cached.map(KeptAnswer::response).transpose()
    }

    fn chance(&self) -> f64 {
        let mut byte = [0; 1];
        self.host.fill(&mut byte);
        f64::from(u8::from_be_bytes(byte)) / f64::from(u8::MAX)
    }
}

impl<H: Host> Renewal for Channel<'_, H> {
    async fn begin(&self) -> Result<Turn, PlatformError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Begun {
            Granted(String),
            Newer(String),
            WaitMs(u64),
            Gone,
        }
        let used = self.fingerprint.borrow().clone();
        let args = json!({"holder": self.holder(), "used": used, "lease_ms": millis(self.hold)});
        let statement = include_str!("begin_refresh.sql");
        let begun = self.ask(statement, &args, Repeat::Safe).await;
        let begun = begun.map_err(|error: Error| not_now(error.message))?;
        match begun {
            Begun::Granted(sealed) => Ok(Turn::Ours(Some(self.open(&sealed)?))),
            Begun::Newer(sealed) => Ok(Turn::Newer(self.open(&sealed)?)),
            Begun::WaitMs(wait_ms) => Ok(Turn::Wait(Duration::from_millis(wait_ms))),
            Begun::Gone => Err(PlatformError::rejected("the store is no longer there")),
        }
    }

    /// The old refresh token may be dead: the new one is stored before anything else, and with patience.
    async fn finish(&self, fresh: Option<(&Secret<Value>, Option<Duration>)>) -> Stored {
        let sealed = fresh.and_then(|(plain, _)| self.vault().seal(plain).ok());
        let is_unsealed = fresh.is_some() && sealed.is_none();
        let lifetime_s = fresh.and_then(|(_, lifetime)| Some(lifetime?.as_secs()));
        // A figure that the column can't take must not keep the token from being stored.
        let lifetime_s = lifetime_s.filter(|seconds| (1..=LONGEST_LIFETIME_S).contains(seconds));
        let args = json!({"holder": self.holder(), "credentials": sealed,
            "token_lifetime_s": lifetime_s});
        for _ in 0..STORE_TRIES {
            let statement = include_str!("finish_refresh.sql");
            let finished: Result<Value> = self.ask(statement, &args, Repeat::Safe).await;
            if finished.is_ok() {
                if let Some(sealed) = &sealed {
                    self.fingerprint.replace(fingerprint(sealed));
                }
                return if is_unsealed { Stored::No } else { Stored::Yes };
            }
            self.host.sleep(STORE_AGAIN).await;
        }
        Stored::No
    }
}

impl<H: Host> HttpClient for Channel<'_, H> {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        self.host.send(request, timeout).await
    }
}

impl<H: Host> Clock for Channel<'_, H> {
    fn now_ms(&self) -> i64 {
        self.host.now_ms()
    }

    async fn sleep(&self, duration: Duration) {
        self.host.sleep(duration).await;
    }
}

impl<H: Host> Log for Channel<'_, H> {
    fn log(&self, mut fields: Value) {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("job.id".to_owned(), json!(self.job.id));
        }
        self.host.log(fields);
    }
}
