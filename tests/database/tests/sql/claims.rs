//! Getting jobs.

use database::{Stage, call, claim_args, worker_id};
use serde_json::json;

#[tokio::test]
async fn a_job_goes_to_one_worker() {
    let stage = Stage::new().await.unwrap();
    let id = stage.enqueue(json!({"payload": {"n": 1}})).await.unwrap();
    let first = stage.claim(1, 10).await.unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0]["id"], json!(id));
    assert_eq!(first[0]["lease_seq"], 1);
    assert_eq!(first[0]["payload"], json!({"payload": {"n": 1}}));
    assert!(stage.claim(2, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_idle_claim_takes_no_slot_and_writes_nothing() {
    let mut stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"run_at": "2099-01-01T00:00:00Z"}))
        .await
        .unwrap();
    let transaction = stage.worker.transaction().await.unwrap();
    let statement = format!("select hub.claim('{}')", claim_args(1, 10));
    let row = transaction.query_one(&statement, &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "{\"jobs\": []}");
    let row = transaction
        .query_one("select pg_current_xact_id_if_assigned()::text", &[])
        .await
        .unwrap();
    assert_eq!(
        row.get::<_, Option<&str>>(0),
        None,
        "an idle tick must not write"
    );
    transaction.commit().await.unwrap();
    assert_eq!(
        stage
            .one("select count(*)::text from hub.worker_slots")
            .await
            .unwrap(),
        "0"
    );
}

#[tokio::test]
async fn no_more_workers_than_slots_get_jobs() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..5 {
        stage.enqueue(json!({})).await.unwrap();
    }
    assert_eq!(stage.claim(1, 1).await.unwrap().len(), 1);
    assert_eq!(stage.claim(2, 1).await.unwrap().len(), 1);
    assert_eq!(
        stage.call("claim", &claim_args(3, 1)).await.unwrap(),
        json!({"jobs": [], "full": true})
    );
    assert_eq!(
        stage.claim(1, 1).await.unwrap().len(),
        1,
        "a holder keeps its slot"
    );
    stage
        .call("release_worker", &json!({"worker": worker_id(2)}))
        .await
        .unwrap();
    assert_eq!(
        stage.claim(3, 1).await.unwrap().len(),
        1,
        "a slot given back is free"
    );
}

#[tokio::test]
async fn a_slot_whose_lease_ran_out_is_free() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..3 {
        stage.enqueue(json!({})).await.unwrap();
    }
    stage.claim(1, 1).await.unwrap();
    stage.claim(2, 1).await.unwrap();
    stage
        .admin
        .batch_execute(
            "update hub.worker_slots set lease_until = now() - interval '1 second' where slot = 1",
        )
        .await
        .unwrap();
    assert_eq!(stage.claim(3, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn slots_are_not_overbooked_by_workers_that_come_at_once() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..200 {
        stage.enqueue(json!({})).await.unwrap();
    }
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(cluster::connect(&stage.database.worker_url).await.unwrap());
    }
    let claims = clients.iter().zip(1..).map(|(client, worker)| async move {
        call(client, "claim", &claim_args(worker, 5)).await.unwrap()["jobs"]
            .as_array()
            .unwrap()
            .len()
    });
    let got = futures::future::join_all(claims).await;
    // A worker that comes while another one holds the lane's row may go away with nothing.
    assert!(got.iter().filter(|jobs| **jobs > 0).count() <= 2, "{got:?}");
    assert!(got.iter().any(|jobs| *jobs > 0), "{got:?}");
    assert_eq!(
        stage
            .one("select (count(*) <= 2)::text from hub.worker_slots")
            .await
            .unwrap(),
        "true"
    );
}

#[tokio::test]
async fn a_scheduled_job_waits_for_its_time() {
    let stage = Stage::new().await.unwrap();
    let id = stage
        .enqueue(json!({"run_at": "2099-01-01T00:00:00Z"}))
        .await
        .unwrap();
    assert_eq!(stage.job(&id, "state").await.unwrap(), "scheduled");
    assert!(stage.claim(1, 10).await.unwrap().is_empty());
    stage
        .admin
        .batch_execute("update hub.jobs set run_at = now() - interval '1 second'")
        .await
        .unwrap();
    assert_eq!(stage.claim(1, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_living_unique_key_gives_the_job_that_has_it() {
    let stage = Stage::new().await.unwrap();
    let first = stage
        .enqueue(json!({"unique_key": "nightly"}))
        .await
        .unwrap();
    assert_eq!(
        stage
            .enqueue(json!({"unique_key": "nightly"}))
            .await
            .unwrap(),
        first
    );
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        stage
            .enqueue(json!({"unique_key": "nightly"}))
            .await
            .unwrap(),
        first,
        "while it runs, too"
    );
    stage.settle(&job, "completed", json!({})).await.unwrap();
    assert_ne!(
        stage
            .enqueue(json!({"unique_key": "nightly"}))
            .await
            .unwrap(),
        first
    );
}

#[tokio::test]
async fn a_listing_job_carries_what_the_channel_needs() {
    let stage = Stage::new().await.unwrap();
    stage.approved("publish", json!({})).await.unwrap();
    let job = stage.claim(1, 10).await.unwrap().remove(0);
    assert_eq!(job["type"], "publish_listing");
    assert_eq!(job["store"]["platform"], "shopify");
    assert_eq!(job["store"]["credentials"], "sealed");
    assert_eq!(job["payload"]["listing"]["price"], "12.50");
    assert_eq!(job["payload"]["product"]["variants"][0]["price"], "12.00");
    assert_eq!(job["obstacle"], json!(null));
}

#[tokio::test]
async fn a_claim_finds_ready_jobs_by_their_index() {
    let stage = Stage::new().await.unwrap();
    stage.admin.batch_execute(&format!(
        "set hub.workspace = '{}';
         select hub.enqueue('{{\"type\": \"noop\"}}') from generate_series(1, 100);
         insert into hub.jobs (workspace_id, lane_id, type, state, rank, completed_at)
         select workspace_id, id, 'noop', 'done', now(), now() from hub.lanes, generate_series(1, 20000)",
        stage.workspace
    )).await.unwrap();
    stage
        .admin
        .batch_execute("vacuum analyze hub.jobs, hub.lanes")
        .await
        .unwrap();
    let scans = "select seq_scan || ' ' || (select idx_scan from pg_stat_user_indexes where indexrelname = 'jobs_ready')
                 from pg_stat_user_tables where relname = 'jobs'";
    let numbers = |text: String| {
        text.split(' ')
            .map(|n| n.parse::<i64>().unwrap())
            .collect::<Vec<_>>()
    };
    stage
        .admin
        .batch_execute("select pg_stat_force_next_flush()")
        .await
        .unwrap();
    let before = numbers(stage.one(scans).await.unwrap());
    assert_eq!(stage.claim(1, 50).await.unwrap().len(), 50);
    stage
        .worker
        .batch_execute("select pg_stat_force_next_flush()")
        .await
        .unwrap();
    let after = numbers(stage.one(scans).await.unwrap());
    assert_eq!(after[0], before[0], "the claim read the whole table");
    assert!(after[1] > before[1], "the claim did not use jobs_ready");
}
