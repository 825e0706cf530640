//! One store whose channel takes five seconds for every answer, and another's jobs beside it.

use crate::stage::Stage;
use crate::stores;
use anyhow::{Context, Result, ensure};
use futures::stream::{FuturesUnordered, StreamExt};
use sandbox::{Fault, FaultKind, Sandbox};
use serde_json::json;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Jobs of the store whose channel answers at once.
const JOBS: i32 = 12;
/// Jobs of the other, queued before them.
const SLOW_JOBS: i32 = 8;
/// What an answer of the slow channel takes, in milliseconds.
const ANSWER_MS: u64 = 5_000;
const LOOK: Duration = Duration::from_millis(20);

/// What came of it.
pub struct Slow {
    alone: Duration,
    beside: Duration,
}

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:<20} {JOBS} jobs of a store: {:.2} s alone, {:.2} s beside {SLOW_JOBS} of one whose channel answers after 5 s",
            "slow store",
            self.alone.as_secs_f64(),
            self.beside.as_secs_f64(),
        )
    }
}

/// Has the same jobs done twice: alone, and beside the slow store's.
///
/// # Errors
/// When a job fails, or the slow store's jobs are done before the others'.
pub async fn run(stage: &Stage) -> Result<Slow> {
    let sandbox = Sandbox::start(None).await?;
    let mut ids = Vec::new();
    // Two shops, so that both begin with full limits.
    for (platform, token) in [
        ("shopify", "shpat_sandbox_1"),
        ("shopify", "shpat_sandbox_2"),
        ("etsy", ""),
    ] {
        let ready = sandbox.ready_stores().into_iter();
        let store = ready
            .into_iter()
            .find(|store| store.platform == platform)
            .context("the sandbox has no such store")?;
        let name = format!("slow-{platform}{token}");
        let credentials = match token {
            "" => store.credentials,
            token => json!({"access_token": token}),
        };
        ids.push(stores::connect(stage, platform, &name, &store.config, &credentials).await?);
    }
    let [first, second, slow] = ids.as_slice() else {
        anyhow::bail!("three stores");
    };
    let alone = drained(stage, first, None).await?;
    sandbox.inject(Fault {
        delay_ms: ANSWER_MS,
        times: u32::MAX,
        ..Fault::new(FaultKind::Late, "/etsy/")
    });
    let beside = drained(stage, second, Some(slow)).await?;
    // Nobody answers them any more.
    let left = "delete from hub.jobs where store_id = $1::text::uuid";
    stage.admin.execute(left, &[slow]).await?;
    Ok(Slow { alone, beside })
}

/// How long the jobs of `store` take, beside those of `other`.
async fn drained(stage: &Stage, store: &str, other: Option<&str>) -> Result<Duration> {
    if let Some(other) = other {
        queue(stage, other, SLOW_JOBS).await?;
    }
    queue(stage, store, JOBS).await?;
    let began = Instant::now();
    let done = Cell::new(false);
    let ticking = on_schedule(stage, &done);
    let watching = async {
        while waiting(stage, store).await? > 0 {
            tokio::time::sleep(LOOK).await;
        }
        let took = began.elapsed();
        if let Some(other) = other {
            ensure!(
                waiting(stage, other).await? > 0,
                "the slow store was not slow"
            );
        }
        done.set(true);
        Ok(took)
    };
    let ((), took) = tokio::try_join!(ticking, watching)?;
    let failed = "select count(*) from hub.jobs where store_id = $1::text::uuid and state = 'dead'";
    let failed: i64 = stage.admin.query_one(failed, &[&store]).await?.get(0);
    ensure!(failed == 0, "{failed} jobs failed");
    Ok(took)
}

/// Ticks every second as the schedule does, until `done`, then waits for those that still run.
async fn on_schedule(stage: &Stage, done: &Cell<bool>) -> Result<()> {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut ticks = FuturesUnordered::new();
    while !done.get() {
        tokio::select! {
            _ = second.tick() => ticks.push(stage.host.tick("job-worker")),
            Some(ended) = ticks.next() => ended?.map_err(anyhow::Error::msg)?,
        }
    }
    while let Some(ended) = ticks.next().await {
        ended?.map_err(anyhow::Error::msg)?;
    }
    Ok(())
}

async fn queue(stage: &Stage, store: &str, count: i32) -> Result<()> {
    let statement = "select count(hub.enqueue(jsonb_build_object('type', 'list_products', 'workspace_id', s.workspace_id,
        'store_id', s.id, 'payload', '{}'::jsonb))) from hub.stores s, generate_series(1, $2) where s.id = $1::text::uuid";
    stage.admin.query_one(statement, &[&store, &count]).await?;
    Ok(())
}

async fn waiting(stage: &Stage, store: &str) -> Result<i64> {
    let statement = "select count(*) from hub.jobs where store_id = $1::text::uuid and state in ('scheduled', 'ready', 'running')";
    Ok(stage.admin.query_one(statement, &[&store]).await?.get(0))
}
