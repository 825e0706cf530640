//! Ten thousand notifications at once, a fifth of them repetitions: stored once each, then drained while a quiet
//! store's and other work keep their turn.

use crate::load::{Load, Until};
use crate::stage::Stage;
use crate::webhooks::Webhooks;
use crate::{CONNECTIONS, tick_both};
use anyhow::{Result, ensure};
use std::cell::Cell;
use std::time::{Duration, Instant};
use tokio_postgres::types::ToSql;

const EVENTS: usize = 8_000;
const REPETITIONS: usize = 2_000;
/// Notifications of the quiet store, and jobs in the lane of other work, that come after the burst.
const LATE: usize = 100;
/// Time between two looks at what waits.
const LOOK: Duration = Duration::from_millis(100);
/// What waits of the busy store, of the quiet one, and of other work.
const WAITING: &str = "select
    count(*) filter (where l.queue = 'webhooks' and j.store_id = $1::text::uuid),
    count(*) filter (where l.queue = 'webhooks' and j.store_id = $2::text::uuid),
    count(*) filter (where l.queue = 'default')
    from hub.jobs j join hub.lanes l on l.id = j.lane_id where j.state in ('scheduled', 'ready', 'running')";

/// What came of it.
pub struct Burst {
    stored_in: Duration,
    drained_in: Duration,
    /// When the quiet store's notifications and the other jobs were done, at the latest.
    late_done_in: Duration,
}

impl std::fmt::Display for Burst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sent = (EVENTS + REPETITIONS) as f64;
        write!(
            f,
            "{:<20} {:>9.0} req/s in; {EVENTS} stored once, drained in {:.1} s ({:.0} events/s); late work of other lanes done after {:.1} s",
            "burst of 10,000",
            sent / self.stored_in.as_secs_f64(),
            self.drained_in.as_secs_f64(),
            EVENTS as f64 / self.drained_in.as_secs_f64(),
            self.late_done_in.as_secs_f64(),
        )
    }
}

/// Posts the burst through the host and ticks the worker until all of it is done.
///
/// # Errors
/// When an event was lost, stored twice, not processed, or the other lanes had to wait for the burst's end.
pub async fn run(stage: &Stage, webhooks: &Webhooks) -> Result<Burst> {
    clear(stage).await?;
    let load = Load {
        address: stage.address(),
        connections: CONNECTIONS,
    };
    let began = Instant::now();
    load.run(&requests(webhooks), Until::Sent, None).await?;
    let stored_in = began.elapsed();
    let seen = stage.admin.query_one(
        "select count(*), sum(duplicates), (select count(*) from hub.jobs where type = 'process_webhook') from hub.webhook_events",
        &[],
    );
    let seen = seen.await?;
    let (events, repetitions, jobs): (i64, i64, i64) = (seen.get(0), seen.get(1), seen.get(2));
    ensure!(
        (events, repetitions, jobs) == (EVENTS as i64, REPETITIONS as i64, EVENTS as i64),
        "{events} events, {repetitions} repetitions and {jobs} jobs"
    );
    let late: Vec<_> = (0..LATE)
        .map(|turn| webhooks.request(&webhooks.quiet, &format!("late-{turn:08}")))
        .collect();
    load.run(&late, Until::Sent, None).await?;
    stage.queue(LATE as i64).await?;
    let (drained_in, late_done_in) = drain(stage, webhooks).await?;
    Ok(Burst {
        stored_in,
        drained_in,
        late_done_in,
    })
}

/// The burst: every fourth event comes again while others follow it.
fn requests(webhooks: &Webhooks) -> Vec<Vec<u8>> {
    let mut requests = Vec::with_capacity(EVENTS + REPETITIONS);
    for turn in 0..EVENTS {
        requests.push(webhooks.request(&webhooks.busy, &format!("burst-{turn:08}")));
        if turn % 4 == 3 {
            let again = turn.saturating_sub(3);
            requests.push(webhooks.request(&webhooks.busy, &format!("burst-{again:08}")));
        }
    }
    requests
}

/// What the loads before left behind.
async fn clear(stage: &Stage) -> Result<()> {
    for statement in [
        "delete from hub.jobs where type = 'process_webhook'",
        "truncate hub.webhook_events",
        "vacuum analyze",
    ] {
        stage.admin.batch_execute(statement).await?;
    }
    Ok(())
}

async fn drain(stage: &Stage, webhooks: &Webhooks) -> Result<(Duration, Duration)> {
    let done = Cell::new(false);
    let ticking = async {
        while !done.get() {
            tick_both(stage).await?;
        }
        Ok(())
    };
    let watching = async {
        let times = watch(stage, webhooks).await;
        done.set(true);
        times
    };
    let ((), times) = tokio::try_join!(ticking, watching)?;
    let open =
        "select count(*) from hub.webhook_events where status not in ('processed', 'ignored')";
    let open: i64 = stage.admin.query_one(open, &[]).await?.get(0);
    ensure!(open == 0, "{open} events were not processed");
    Ok(times)
}

/// Looks on until nothing waits: how long that took, and how long the late work of the other lanes.
async fn watch(stage: &Stage, webhooks: &Webhooks) -> Result<(Duration, Duration)> {
    let began = Instant::now();
    let mut late_done_in = None;
    loop {
        let stores: [&(dyn ToSql + Sync); 2] = [&webhooks.busy, &webhooks.quiet];
        let row = stage.admin.query_one(WAITING, &stores).await?;
        let (busy, quiet, other): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        if quiet + other == 0 && late_done_in.is_none() {
            ensure!(
                busy > 0,
                "the burst was drained before the other lanes had their turn"
            );
            late_done_in = Some(began.elapsed());
        }
        if busy + quiet + other == 0 {
            let drained_in = began.elapsed();
            return Ok((drained_in, late_done_in.unwrap_or(drained_in)));
        }
        tokio::time::sleep(LOOK).await;
    }
}
