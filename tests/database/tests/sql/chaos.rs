//! Many workers, leases that run out on purpose, results that come too late.

use database::{Stage, call, worker_id};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_postgres::Client;

const JOBS: usize = 300;
const LEASE_MS: u64 = 60;

/// Works until nothing is left; every fifth job takes longer than its lease. Answers the accepted completions and
/// how many reports were refused.
async fn work(client: &Client, number: u32, over: &AtomicBool) -> (Vec<String>, usize) {
    let (mut accepted, mut refused, mut turn) = (Vec::new(), 0, number);
    while !over.load(Ordering::Relaxed) {
        let args = json!({"worker": worker_id(number), "workers_max": 8, "batch": 3, "lease_ms": LEASE_MS});
        let claimed = call(client, "claim", &args).await.unwrap();
        for job in claimed["jobs"].as_array().unwrap() {
            turn += 1;
            let overrun = turn.is_multiple_of(5);
            tokio::time::sleep(Duration::from_millis(if overrun {
                LEASE_MS * 3 / 2
            } else {
                1
            }))
            .await;
            let outcome = if turn.is_multiple_of(7) {
                "snooze"
            } else {
                "completed"
            };
            let result =
                json!({"id": job["id"], "lease_seq": job["lease_seq"], "outcome": outcome});
            let answer = call(client, "settle", &json!({"results": [result]}))
                .await
                .unwrap();
            match (&answer[0]["accepted"], &answer[0]["state"]) {
                (Value::Bool(true), state) if state == "done" => {
                    accepted.push(job["id"].as_str().unwrap().to_owned())
                }
                (Value::Bool(true), _) => {}
                _ => refused += 1,
            }
        }
        tokio::task::yield_now().await;
    }
    (accepted, refused)
}

async fn reap(client: &Client, stage: &Stage, over: &AtomicBool) {
    let left =
        format!("select (count(*) filter (where state = 'done') = {JOBS})::text from hub.jobs");
    let begun = std::time::Instant::now();
    while stage.one(&left).await.unwrap() == "false" && begun.elapsed() < Duration::from_secs(60) {
        call(client, "maintain", &json!({"retention_days": 30}))
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::Relaxed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_job_is_lost_or_completed_twice_when_leases_run_out() {
    let stage = Stage::new().await.unwrap();
    let stores = [
        stage.store.clone(),
        stage.store_of(&stage.workspace, "b").await.unwrap(),
        stage.store_of(&stage.workspace, "c").await.unwrap(),
    ];
    for turn in 0..JOBS {
        stage
            .enqueue(json!({"store_id": stores[turn % stores.len()], "max_attempts": 100}))
            .await
            .unwrap();
    }
    let over = AtomicBool::new(false);
    let mut clients = Vec::new();
    for _ in 0..9 {
        clients.push(cluster::connect(&stage.database.worker_url).await.unwrap());
    }
    let workers = clients[1..]
        .iter()
        .zip(1..)
        .map(|(client, number)| work(client, number, &over));
    let (reports, ()) = tokio::join!(
        futures::future::join_all(workers),
        reap(&clients[0], &stage, &over)
    );

    let mut completions: BTreeMap<String, usize> = BTreeMap::new();
    for id in reports.iter().flat_map(|(accepted, _)| accepted) {
        *completions.entry(id.clone()).or_default() += 1;
    }
    let refused: usize = reports.iter().map(|(_, refused)| refused).sum();
    assert_eq!(completions.len(), JOBS, "every job is completed");
    assert!(completions.values().all(|times| *times == 1), "none twice");
    assert!(
        refused > 0,
        "no lease ran out: the test did not test anything"
    );
    assert_eq!(
        stage
            .one("select count(*)::text from hub.jobs where state <> 'done'")
            .await
            .unwrap(),
        "0"
    );
    assert_eq!(
        stage
            .one("select sum(running)::text from hub.lanes")
            .await
            .unwrap(),
        "0",
        "no lane drifted"
    );
    let done = "select count(*)::text from hub.job_logs where event = 'completed'";
    assert_eq!(stage.one(done).await.unwrap(), JOBS.to_string());
}
