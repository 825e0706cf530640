//! One tick of the worker.

use super::attempt::Bench;
use super::lease::Lease;
use super::queue::{Report, Worker};
use crate::Result;
use crate::platform::Platform;
use crate::ports::{Host, Random};
use crate::settings::SettingError;
use futures::FutureExt;
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::json;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

/// While jobs run, new ones are looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The pause after the database did not take a report.
const REPORT_AGAIN: Duration = Duration::from_millis(500);

/// Works until the time budget (`worker_budget_ms`) is used up or nothing is left, and answers how many
/// jobs it reported. What has begun by then is brought to its end, which takes at most a lease more.
///
/// # Errors
/// When a setting is missing, or the database gives no answer for longer than a lease.
pub async fn tick<H: Host>(host: &H, platforms: &[&dyn Platform]) -> Result<u64> {
    let worker = Worker::new(host)?;
    let budget_ms = host.settings().number("worker_budget_ms")?;
    let bench = Bench {
        host,
        worker: &worker,
        platforms,
    };
    let mut shift = Shift {
        host,
        worker: &worker,
        ends_at_ms: later(host.now_ms(), Duration::from_millis(budget_ms)),
        leases: Vec::new(),
        finished: Vec::new(),
        reported: 0,
        reported_at_ms: host.now_ms(),
        renewed_at_ms: host.now_ms(),
        holds_slot: false,
    };
    let worked = shift.work(&bench).await;
    if shift.holds_slot {
        worker.release(host).await?;
    }
    worked?;
    Ok(shift.reported)
}

impl Worker {
    fn new<H: Host>(host: &H) -> Result<Self, SettingError> {
        let settings = host.settings();
        let batch = settings.number("worker_batch")?.max(1);
        Ok(Self {
            id: name(host),
            slots: settings.number("worker_max")?,
            batch: usize::try_from(batch).unwrap_or(usize::MAX),
            lease: Duration::from_millis(settings.number("lease_ms")?.max(1)),
        })
    }
}

fn name(random: &impl Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

fn later(now_ms: i64, wait: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// What a tick keeps in mind between its steps.
struct Shift<'a, H> {
    host: &'a H,
    worker: &'a Worker,
    ends_at_ms: i64,
    leases: Vec<Rc<Lease>>,
    finished: Vec<Report>,
    reported: u64,
    /// When the database last took a report, or had nothing to take.
    reported_at_ms: i64,
    renewed_at_ms: i64,
    holds_slot: bool,
}

impl<H: Host> Shift<'_, H> {
    async fn work(&mut self, bench: &Bench<'_, H>) -> Result<()> {
        let mut running = FuturesUnordered::new();
        loop {
            if self.has_time() && running.len() < self.worker.batch {
                let asked_at_ms = self.host.now_ms();
                for job in self
                    .claim(self.worker.batch - running.len(), running.is_empty())
                    .await?
                {
                    let lease = Lease::new(&job.id, job.lease_seq, asked_at_ms, self.worker.lease);
                    let lease = Rc::new(lease);
                    self.leases.push(Rc::clone(&lease));
                    running.push(async move { bench.attempt(job, &lease).await });
                }
            }
            if running.is_empty() && self.finished.is_empty() {
                return Ok(());
            }
            let wake = pin!(self.host.sleep(self.pause()));
            if !running.is_empty()
                && let Either::Left((Some(report), _)) = select(running.next(), wake).await
            {
                self.finished.push(report);
                while let Some(Some(report)) = running.next().now_or_never() {
                    self.finished.push(report);
                }
            }
            self.report().await?;
            self.keep().await;
        }
    }

    fn has_time(&self) -> bool {
        self.host.now_ms() < self.ends_at_ms
    }

    /// New jobs. A database that is away for a moment does not end a tick that has jobs to bring home.
    async fn claim(&mut self, most: usize, idle: bool) -> Result<Vec<super::queue::Job>> {
        match self.worker.claim(self.host, most).await {
            Ok(claimed) => {
                self.holds_slot |= claimed.slot;
                Ok(claimed.jobs)
            }
            Err(error) if idle && self.finished.is_empty() => Err(error),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Until the next renewal, look for jobs, or end of the budget.
    fn pause(&self) -> Duration {
        let now_ms = self.host.now_ms();
        let renewal_ms = later(self.renewed_at_ms, self.worker.lease / 3);
        let mut next_ms = renewal_ms.min(later(now_ms, LOOK_AGAIN));
        if now_ms < self.ends_at_ms {
            next_ms = next_ms.min(self.ends_at_ms);
        }
        Duration::from_millis(u64::try_from(next_ms.saturating_sub(now_ms)).unwrap_or(0))
    }

    /// Reports what is finished. While the database is away the reports are kept, for a lease at most: after
    /// that the jobs are somebody else's.
    async fn report(&mut self) -> Result<()> {
        if self.finished.is_empty() {
            self.reported_at_ms = self.host.now_ms();
            return Ok(());
        }
        match self.worker.settle(self.host, &self.finished).await {
            Ok(accepted) => {
                for report in std::mem::take(&mut self.finished) {
                    self.close(report, &accepted);
                }
                self.reported_at_ms = self.host.now_ms();
                Ok(())
            }
            Err(error) if self.host.now_ms() > later(self.reported_at_ms, self.worker.lease) => {
                Err(error)
            }
            Err(_) => {
                self.host.sleep(REPORT_AGAIN).await;
                Ok(())
            }
        }
    }

    fn close(&mut self, report: Report, accepted: &[String]) {
        let is_accepted = accepted.contains(&report.id);
        self.leases
            .retain(|lease| lease.id != report.id || lease.seq != report.lease_seq);
        self.reported += u64::from(is_accepted);
        let mut line = report.log;
        if let (Some(fields), false) = (line.as_object_mut(), is_accepted) {
            fields.insert("outcome".to_owned(), json!("stale"));
        }
        self.host.log(line);
    }

    /// Who only waits for slow channels takes no jobs any more, and keeps nobody else from taking them.
    async fn make_room(&mut self) {
        if self.holds_slot && self.worker.release(self.host).await.is_ok() {
            self.holds_slot = false;
        }
    }

    /// Renews what still runs when a third of the lease has passed; at the end of the budget, asks jobs that
    /// have sent nothing yet to give themselves back.
    async fn keep(&mut self) {
        if !self.has_time() {
            self.leases.iter().for_each(|lease| lease.wind_up());
            self.make_room().await;
        }
        let now_ms = self.host.now_ms();
        if self.leases.is_empty() || now_ms < later(self.renewed_at_ms, self.worker.lease / 3) {
            return;
        }
        self.renewed_at_ms = now_ms;
        let held: Vec<&Lease> = self
            .leases
            .iter()
            .map(Rc::as_ref)
            .filter(|lease| !lease.is_lost())
            .collect();
        if let Err(error) = self.worker.renew(self.host, &held).await {
            self.host
                .log(json!({"event": "renewal", "error": error.source.unwrap_or(error.message)}));
        }
    }
}
