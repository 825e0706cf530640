//! How fast Stage Hub is, in one run beside its reference: the same statements through `pgbench`.
//!
//! Everything shares the machine: the load, the host, Postgres. Figures of two runs are not comparable,
//! ratios are.

mod burst;
mod cpu;
mod foundation;
mod load;
mod pgbench;
mod report;
mod seed;
mod slow;
mod stage;
mod stores;
mod webhooks;

use anyhow::Result;
use cpu::Used;
use load::{Load, Until};
use pgbench::Pgbench;
use report::{Figures, Report};
use stage::{SERVED, Stage};
use std::path::Path;
use std::time::{Duration, Instant};
use webhooks::Webhooks;

/// Connections of every load.
const CONNECTIONS: usize = 16;
/// How many no-op jobs the worker works off.
const JOBS: i64 = 20_000;

/// Measures everything for `seconds` each and gives the report as text. The components of the manifest at
/// `root` have to be built; `say` is told what is going on.
///
/// # Errors
/// When Postgres, `pgbench` or the host can't be started, or an answer is not the expected one.
pub async fn run(root: &Path, seconds: u64, say: impl Fn(&str)) -> Result<String> {
    say("starting Postgres and the host, seeding");
    let stage = Stage::set(root, seconds).await?;
    let mut report = Report::default();
    say("a store's jobs beside those of a slow one");
    report.slow = Some(slow::run(&stage).await?);
    say("GET /jobs?limit=20");
    let list = stage.list_request();
    report.add(
        measure(
            &stage,
            "GET /jobs?limit=20",
            &[list],
            &Reference {
                url: &stage.urls.app,
                script: stage.list_script(),
            },
            seconds,
        )
        .await?,
    );
    say("the same without the edge, in turns");
    report.cost = Some(foundation::run(&stage, root, seconds).await?);
    say("POST /approvals");
    let asks = stage.approval_requests()?;
    report.add(
        measure(
            &stage,
            "POST /approvals",
            &asks,
            &Reference {
                url: &stage.urls.app,
                script: stage.approval_script(),
            },
            seconds,
        )
        .await?,
    );
    say("POST /webhooks/shopify");
    let webhooks = Webhooks::set(&stage).await?;
    let notes = webhooks.requests(seconds);
    report.add(
        measure(
            &stage,
            "POST /webhooks",
            &notes,
            &Reference {
                url: &stage.urls.worker,
                script: webhooks.script(),
            },
            seconds,
        )
        .await?,
    );
    say("a burst of notifications, stored and drained");
    report.burst = Some(burst::run(&stage, &webhooks).await?);
    say("no-op jobs through the worker");
    report.jobs_per_second = Some(work_off(&stage).await?);
    Ok(report.text())
}

/// What pgbench runs, and as whom.
struct Reference<'a> {
    url: &'a str,
    script: String,
}

/// One load through the host, the same statement through pgbench, and the load again at half the rate.
async fn measure(
    stage: &Stage,
    name: &'static str,
    requests: &[Vec<u8>],
    reference: &Reference<'_>,
    seconds: u64,
) -> Result<Figures> {
    let load = Load {
        address: stage.address(),
        connections: CONNECTIONS,
    };
    let time = Until::Over(Duration::from_secs(seconds));
    let mut served = requests.chunks(requests.len().div_ceil(SERVED));
    let mut next = || served.next().unwrap_or(requests);
    load.run(next(), Until::Over(Duration::from_secs(1)), None)
        .await?; // instances, connections, plans
    let before = Used::now(stage.postmaster);
    let full = load.run(next(), time, None).await?;
    let used = Option::zip(Used::now(stage.postmaster), before).map(|(now, then)| now.since(then));
    let program = stage.pgbench()?;
    let pgbench = Pgbench {
        program,
        url: reference.url,
        connections: CONNECTIONS,
    };
    let reference = pgbench.run(&reference.script, seconds).await?;
    let half = load
        .run(next(), time, Some(full.per_second() / 2.0))
        .await?;
    Ok(Figures {
        name,
        full,
        half,
        reference,
        used,
    })
}

/// Queues the jobs and ticks the worker until none is left; jobs per second.
async fn work_off(stage: &Stage) -> Result<f64> {
    stage.queue(JOBS).await?;
    let began = Instant::now();
    while stage.waiting().await? > 0 {
        tick_both(stage).await?;
    }
    Ok(f64::from(u32::try_from(JOBS)?) / began.elapsed().as_secs_f64())
}

/// As many ticks at once as there are workers.
async fn tick_both(stage: &Stage) -> Result<()> {
    let (one, two) = tokio::join!(stage.host.tick("job-worker"), stage.host.tick("job-worker"));
    one?.map_err(anyhow::Error::msg)?;
    two?.map_err(anyhow::Error::msg)
}
