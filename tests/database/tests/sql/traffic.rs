//! The limits that all workers share, through `hub.admit` and `hub.observe`.

use cluster::connect;
use database::{Stage, call};
use serde_json::{Value, json};
use std::time::Instant;

/// A request of the stage's store, with `more` besides.
pub fn request(stage: &Stage, more: Value) -> Value {
    let mut args = json!({"workspace": stage.workspace, "store": stage.store, "job": null,
        "operation": "delete_product", "method": "POST", "host": "shop.example", "path": "/things",
        "limits": [], "most_wait_ms": 0, "attempt": 1, "wait_ms": 0, "duration_ms": 5,
        "request_bytes": 7, "is_failure": false});
    let fields = args.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    args
}

pub fn limit(name: &str, per_second: f64, burst: u32, units: u32) -> Value {
    json!({"name": name, "per_second": per_second, "burst": burst, "units": units})
}

pub async fn admit(stage: &Stage, limits: Value, most_wait_ms: u64) -> Value {
    let args = request(
        stage,
        json!({"limits": limits, "most_wait_ms": most_wait_ms}),
    );
    stage.call("admit", &args).await.unwrap()
}

pub async fn observe(stage: &Stage, more: Value) -> Value {
    stage.call("observe", &request(stage, more)).await.unwrap()
}

pub async fn fail(stage: &Stage, times: usize) {
    for _ in 0..times {
        observe(stage, json!({"error": "timeout", "is_failure": true})).await;
    }
}

/// Milliseconds that two moments may differ by: the database answers within them.
const SLACK_MS: i64 = 5000;

pub fn is_about(value: &Value, wanted_ms: i64) -> bool {
    let ms = value.as_i64().unwrap();
    (wanted_ms - SLACK_MS..=wanted_ms).contains(&ms)
}

#[tokio::test]
async fn eight_workers_together_keep_to_the_limit() {
    let stage = Stage::new().await.unwrap();
    let args = request(&stage, json!({"limits": [limit("all", 50.0, 10, 1)]}));
    let begun = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..8 {
        let client = connect(&stage.database.worker_url).await.unwrap();
        let args = args.clone();
        workers.push(tokio::spawn(async move {
            let mut admitted = 0;
            for _ in 0..100 {
                let answer = call(&client, "admit", &args).await.unwrap();
                admitted += usize::from(answer["charge"].is_object());
            }
            admitted
        }));
    }
    let mut admitted = 0;
    for worker in workers {
        admitted += worker.await.unwrap();
    }
    let restored = begun.elapsed().as_millis() as usize * 50 / 1000;
    assert!(
        admitted <= 10 + restored + 1,
        "{admitted} admitted, the limit gave {}",
        10 + restored
    );
    assert!(admitted >= 10, "the burst alone gives ten, not {admitted}");
    let issued = stage.one("select issued::text from hub.store_limits");
    assert_eq!(issued.await.unwrap(), admitted.to_string());
}

#[tokio::test]
async fn those_who_wait_are_given_turns_one_after_the_other() {
    let stage = Stage::new().await.unwrap();
    let mut waits = Vec::new();
    for _ in 0..5 {
        let answer = admit(&stage, json!([limit("all", 1.0, 2, 1)]), 60_000).await;
        waits.push(answer["wait_ms"].as_i64().unwrap());
    }
    assert_eq!(waits[..2], [0, 0], "the bucket holds two");
    for (wait, turn) in waits[2..].iter().zip([1000, 2000, 3000]) {
        assert!(
            (turn - SLACK_MS.min(turn)..=turn).contains(wait),
            "{waits:?}"
        );
    }
    assert!(waits.is_sorted(), "{waits:?}");
}

#[tokio::test]
async fn a_turn_that_comes_too_late_is_not_taken() {
    let stage = Stage::new().await.unwrap();
    let slow = json!([limit("all", 0.01, 1, 1)]);
    assert_eq!(admit(&stage, slow.clone(), 0).await["wait_ms"], 0);
    for _ in 0..3 {
        let answer = admit(&stage, slow.clone(), 5000).await;
        assert_eq!(
            (&answer["refused"], &answer["limit"]),
            (&json!(true), &json!("all"))
        );
        assert!(is_about(&answer["wait_ms"], 100_000), "{answer}");
    }
    let issued = stage.one("select issued::text from hub.store_limits").await;
    assert_eq!(issued.unwrap(), "1", "a refusal draws nothing");
}

#[tokio::test]
async fn the_strictest_limit_decides_and_its_refusal_costs_the_others_nothing() {
    let stage = Stage::new().await.unwrap();
    let both = json!([limit("all", 10.0, 100, 1), limit("orders", 0.01, 1, 1)]);
    assert_eq!(
        admit(&stage, both.clone(), 0).await["charge"],
        json!({"all": 1, "orders": 1})
    );
    assert_eq!(admit(&stage, both, 0).await["limit"], "orders");
    let other = admit(&stage, json!([limit("all", 10.0, 100, 1)]), 0).await;
    assert_eq!(other["charge"], json!({"all": 2}));
}

