//! Lanes: fairness and limits.

use database::Stage;
use serde_json::{Value, json};

fn stores(jobs: &[Value], store: &str) -> usize {
    jobs.iter()
        .filter(|job| job["store"]["id"] == json!(store))
        .count()
}

#[tokio::test]
async fn a_lane_never_runs_more_than_its_limit() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..10 {
        stage
            .enqueue(json!({"store_id": stage.store}))
            .await
            .unwrap();
    }
    let first = stage.claim(1, 50).await.unwrap();
    assert_eq!(first.len(), 4, "a store's lane has four places");
    assert!(stage.claim(2, 50).await.unwrap().is_empty());
    stage
        .settle(&first[0], "completed", json!({}))
        .await
        .unwrap();
    assert_eq!(stage.claim(2, 50).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_long_queue_does_not_starve_a_short_one() {
    let stage = Stage::new().await.unwrap();
    let quiet = stage.store_of(&stage.workspace, "quiet").await.unwrap();
    for _ in 0..50 {
        stage
            .enqueue(json!({"store_id": stage.store}))
            .await
            .unwrap();
    }
    stage.enqueue(json!({"store_id": quiet})).await.unwrap();
    let batch = stage.claim(1, 4).await.unwrap();
    assert_eq!(
        stores(&batch, &quiet),
        1,
        "each lane has a share of the batch"
    );
    assert_eq!(stores(&batch, &stage.store), 2);
}

#[tokio::test]
async fn lanes_are_served_in_turn() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    for _ in 0..4 {
        stage
            .enqueue(json!({"store_id": stage.store}))
            .await
            .unwrap();
    }
    for _ in 0..4 {
        stage.enqueue(json!({"store_id": other})).await.unwrap();
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        let job = stage.claim(1, 1).await.unwrap().remove(0);
        order.push(job["store"]["id"] == json!(other));
    }
    assert!(
        order == [false, true, false, true] || order == [true, false, true, false],
        "{order:?}"
    );
}

#[tokio::test]
async fn a_paused_lane_gives_nothing() {
    let stage = Stage::new().await.unwrap();
    stage.enqueue(json!({})).await.unwrap();
    stage
        .admin
        .batch_execute("update hub.lanes set paused = true")
        .await
        .unwrap();
    assert!(stage.claim(1, 10).await.unwrap().is_empty());
    stage
        .admin
        .batch_execute("update hub.lanes set paused = false")
        .await
        .unwrap();
    assert_eq!(stage.claim(1, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn priority_comes_first_and_waiting_makes_up_for_it() {
    let stage = Stage::new().await.unwrap();
    let old = stage.enqueue(json!({})).await.unwrap();
    stage.admin.batch_execute("update hub.jobs set run_at = now() - interval '10 minutes', rank = now() - interval '10 minutes'").await.unwrap();
    let plain = stage.enqueue(json!({})).await.unwrap();
    let urgent = stage.enqueue(json!({"priority": 5})).await.unwrap();
    let mut order = Vec::new();
    for _ in 0..3 {
        order.push(
            stage.claim(1, 1).await.unwrap().remove(0)["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(
        order,
        [old, urgent, plain],
        "ten minutes of waiting outweigh five steps"
    );
}

/// GCRA: with one job each `emission` and `burst` more at the start, no span of time T sees more than T / emission + 1 + burst / emission.
#[tokio::test]
async fn a_lane_with_a_rate_keeps_to_it() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..100 {
        stage
            .enqueue(json!({"store_id": stage.store}))
            .await
            .unwrap();
    }
    stage.admin.batch_execute(
        "update hub.lanes set emission = '20 milliseconds', burst = '80 milliseconds', max_running = 1000",
    ).await.unwrap();
    let begun = std::time::Instant::now();
    let mut got = 0;
    while begun.elapsed().as_millis() < 600 {
        got += stage.claim(1, 50).await.unwrap().len();
    }
    let bound = usize::try_from(begun.elapsed().as_millis()).unwrap() / 20 + 1 + 4;
    assert!(got <= bound, "{got} claims, at most {bound} allowed");
    assert!(got >= 5, "the burst alone gives five, not {got}");
}
