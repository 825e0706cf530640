//! The jobs of a store that is not active wait, and go on when it is active again.

use database::{Member, Stage};
use serde_json::json;

async fn set_status(stage: &Stage, status: &str) {
    let change = format!("update hub.stores set status = '{status}', status_reason = 'r'");
    stage.admin.batch_execute(&change).await.unwrap();
}

#[tokio::test]
async fn the_jobs_of_a_store_that_is_not_active_wait() {
    for status in ["disconnected", "error"] {
        let stage = Stage::new().await.unwrap();
        let before = stage.enqueue(json!({"store_id": stage.store})).await;
        set_status(&stage, status).await;
        assert!(stage.claim(1, 5).await.unwrap().is_empty());
        let said = format!(
            "select waiting_for from api.jobs where id = '{}'",
            before.unwrap()
        );
        assert!(stage.one(&said).await.unwrap().starts_with("its store"));
        set_status(&stage, "active").await;
        assert_eq!(stage.claim(1, 5).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_lane_that_is_made_meanwhile_waits_too() {
    let stage = Stage::new().await.unwrap();
    set_status(&stage, "disconnected").await;
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    assert!(stage.claim(1, 5).await.unwrap().is_empty());
    set_status(&stage, "active").await;
    assert_eq!(stage.claim(1, 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn credentials_are_checked_although_the_store_is_not_active() {
    let stage = Stage::new().await.unwrap();
    let lane = format!(
        "insert into hub.lanes (workspace_id, store_id, queue) values ('{}', '{}', 'auth')",
        stage.workspace, stage.store
    );
    stage.admin.batch_execute(&lane).await.unwrap();
    set_status(&stage, "error").await;
    let args = json!({"type": "authenticate", "store_id": stage.store});
    let statement = "select hub.create_job($1)";
    stage
        .request(Member::Owner, "one", "jobs", statement, &args)
        .await
        .unwrap();
    let job = stage.claim(1, 5).await.unwrap().remove(0);
    assert_eq!(job["type"], "authenticate");
    stage.settle(&job, "completed", json!({})).await.unwrap();
    let now = "select status || coalesce(status_reason, '') from hub.stores";
    assert_eq!(stage.one(now).await.unwrap(), "active");
}

#[tokio::test]
async fn other_stores_go_on() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    for store in [&stage.store, &other] {
        stage.enqueue(json!({"store_id": store})).await.unwrap();
    }
    let change = format!(
        "update hub.stores set status = 'error' where id = '{}'",
        stage.store
    );
    stage.admin.batch_execute(&change).await.unwrap();
    let claimed = stage.claim(1, 5).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0]["store"]["id"], json!(other));
}

#[tokio::test]
async fn a_member_pauses_and_resumes_a_store_by_its_status() {
    let stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    let statement = include_str!("../../../../functions/common/src/stores/update.sql");
    for (status, claimed) in [("disconnected", 0), ("active", 1)] {
        let args = json!({"id": stage.store, "status": status});
        let answer = stage
            .request(Member::Owner, "one", "stores", statement, &args)
            .await
            .unwrap();
        assert_eq!(answer["outcome"], "ok", "{answer}");
        assert_eq!(stage.claim(1, 5).await.unwrap().len(), claimed, "{status}");
    }
}

#[tokio::test]
async fn a_report_does_not_reopen_the_lane_of_a_paused_store() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..2 {
        stage
            .enqueue(json!({"store_id": stage.store}))
            .await
            .unwrap();
    }
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    set_status(&stage, "error").await;
    let wait = json!({"error": "busy", "retry_after_ms": 1});
    stage.settle(&job, "retry", wait).await.unwrap();
    let open = "select count(*)::text from hub.lanes where blocked_until < 'infinity'";
    assert_eq!(stage.one(open).await.unwrap(), "0");
}