#[tokio::test]
async fn what_costs_more_than_the_bucket_holds_waits_for_a_full_one() {
    let stage = Stage::new().await.unwrap();
    let answer = admit(&stage, json!([limit("cost", 100.0, 1000, 5000)]), 0).await;
    assert_eq!(answer["wait_ms"], 0);
    let answer = admit(&stage, json!([limit("cost", 100.0, 1000, 5000)]), 0).await;
    assert!(is_about(&answer["wait_ms"], 10_000), "{answer}");
}

#[tokio::test]
async fn another_store_has_limits_of_its_own() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    let slow = json!([limit("all", 0.01, 1, 1)]);
    admit(&stage, slow.clone(), 0).await;
    let args = request(&stage, json!({"store": other, "limits": slow}));
    assert_eq!(stage.call("admit", &args).await.unwrap()["wait_ms"], 0);
}

#[tokio::test]
async fn the_channels_figures_replace_ours_but_for_what_it_has_not_counted_yet() {
    let stage = Stage::new().await.unwrap();
    let limits = json!([limit("cost", 100.0, 1000, 50)]);
    let first = admit(&stage, limits.clone(), 0).await;
    admit(&stage, limits.clone(), 0).await; // on its way while the first is answered
    let told = |remaining: f64, mark: &Value| {
        json!({"status": 200, "told": [{"name": "cost", "remaining": remaining, "capacity": 2000.0,
            "per_second": 1.0, "published_per_second": 100.0, "published_burst": 1000, "mark": mark}]})
    };
    let used = async |wanted: i64| {
        let used = "select round(extract(epoch from full_at - clock_timestamp()))::text from hub.store_limits";
        let used: i64 = stage.one(used).await.unwrap().parse().unwrap();
        (wanted - 5..=wanted).contains(&used)
    };
    observe(&stage, told(1990.0, &first["charge"]["cost"])).await;
    assert!(used(60).await, "10 that it counted and 50 under way");
    let last = admit(&stage, limits, 0).await;
    observe(&stage, told(1960.0, &last["charge"]["cost"])).await;
    assert!(used(40).await, "the channel gave back what was not used");
    observe(&stage, told(1999.0, &Value::Null)).await;
    assert!(
        used(40).await,
        "a limit that was not drawn from is not loosened"
    );
    observe(&stage, told(1000.0, &Value::Null)).await;
    assert!(used(1000).await, "but made stricter");
    let learnt = "select per_second || ' ' || burst from hub.store_limits";
    assert_eq!(stage.one(learnt).await.unwrap(), "1 2000");
}

#[tokio::test]
async fn absurd_figures_make_a_store_wait_but_break_nothing() {
    let stage = Stage::new().await.unwrap();
    for (remaining, capacity, per_second) in [(-1e9, 1e9, 0.00001), (1e9, 1.0, 1e6)] {
        let told = json!([{"name": "cost", "remaining": remaining, "capacity": capacity,
            "per_second": per_second, "published_per_second": 1.0, "published_burst": 1, "mark": 0}]);
        observe(&stage, json!({"status": 200, "told": told})).await;
        let answer = admit(&stage, json!([limit("cost", 1.0, 1, 1)]), 0).await;
        assert!(
            answer["wait_ms"].as_i64().unwrap() <= 172_800_000,
            "{answer}"
        );
        observe(
            &stage,
            json!({"status": 429, "spent": {"limits": [limit("cost", 1.0, 1, 1)]}}),
        )
        .await;
    }
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_left_alone_and_others_go_on() {
    let stage = Stage::new().await.unwrap();
    let orders = limit("orders", 0.1, 20, 1);
    let both = json!([limit("all", 10.0, 100, 1), orders]);
    admit(&stage, both.clone(), 0).await;
    observe(
        &stage,
        json!({"status": 429, "spent": {"limits": [orders]}}),
    )
    .await;
    let answer = admit(&stage, both.clone(), 0).await;
    assert!(
        is_about(&answer["wait_ms"], 10_000),
        "the time of one unit: {answer}"
    );
    observe(
        &stage,
        json!({"status": 429, "spent": {"limits": [orders], "wait_ms": 60_000}}),
    )
    .await;
    let answer = admit(&stage, both, 0).await;
    assert!(is_about(&answer["wait_ms"], 60_000), "as it said: {answer}");
    assert_eq!(
        admit(&stage, json!([limit("all", 10.0, 100, 1)]), 0).await["wait_ms"],
        0
    );
}

#[tokio::test]
async fn a_store_whose_channel_says_retry_after_is_left_alone_by_all() {
    let stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    observe(&stage, json!({"status": 429, "block_ms": 30_000})).await;
    observe(&stage, json!({"status": 429, "block_ms": 10_000})).await;
    let answer = admit(&stage, json!([]), 60_000).await;
    assert!(
        is_about(&answer["shut_ms"], 30_000),
        "the longest wish counts: {answer}"
    );
    assert_eq!(answer["reason"], "it asked to be left alone");
    assert!(
        stage.claim(1, 10).await.unwrap().is_empty(),
        "its jobs are not given out"
    );
}
