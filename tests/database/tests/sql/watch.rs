//! What nobody asks for: subscriptions, silent stores, open fates.

use database::Stage;
use serde_json::{Value, json};

const SHOPIFY: &str = "shopify";

async fn watch(stage: &Stage) -> Value {
    let able =
        json!({SHOPIFY: {"poll_after_s": 3600, "webhooks": true, "orders": true, "checks": true}});
    stage
        .call("watch_channels", &json!({"channels": able}))
        .await
        .unwrap()
}

fn made(subscriptions: u32, readings: u32, checks: u32) -> Value {
    json!({"subscriptions": subscriptions, "readings": readings, "checks": checks})
}

async fn sql(stage: &Stage, statement: &str) {
    stage.admin.batch_execute(statement).await.unwrap();
}

/// Ends the only living job of a kind.
async fn end(stage: &Stage, outcome: &str, result: Value) -> Value {
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let more = json!({"result": result, "error": "no"});
    stage.settle(&job, outcome, more).await.unwrap();
    job
}

#[tokio::test]
async fn subscriptions_are_seen_to_once_an_hour() {
    let stage = Stage::new().await.unwrap();
    sql(&stage, "update hub.stores set last_webhook_at = now()").await;
    assert_eq!(watch(&stage).await, made(1, 0, 0));
    assert_eq!(watch(&stage).await, made(0, 0, 0), "it waits");
    let job = end(
        &stage,
        "completed",
        json!({"registered": ["orders/create"], "present": []}),
    )
    .await;
    assert_eq!(job["type"], "subscribe_webhooks");
    let kept = "select concat_ws(' ', webhooks -> 'registered', webhooks ? 'checked_at', version) from hub.stores";
    assert_eq!(
        stage.one(kept).await.unwrap(),
        "[\"orders/create\"] t 1",
        "and it is no new version"
    );
    assert_eq!(watch(&stage).await, made(0, 0, 0), "it was looked at");
    sql(
        &stage,
        "update hub.stores set webhooks = '{\"checked_at\": \"2026-01-01T00:00:00Z\"}'",
    )
    .await;
    assert_eq!(
        watch(&stage).await,
        made(1, 0, 0),
        "the channel may have dropped them"
    );
    end(&stage, "failed", json!({})).await;
    assert_eq!(
        stage
            .one("select webhooks ->> 'error' from hub.stores")
            .await
            .unwrap(),
        "no"
    );
    assert_eq!(
        watch(&stage).await,
        made(0, 0, 0),
        "a failure is not repeated at once"
    );
}

#[tokio::test]
async fn a_store_that_has_been_silent_is_read_once_in_its_interval() {
    let stage = Stage::new().await.unwrap();
    sql(
        &stage,
        "update hub.stores set webhooks = jsonb_build_object('checked_at', now())",
    )
    .await;
    assert_eq!(
        watch(&stage).await,
        made(0, 1, 0),
        "a new store has orders already"
    );
    let job = end(&stage, "failed", json!({})).await;
    let since = stage
        .one("select hub.moment(created_at - interval '30 days') from hub.stores")
        .await
        .unwrap();
    assert_eq!(job["payload"]["payload"]["since"], json!(since));
    assert_eq!(watch(&stage).await, made(0, 0, 0), "however it ended");
    sql(&stage, "update hub.stores set orders_asked_at = now() - interval '2 hours', last_webhook_at = now() - interval '30 minutes'").await;
    assert_eq!(watch(&stage).await, made(0, 0, 0), "it is not silent");
    sql(
        &stage,
        "update hub.stores set last_webhook_at = now() - interval '61 minutes'",
    )
    .await;
    assert_eq!(watch(&stage).await, made(0, 1, 0));
}

