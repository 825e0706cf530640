//! What people change of jobs.

use database::{Member, Stage};
use serde_json::{Value, json};

async fn change(stage: &Stage, args: Value) -> Value {
    stage
        .request(
            Member::Operator,
            "one",
            "jobs",
            "select hub.change_job($1)",
            &args,
        )
        .await
        .unwrap()
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once() {
    let stage = Stage::new().await.unwrap();
    let id = stage.enqueue(json!({})).await.unwrap();
    let answer = change(&stage, json!({"id": id, "action": "cancel"})).await;
    assert_eq!(
        (&answer["outcome"], &answer["row"]["status"]),
        (&json!("ok"), &json!("cancelled"))
    );
    assert!(stage.claim(1, 1).await.unwrap().is_empty());
    let answer = change(&stage, json!({"id": id, "action": "cancel"})).await;
    assert_eq!(answer["outcome"], "conflict");
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("nothing left to cancel")
    );
}

#[tokio::test]
async fn a_running_job_is_cancelled_when_its_attempt_has_not_succeeded() {
    let stage = Stage::new().await.unwrap();
    let id = stage.enqueue(json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        change(&stage, json!({"id": id, "action": "cancel"})).await["outcome"],
        "accepted"
    );
    assert_eq!(
        stage
            .settle(&job, "retry", json!({"error": "cut"}))
            .await
            .unwrap()["state"],
        "cancelled"
    );
}

#[tokio::test]
async fn a_success_outruns_the_request_to_cancel() {
    let stage = Stage::new().await.unwrap();
    let id = stage.enqueue(json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    change(&stage, json!({"id": id, "action": "cancel"})).await;
    assert_eq!(
        stage.settle(&job, "completed", json!({})).await.unwrap()["state"],
        "done"
    );
}

#[tokio::test]
async fn a_cancelled_publication_gives_the_listing_its_status_back_and_a_retry_takes_it() {
    let stage = Stage::new().await.unwrap();
    let id = stage.approved("publish", json!({})).await.unwrap();
    change(&stage, json!({"id": id, "action": "cancel"})).await;
    assert_eq!(
        stage.one("select status from hub.listings").await.unwrap(),
        "draft"
    );
    assert_eq!(
        change(&stage, json!({"id": id, "action": "retry"})).await["row"]["status"],
        "pending"
    );
    assert_eq!(
        stage.one("select status from hub.listings").await.unwrap(),
        "submitted"
    );
}

#[tokio::test]
async fn a_retry_now_does_not_wait() {
    let stage = Stage::new().await.unwrap();
    let id = stage
        .enqueue(json!({"run_at": "2099-01-01T00:00:00Z"}))
        .await
        .unwrap();
    assert_eq!(
        change(&stage, json!({"id": id, "action": "retry"})).await["outcome"],
        "ok"
    );
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        change(&stage, json!({"id": id, "action": "retry"})).await["outcome"],
        "conflict",
        "it runs"
    );
    stage.settle(&job, "completed", json!({})).await.unwrap();
    assert_eq!(
        change(&stage, json!({"id": id, "action": "retry"})).await["outcome"],
        "conflict",
        "it is done"
    );
}

#[tokio::test]
async fn a_failed_job_begins_again_with_a_higher_lease() {
    let stage = Stage::new().await.unwrap();
    let id = stage.enqueue(json!({"max_attempts": 1})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    stage
        .settle(&job, "failed", json!({"error": "no"}))
        .await
        .unwrap();
    let answer = change(&stage, json!({"id": id, "action": "retry", "priority": 7})).await;
    assert_eq!(
        (
            &answer["row"]["status"],
            &answer["row"]["attempts"],
            &answer["row"]["priority"]
        ),
        (&json!("pending"), &json!(0), &json!(7))
    );
    let again = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        (&again["attempts"], &again["lease_seq"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        stage.settle(&job, "completed", json!({})).await.unwrap()["accepted"],
        false
    );
}

#[tokio::test]
async fn a_retry_gives_way_to_a_living_job_of_the_same_key() {
    let stage = Stage::new().await.unwrap();
    let first = stage.enqueue(json!({"unique_key": "k"})).await.unwrap();
    change(&stage, json!({"id": first, "action": "cancel"})).await;
    let second = stage.enqueue(json!({"unique_key": "k"})).await.unwrap();
    let answer = change(&stage, json!({"id": first, "action": "retry"})).await;
    assert_eq!(answer["outcome"], "conflict");
    assert!(answer["message"].as_str().unwrap().contains(&second));
}

#[tokio::test]
async fn priority_changes_the_order_while_a_job_waits() {
    let stage = Stage::new().await.unwrap();
    stage.enqueue(json!({})).await.unwrap();
    let last = stage.enqueue(json!({})).await.unwrap();
    assert_eq!(
        change(&stage, json!({"id": last, "priority": 1})).await["outcome"],
        "ok"
    );
    assert_eq!(stage.claim(1, 1).await.unwrap()[0]["id"], json!(last));
    assert_eq!(
        change(&stage, json!({"id": last, "priority": 2})).await["outcome"],
        "conflict"
    );
}

#[tokio::test]
async fn a_job_elsewhere_is_not_found() {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    let id = stage.enqueue(json!({"workspace_id": two})).await.unwrap();
    assert_eq!(
        change(&stage, json!({"id": id, "action": "cancel"})).await,
        json!({"outcome": "not_found"})
    );
    assert_eq!(stage.job(&id, "state").await.unwrap(), "ready");
}
