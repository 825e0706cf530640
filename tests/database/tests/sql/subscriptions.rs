//! A new store, and one with new credentials, sees to its channel's notifications.

use database::{Member, Stage};
use serde_json::{Value, json};

const CREATE: &str = include_str!("../../../../functions/common/src/stores/create.sql");
const UPDATE: &str = include_str!("../../../../functions/common/src/stores/update.sql");
const DELETE: &str = include_str!("../../../../functions/common/src/stores/delete.sql");
const ID: &str = "00000000-0000-4000-8000-000000000001";

async fn run(stage: &Stage, statement: &str, args: Value) -> Value {
    stage
        .request(Member::Owner, "one", "stores", statement, &args)
        .await
        .unwrap()
}

async fn create(stage: &Stage, subscribe: bool) -> Value {
    let args = json!({"id": ID, "platform": "shopify", "name": "new", "config": {}, "credentials": "sealed",
        "subscribe": subscribe});
    run(stage, CREATE, args).await
}

async fn subscriptions(stage: &Stage) -> String {
    let jobs = "select count(*) filter (where unique_key = 'subscribe:' || store_id) || ' of ' || count(*) from hub.jobs";
    stage.one(jobs).await.unwrap()
}

#[tokio::test]
async fn a_new_store_subscribes_where_its_channel_notifies() {
    for (subscribe, wanted) in [(true, "1 of 1"), (false, "0 of 0")] {
        let stage = Stage::new().await.unwrap();
        assert_eq!(create(&stage, subscribe).await["outcome"], "created");
        assert_eq!(subscriptions(&stage).await, wanted);
    }
}

#[tokio::test]
async fn new_credentials_subscribe_again_but_not_twice() {
    let stage = Stage::new().await.unwrap();
    for credentials in ["a", "b"] {
        let args = json!({"id": stage.store, "credentials": credentials, "subscribe": true});
        assert_eq!(run(&stage, UPDATE, args).await["outcome"], "ok");
    }
    assert_eq!(subscriptions(&stage).await, "1 of 1");
}

#[tokio::test]
async fn a_change_that_is_refused_or_switches_off_subscribes_to_nothing() {
    let stage = Stage::new().await.unwrap();
    for args in [
        json!({"id": stage.store, "credentials": "a", "subscribe": true, "if_match": 99}),
        json!({"id": stage.store, "credentials": "a", "subscribe": true, "status": "disconnected"}),
        json!({"id": stage.store, "name": "other"}),
    ] {
        run(&stage, UPDATE, args).await;
    }
    assert_eq!(subscriptions(&stage).await, "0 of 0");
}

#[tokio::test]
async fn new_credentials_end_when_they_say_and_not_when_the_old_ones_did() {
    let stage = Stage::new().await.unwrap();
    let soon = "update hub.stores set token_expires_at = now(), token_lifetime_s = 60";
    stage.admin.batch_execute(soon).await.unwrap();
    let args = json!({"id": stage.store, "name": "other"});
    run(&stage, UPDATE, args).await;
    let known = "select (token_expires_at is not null)::text from hub.stores";
    assert_eq!(stage.one(known).await.unwrap(), "true");
    let args = json!({"id": stage.store, "credentials": "a"});
    run(&stage, UPDATE, args).await;
    assert_eq!(stage.one(known).await.unwrap(), "false");
}

#[tokio::test]
async fn what_a_store_asked_for_by_itself_is_no_history_that_keeps_it() {
    let stage = Stage::new().await.unwrap();
    create(&stage, true).await;
    let args = json!({"id": ID});
    assert_eq!(
        run(&stage, DELETE, args.clone()).await["outcome"],
        "deleted"
    );
    assert_eq!(subscriptions(&stage).await, "0 of 0");
    create(&stage, true).await;
    let job = json!({"type": "list_products", "store_id": ID});
    stage.enqueue(job).await.unwrap();
    let answer = run(&stage, DELETE, args).await;
    assert_eq!(answer["outcome"], "conflict", "{answer}");
}
