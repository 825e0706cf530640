//! At most one job of a listing runs at a time.

use database::{Stage, call, claim_args};
use serde_json::{Value, json};

async fn sync(stage: &Stage, listing: &str) -> String {
    let job = json!({"type": "sync_inventory", "store_id": stage.store, "listing_id": listing});
    stage.enqueue(job).await.unwrap()
}

fn listings(jobs: &[Value]) -> Vec<&str> {
    jobs.iter()
        .filter_map(|job| job["listing_id"].as_str())
        .collect()
}

async fn second_listing(stage: &Stage) -> String {
    let product = stage.product_of(&stage.workspace, "cup").await.unwrap();
    stage
        .listing_of(&stage.workspace, &product, &stage.store)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_stock_job_and_an_update_of_one_listing_run_one_after_the_other() {
    let stage = Stage::new().await.unwrap();
    let other = second_listing(&stage).await;
    stage.approved("publish", json!({})).await.unwrap();
    let first = stage.claim(1, 1).await.unwrap().remove(0);
    let made = json!({"effect": {"external_id": "1"}});
    stage.settle(&first, "completed", made).await.unwrap();

    let stock = sync(&stage, &stage.listing).await;
    let update = stage.approved("update", json!({})).await.unwrap();
    let elsewhere = sync(&stage, &other).await;
    let batch = stage.claim(1, 50).await.unwrap();
    let ids: Vec<&Value> = batch.iter().map(|job| &job["id"]).collect();
    assert_eq!(
        ids,
        [&json!(stock), &json!(elsewhere)],
        "the update waits, the other listing does not"
    );
    assert!(stage.claim(2, 50).await.unwrap().is_empty());
    let waits = format!("select waiting_for from api.jobs where id = '{update}'");
    assert_eq!(
        stage.one(&waits).await.unwrap(),
        "the job of its listing that runs"
    );
    stage
        .settle(&batch[0], "completed", json!({}))
        .await
        .unwrap();
    let next = stage.claim(2, 50).await.unwrap();
    assert_eq!(next[0]["id"], json!(update));
    let running = "select running::text from hub.lanes where store_id is not null";
    assert_eq!(stage.one(running).await.unwrap(), "2");
}

#[tokio::test]
async fn many_jobs_of_one_listing_do_not_fill_the_lane() {
    let stage = Stage::new().await.unwrap();
    let other = second_listing(&stage).await;
    for _ in 0..10 {
        sync(&stage, &stage.listing).await;
    }
    sync(&stage, &other).await;
    let batch = stage.claim(1, 50).await.unwrap();
    assert_eq!(listings(&batch), [stage.listing.as_str(), other.as_str()]);
    let idle = stage.call("claim", &claim_args(2, 50)).await.unwrap();
    assert_eq!(
        idle,
        json!({"jobs": []}),
        "a lane without a free listing is not looked at further"
    );
}

#[tokio::test]
async fn workers_that_come_at_once_never_run_two_jobs_of_a_listing() {
    let stage = Stage::new().await.unwrap();
    stage
        .admin
        .batch_execute("select hub.take_slot(hub.uuid7(), 0, '0')")
        .await
        .unwrap();
    for _ in 0..60 {
        sync(&stage, &stage.listing).await;
    }
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(cluster::connect(&stage.database.worker_url).await.unwrap());
    }
    let done = std::cell::Cell::new(0);
    let workers = clients.iter().zip(1..).map(|(client, worker)| {
        let (done, stage) = (&done, &stage);
        async move {
            while done.get() < 60 {
                let mut args = claim_args(worker, 5);
                args["workers_max"] = json!(6);
                let jobs = call(client, "claim", &args).await.unwrap()["jobs"].clone();
                for job in jobs.as_array().unwrap() {
                    let running = "select count(*)::text from hub.jobs where state = 'running'";
                    assert_eq!(stage.one(running).await.unwrap(), "1");
                    let result = json!({"id": job["id"], "lease_seq": job["lease_seq"], "outcome": "completed"});
                    call(client, "settle", &json!({"results": [result]})).await.unwrap();
                    done.set(done.get() + 1);
                }
            }
        }
    });
    futures::future::join_all(workers).await;
    let left = "select count(*) filter (where state <> 'done') || ' ' || (select sum(running) from hub.lanes) from hub.jobs";
    assert_eq!(stage.one(left).await.unwrap(), "0 0");
}
