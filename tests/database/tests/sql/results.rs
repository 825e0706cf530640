//! Reporting what became of jobs.

use database::Stage;
use serde_json::{Value, json};

async fn claimed(stage: &Stage, job: Value) -> Value {
    stage.enqueue(job).await.unwrap();
    stage.claim(1, 1).await.unwrap().remove(0)
}

pub fn id(job: &Value) -> &str {
    job["id"].as_str().unwrap()
}

#[tokio::test]
async fn the_report_of_a_zombie_is_refused() {
    let stage = Stage::new().await.unwrap();
    let a = claimed(&stage, json!({})).await;
    stage
        .admin
        .batch_execute("update hub.jobs set lease_until = now() - interval '1 second'")
        .await
        .unwrap();
    stage
        .call("maintain", &json!({"retention_days": 30}))
        .await
        .unwrap();
    let b = stage.claim(2, 1).await.unwrap().remove(0);
    assert_eq!(a["id"], b["id"]);

    let answer = stage
        .settle(&a, "completed", json!({"result": {"by": "a"}}))
        .await
        .unwrap();
    assert_eq!(answer["accepted"], false);
    assert_eq!(stage.job(id(&a), "state").await.unwrap(), "running");
    assert_eq!(stage.job(id(&a), "result").await.unwrap(), "");
    assert_eq!(
        stage
            .one("select running::text from hub.lanes")
            .await
            .unwrap(),
        "1"
    );

    let answer = stage
        .settle(&b, "completed", json!({"result": {"by": "b"}}))
        .await
        .unwrap();
    assert_eq!(
        answer,
        json!({"id": b["id"], "accepted": true, "state": "done"})
    );
    assert_eq!(
        stage.settle(&b, "completed", json!({})).await.unwrap()["accepted"],
        false,
        "not twice"
    );
    assert_eq!(stage.job(id(&a), "result->>'by'").await.unwrap(), "b");
    assert_eq!(
        stage
            .one("select running::text from hub.lanes")
            .await
            .unwrap(),
        "0"
    );
}

#[tokio::test]
async fn a_retry_backs_off_exponentially_within_its_bounds() {
    let stage = Stage::new().await.unwrap();
    for (attempt, chance, seconds) in [
        (1, 0.0, 1.0),
        (1, 1.0, 2.0),
        (3, 0.0, 4.0),
        (3, 1.0, 8.0),
        (30, 1.0, 900.0),
        (30, 0.0, 450.0),
    ] {
        let wait =
            format!("select extract(epoch from hub.backoff({attempt}, {chance}))::float8::text");
        assert_eq!(
            stage.one(&wait).await.unwrap().parse::<f64>().unwrap(),
            seconds,
            "attempt {attempt}, chance {chance}"
        );
    }
    let job = claimed(&stage, json!({})).await;
    let answer = stage
        .settle(&job, "retry", json!({"error": "cut", "chance": 1.0}))
        .await
        .unwrap();
    assert_eq!(answer["state"], "scheduled");
    assert_eq!(stage.job(id(&job), "error").await.unwrap(), "cut");
    let wait = stage
        .job(id(&job), "extract(epoch from run_at - now())")
        .await
        .unwrap()
        .parse::<f64>()
        .unwrap();
    assert!((1.0..=2.0).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_job_gives_up_after_its_last_attempt() {
    let stage = Stage::new().await.unwrap();
    stage.enqueue(json!({"max_attempts": 3})).await.unwrap();
    for attempt in 1..=3 {
        stage
            .admin
            .batch_execute("update hub.jobs set run_at = now() where state = 'scheduled'")
            .await
            .unwrap();
        let job = stage.claim(1, 1).await.unwrap().remove(0);
        assert_eq!(job["attempts"], attempt);
        let state = stage
            .settle(&job, "retry", json!({"error": "cut"}))
            .await
            .unwrap()["state"]
            .clone();
        assert_eq!(state, if attempt == 3 { "dead" } else { "scheduled" });
    }
    let events = "select string_agg(event, ' ' order by id) from hub.job_logs";
    assert_eq!(
        stage.one(events).await.unwrap(),
        "created claimed retried claimed retried claimed failed"
    );
}

#[tokio::test]
async fn a_channel_that_asks_for_quiet_gets_it_for_the_whole_lane() {
    let stage = Stage::new().await.unwrap();
    let job = claimed(&stage, json!({"store_id": stage.store})).await;
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    let elsewhere = stage.enqueue(json!({})).await.unwrap();
    stage
        .settle(
            &job,
            "retry",
            json!({"retry_after_ms": 60_000, "error": "429"}),
        )
        .await
        .unwrap();
    let wait = stage
        .job(id(&job), "round(extract(epoch from run_at - now()))")
        .await
        .unwrap();
    assert_eq!(wait, "60");
    let next = stage.claim(1, 10).await.unwrap();
    assert_eq!(next.len(), 1);
    assert_eq!(id(&next[0]), elsewhere);
}

#[tokio::test]
async fn a_job_put_back_has_lost_no_attempt() {
    let stage = Stage::new().await.unwrap();
    let job = claimed(&stage, json!({})).await;
    assert_eq!(
        stage.settle(&job, "snooze", json!({})).await.unwrap()["state"],
        "ready"
    );
    let again = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        (again["attempts"].clone(), again["lease_seq"].clone()),
        (json!(1), json!(2))
    );
}

#[tokio::test]
async fn refused_credentials_disconnect_the_store_and_renewed_ones_are_kept() {
    let stage = Stage::new().await.unwrap();
    let job = claimed(
        &stage,
        json!({"type": "list_products", "store_id": stage.store}),
    )
    .await;
    let effect = json!({"disconnected": {"reason": "token revoked"}, "credentials": "sealed anew"});
    stage
        .settle(&job, "failed", json!({"error": "401", "effect": effect}))
        .await
        .unwrap();
    let store = "select concat_ws('|', status, status_reason, credentials) from hub.stores";
    assert_eq!(
        stage.one(store).await.unwrap(),
        "disconnected|token revoked|sealed anew"
    );
    let audit = "select (changes -> 'credentials')::text from hub.audit_logs
                 where resource_type = 'store' and changes ? 'credentials' order by created_at desc limit 1";
    assert_eq!(
        stage.one(audit).await.unwrap(),
        r#"{"to": "[redacted]", "from": "[redacted]"}"#
    );

    let job = claimed(
        &stage,
        json!({"type": "authenticate", "store_id": stage.store, "queue": "auth"}),
    )
    .await;
    stage.settle(&job, "completed", json!({})).await.unwrap();
    assert_eq!(
        stage
            .one("select concat_ws('|', status, status_reason) from hub.stores")
            .await
            .unwrap(),
        "active"
    );
}
