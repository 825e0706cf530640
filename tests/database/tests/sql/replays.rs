//! Events that are processed again.

use crate::webhooks::{event, id, receive};
use database::{Member, Stage};
use serde_json::{Value, json};

async fn replay(stage: &Stage, args: Value, function: &str) -> Value {
    let statement = format!("select hub.{function}($1)");
    stage
        .request(Member::Owner, "one", "jobs", &statement, &args)
        .await
        .unwrap()
}

async fn work_off(stage: &Stage) -> usize {
    let mut done = 0;
    loop {
        let jobs = stage.claim(1, 100).await.unwrap();
        if jobs.is_empty() {
            return done;
        }
        for job in &jobs {
            stage.settle(job, "completed", json!({})).await.unwrap();
        }
        done += jobs.len();
    }
}

#[tokio::test]
async fn a_replay_waits_for_the_end_of_processing_and_is_counted() {
    let stage = Stage::new().await.unwrap();
    let stored = receive(&stage.worker, &stage.store, "e1", "{}").await;
    let wanted = json!({"id": stored["id"]});
    let waits = replay(&stage, wanted.clone(), "replay_webhook").await;
    assert_eq!(waits["outcome"], "conflict");
    assert!(
        waits["message"].as_str().unwrap().contains("waits"),
        "{waits}"
    );
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let runs = replay(&stage, wanted.clone(), "replay_webhook").await;
    assert_eq!(runs["outcome"], "conflict");
    assert!(
        runs["message"]
            .as_str()
            .unwrap()
            .contains("being processed"),
        "{runs}"
    );
    stage
        .settle(&job, "failed", json!({"error": "no"}))
        .await
        .unwrap();
    let again = replay(&stage, wanted, "replay_webhook").await;
    assert_eq!(again["outcome"], "accepted");
    assert_eq!(
        (
            &again["row"]["status"],
            &again["row"]["replays"],
            &again["row"]["error"]
        ),
        (&json!("received"), &json!(1), &json!(null))
    );
    assert_ne!(again["row"]["job_id"], job["id"], "a job of its own");
    assert_eq!(work_off(&stage).await, 1);
    assert_eq!(event(&stage, id(&stored), "status").await, "processed");
    let by = "select string_agg(actor, ' ') from hub.audit_logs where resource_type = 'job' and action = 'create'";
    assert_eq!(
        stage.one(by).await.unwrap(),
        "user",
        "what arrives is not audited, who replays is"
    );
    let missing = replay(&stage, json!({"id": stage.store}), "replay_webhook").await;
    assert_eq!(missing["outcome"], "not_found");
}

#[tokio::test]
async fn a_span_is_replayed_in_its_order_within_its_filters() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    for n in 0..6 {
        let store = if n == 5 { &other } else { &stage.store };
        let stored = receive(&stage.worker, store, &format!("e{n}"), "{}").await;
        // Received in the other order than stored, a minute apart.
        let at = format!(
            "update hub.webhook_events set received_at = '2026-01-01T00:0{}:00Z' where id = '{}'",
            9 - n,
            id(&stored)
        );
        stage.admin.batch_execute(&at).await.unwrap();
    }
    assert_eq!(work_off(&stage).await, 6);
    let range = |from: &str, to: &str| json!({"from": format!("2026-01-01T00:{from}:00Z"), "to": format!("2026-01-01T00:{to}:00Z"), "store_id": stage.store});
    let done = replay(&stage, range("05", "09"), "replay_webhooks").await;
    assert_eq!(
        done["row"],
        json!({"replayed": 4, "more": false, "next_from": null}),
        "to is not included"
    );
    let order = "select string_agg(e.event_id, ' ' order by j.rank, j.id) from hub.jobs j
        join hub.webhook_events e on e.job_id = j.id where j.state = 'ready'";
    assert_eq!(stage.one(order).await.unwrap(), "e4 e3 e2 e1");
    let waiting = replay(&stage, range("00", "59"), "replay_webhooks").await;
    assert_eq!(waiting["row"]["replayed"], 1, "what waits is passed over");
    work_off(&stage).await;
    let none = replay(
        &stage,
        json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "status": "failed"}),
        "replay_webhooks",
    )
    .await;
    assert_eq!(none["row"]["replayed"], 0);
    let empty = replay(&stage, range("09", "09"), "replay_webhooks").await;
    assert_eq!(
        (&empty["outcome"], &empty["field"]),
        (&json!("invalid"), &json!("to"))
    );
}

#[tokio::test]
async fn a_long_span_says_where_to_go_on() {
    let stage = Stage::new().await.unwrap();
    for n in 0..5 {
        receive(&stage.worker, &stage.store, &format!("e{n}"), "{}").await;
    }
    work_off(&stage).await;
    let mut from = json!("2020-01-01T00:00:00Z");
    let mut replayed = Vec::new();
    for _ in 0..3 {
        let args = json!({"from": from, "to": "2100-01-01T00:00:00Z", "most": 2});
        let done = replay(&stage, args, "replay_webhooks").await;
        replayed.push(done["row"]["replayed"].as_u64().unwrap());
        from = done["row"]["next_from"].clone();
        if done["row"]["more"] == false {
            break;
        }
    }
    assert_eq!(replayed, [2, 2, 1]);
    assert_eq!(work_off(&stage).await, 5, "each once");
}

#[tokio::test]
async fn another_workspace_neither_sees_nor_replays_it() {
    let stage = Stage::new().await.unwrap();
    stage.workspace_of("two").await.unwrap();
    let stored = receive(&stage.worker, &stage.store, "e1", "{}").await;
    work_off(&stage).await;
    for (statement, args) in [
        ("select hub.replay_webhook($1)", json!({"id": stored["id"]})),
        (
            "select hub.replay_webhooks($1)",
            json!({"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}),
        ),
        (
            "select json_build_object('n', count(*))::text from api.webhook_events where $1 is not null",
            json!({}),
        ),
    ] {
        let seen = stage
            .request(Member::Owner, "two", "jobs", statement, &args)
            .await
            .unwrap();
        let nothing =
            seen["outcome"] == "not_found" || seen["row"]["replayed"] == 0 || seen["n"] == 0;
        assert!(nothing, "{statement}: {seen}");
    }
    assert_eq!(event(&stage, id(&stored), "replays").await, "0");
}