#[tokio::test]
async fn a_reading_goes_on_page_by_page_and_remembers_where_it_began() {
    let stage = Stage::new().await.unwrap();
    sql(
        &stage,
        "update hub.stores set webhooks = jsonb_build_object('checked_at', now())",
    )
    .await;
    watch(&stage).await;
    let first = end(
        &stage,
        "completed",
        json!({"orders": 5, "next_cursor": "c2"}),
    )
    .await;
    assert_eq!(
        stage
            .one("select coalesce(orders_read_until::text, 'never') from hub.stores")
            .await
            .unwrap(),
        "never"
    );
    let began = format!(
        "select hub.moment(started_at) from hub.jobs where id = '{}'",
        first["id"].as_str().unwrap()
    );
    let began = stage.one(&began).await.unwrap();
    sql(&stage, "select pg_sleep(1.1)").await;
    let second = end(
        &stage,
        "completed",
        json!({"orders": 5, "next_cursor": null}),
    )
    .await;
    let payload = &second["payload"]["payload"];
    assert_eq!(
        (&payload["cursor"], &payload["since"]),
        (&json!("c2"), &first["payload"]["payload"]["since"])
    );
    assert_eq!(
        stage
            .one("select hub.moment(orders_read_until) from hub.stores")
            .await
            .unwrap(),
        began
    );
    sql(
        &stage,
        "update hub.stores set orders_asked_at = now() - interval '2 hours'",
    )
    .await;
    watch(&stage).await;
    let next = stage.claim(1, 1).await.unwrap().remove(0);
    let since = stage
        .one("select hub.moment(orders_read_until - interval '5 minutes') from hub.stores")
        .await
        .unwrap();
    assert_eq!(
        next["payload"]["payload"]["since"],
        json!(since),
        "with some overlap"
    );
}

#[tokio::test]
async fn a_reading_by_hand_does_not_pass_for_a_complete_one() {
    let stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"type": "read_orders", "store_id": stage.store}))
        .await
        .unwrap();
    end(
        &stage,
        "completed",
        json!({"orders": 0, "next_cursor": null}),
    )
    .await;
    assert_eq!(
        stage
            .one("select orders_read_until::text from hub.stores")
            .await
            .unwrap(),
        ""
    );
}

#[tokio::test]
async fn a_submitted_listing_that_nobody_checks_is_checked() {
    let stage = Stage::new().await.unwrap();
    sql(&stage, "update hub.stores set last_webhook_at = now(), webhooks = jsonb_build_object('checked_at', now());
         update hub.listings set status = 'submitted', external_id = '1'").await;
    assert_eq!(watch(&stage).await, made(0, 0, 1));
    assert_eq!(watch(&stage).await, made(0, 0, 0));
    let job = "select type || ' ' || unique_key from hub.jobs";
    assert_eq!(
        stage.one(job).await.unwrap(),
        format!("check_listing check:{}", stage.listing)
    );
}

#[tokio::test]
async fn stores_that_are_not_connected_or_can_not_are_left_alone() {
    let stage = Stage::new().await.unwrap();
    sql(&stage, "update hub.stores set status = 'disconnected'").await;
    assert_eq!(watch(&stage).await, made(0, 0, 0));
    sql(
        &stage,
        "update hub.stores set status = 'active', platform = 'etsy'",
    )
    .await;
    assert_eq!(
        watch(&stage).await,
        made(0, 0, 0),
        "nothing is known of etsy here"
    );
}

#[tokio::test]
async fn every_workspace_is_watched_and_no_store_is_seen_outside_of_it() {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    stage.store_of(&two, "main").await.unwrap();
    assert_eq!(watch(&stage).await, made(2, 2, 0));
    let mixed = "select count(*)::text from hub.jobs j join hub.stores s on s.id = j.store_id where s.workspace_id <> j.workspace_id";
    assert_eq!(stage.one(mixed).await.unwrap(), "0");
    let seen = stage
        .worker
        .query_one("select count(*)::text from hub.stores", &[])
        .await
        .unwrap();
    assert_eq!(seen.get::<_, &str>(0), "0");
}
