//! The queue as a worker sees it: the arguments and answers of the database's functions.

use super::effect::Effect;
use super::lease::Lease;
use super::notification::EventCard;
use super::text;
use crate::Result;
use crate::ports::{Clock, Db};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// A worker's name in the queue and what it may use up.
pub(super) struct Worker {
    /// A UUID of this tick alone.
    pub id: String,
    /// How many workers may run at once.
    pub slots: u64,
    /// How many jobs one worker runs at once.
    pub batch: usize,
    /// How long a job is held without a renewal.
    pub lease: Duration,
}

/// A claimed job.
#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub id: String,
    pub lease_seq: i64,
    #[serde(rename = "type")]
    pub kind: String,
    pub attempts: i64,
    pub workspace_id: String,
    /// RFC 3339.
    pub asked_at: Option<String>,
    pub store: Option<StoreRow>,
    /// The notification that the job is about.
    pub event: Option<EventCard>,
    /// What the job is about, with what was asked for under `payload`.
    pub payload: Value,
    /// Why it must not be run.
    pub obstacle: Option<String>,
}

/// The store of a claimed job.
#[derive(Debug, Deserialize)]
pub(super) struct StoreRow {
    pub id: String,
    pub platform: String,
    pub config: Value,
    pub credentials: String,
    pub status: String,
}

/// What a claim brought.
#[derive(Deserialize)]
pub(super) struct Claimed {
    pub jobs: Vec<Job>,
    /// Whether the worker holds a slot now, to be given back.
    #[serde(default)]
    pub slot: bool,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Completed,
    /// Trying again changes nothing.
    Failed,
    Retry,
    /// Put back as if it had not been claimed.
    Snooze,
}

/// What a worker reports of one attempt.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub id: String,
    pub lease_seq: i64,
    #[serde(rename = "outcome")]
    pub ending: Ending,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Effect::is_empty")]
    pub effect: Effect,
    /// The line for the log, written when the database has accepted or refused the report.
    #[serde(skip)]
    pub log: Value,
}

#[derive(Deserialize)]
struct Settled {
    id: String,
    accepted: bool,
}

#[derive(Deserialize)]
struct Renewed {
    id: String,
    held: bool,
}

impl Worker {
    /// At most `most` jobs, held from now on.
    pub async fn claim<H: Db>(&self, host: &H, most: usize) -> Result<Claimed> {
        let args = json!({"worker": self.id, "workers_max": self.slots, "batch": most,
            "lease_ms": millis(self.lease)});
        let answer = text(host, include_str!("claim.sql"), &args).await?;
        serde_json::from_value(answer).map_err(crate::Error::internal)
    }

    /// Reports attempts; answers the ids of those that were still this worker's.
    pub async fn settle<H: Db>(&self, host: &H, reports: &[Report]) -> Result<Vec<String>> {
        let args = json!({"worker": self.id, "results": reports});
        let answer = text(host, include_str!("settle.sql"), &args).await?;
        let settled: Vec<Settled> =
            serde_json::from_value(answer).map_err(crate::Error::internal)?;
        Ok(settled
            .into_iter()
            .filter(|item| item.accepted)
            .map(|item| item.id)
            .collect())
    }

    /// Holds `leases` and the worker's slot for another lease; those that are lost are marked so.
    pub async fn renew<H: Db + Clock>(&self, host: &H, leases: &[&Lease]) -> Result<()> {
        let asked_at_ms = host.now_ms();
        let jobs: Vec<Value> = leases
            .iter()
            .map(|lease| json!({"id": lease.id, "lease_seq": lease.seq}))
            .collect();
        let args = json!({"worker": self.id, "jobs": jobs, "lease_ms": millis(self.lease)});
        let answer = text(host, include_str!("renew.sql"), &args).await?;
        let renewed: Vec<Renewed> =
            serde_json::from_value(answer).map_err(crate::Error::internal)?;
        for lease in leases {
            let held = renewed.iter().any(|item| item.id == lease.id && item.held);
            lease.renewed(held, asked_at_ms, self.lease);
        }
        Ok(())
    }

    /// Gives the slot back.
    pub async fn release<H: Db>(&self, host: &H) -> Result<()> {
        let args = json!({"worker": self.id});
        text(host, include_str!("release.sql"), &args).await?;
        Ok(())
    }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
