//! Access tokens are renewed before they end.

use database::Stage;
use serde_json::{Value, json};

async fn ends_in(stage: &Stage, minutes: i32, lifetime_s: &str) {
    let change = format!(
        "update hub.stores set token_expires_at = now() + interval '{minutes} minutes', token_lifetime_s = {lifetime_s}"
    );
    stage.admin.batch_execute(&change).await.unwrap();
}

async fn refresh(stage: &Stage) -> Value {
    let done = stage.call("enqueue_refreshes", &json!({})).await.unwrap();
    done["enqueued"].clone()
}

#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_once() {
    let stage = Stage::new().await.unwrap();
    ends_in(&stage, 9, "3600").await;
    assert_eq!(refresh(&stage).await, 1);
    assert_eq!(refresh(&stage).await, 0, "it is on its way already");
    let job = "select type || ' ' || unique_key || ' ' || l.queue from hub.jobs j join hub.lanes l on l.id = j.lane_id";
    assert_eq!(
        stage.one(job).await.unwrap(),
        format!("authenticate authenticate:{} auth", stage.store)
    );
}

#[tokio::test]
async fn a_renewal_that_changed_nothing_is_not_repeated_at_once() {
    let stage = Stage::new().await.unwrap();
    ends_in(&stage, 9, "3600").await;
    refresh(&stage).await;
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    stage.settle(&job, "completed", json!({})).await.unwrap();
    assert_eq!(refresh(&stage).await, 0);
    let later = "update hub.jobs set created_at = now() - interval '6 minutes'";
    stage.admin.batch_execute(later).await.unwrap();
    assert_eq!(refresh(&stage).await, 1);
}

#[tokio::test]
async fn a_quarter_of_the_life_before_the_end_is_soon_enough() {
    for (minutes, lifetime_s, wanted) in [
        (14, "3600", 1),
        (16, "3600", 0),
        (9, "null", 1),
        (11, "null", 0),
        (4, "600", 1),
        (6, "600", 0),
        (300, "86400", 1),
    ] {
        let stage = Stage::new().await.unwrap();
        ends_in(&stage, minutes, lifetime_s).await;
        assert_eq!(refresh(&stage).await, wanted, "{minutes} of {lifetime_s}");
    }
}

#[tokio::test]
async fn what_is_not_active_or_does_not_end_is_left_alone() {
    let stage = Stage::new().await.unwrap();
    assert_eq!(refresh(&stage).await, 0);
    ends_in(&stage, 1, "3600").await;
    let stop = "update hub.stores set status = 'disconnected'";
    stage.admin.batch_execute(stop).await.unwrap();
    assert_eq!(refresh(&stage).await, 0);
}

#[tokio::test]
async fn stores_of_every_workspace_are_looked_after_under_their_own_names() {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    stage.store_of(&two, "main").await.unwrap();
    ends_in(&stage, 1, "3600").await;
    assert_eq!(refresh(&stage).await, 2);
    let apart = "select count(distinct workspace_id)::text from hub.jobs";
    assert_eq!(stage.one(apart).await.unwrap(), "2");
}

#[tokio::test]
async fn the_look_across_workspaces_ends_with_the_call() {
    let mut stage = Stage::new().await.unwrap();
    let transaction = stage.worker.transaction().await.unwrap();
    let call = "select hub.enqueue_refreshes('{}')";
    transaction.query_one(call, &[]).await.unwrap();
    let seen = "select count(*) from hub.stores";
    let row = transaction.query_one(seen, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}
