//! How a channel shows a product: at once, later or not at all.

use database::Stage;
use serde_json::{Value, json};

const LISTING: &str = "select concat_ws('|', status, external_id, status_reason) from hub.listings";
const CHECK: &str = "select concat_ws(' ', state, round(extract(epoch from run_at - now()))) from hub.jobs where type = 'check_listing'";

async fn listing(stage: &Stage) -> String {
    stage.one(LISTING).await.unwrap()
}

/// Claims the only job that is due and reports it as completed with `effect`; answers the report's answer.
async fn end(stage: &Stage, effect: Value) -> Value {
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let more = json!({ "effect": effect });
    stage.settle(&job, "completed", more).await.unwrap()
}

async fn publish(stage: &Stage, effect: Value) {
    stage.approved("publish", json!({})).await.unwrap();
    assert_eq!(end(stage, effect).await["state"], "done");
}

async fn check(stage: &Stage, effect: Value) -> Value {
    let now = "update hub.jobs set run_at = now() where state = 'scheduled'";
    stage.admin.batch_execute(now).await.unwrap();
    end(stage, effect).await
}

#[tokio::test]
async fn what_the_channel_has_not_decided_stays_submitted_and_is_asked_again() {
    let stage = Stage::new().await.unwrap();
    publish(
        &stage,
        json!({"external_id": "sku-1", "presence": "pending"}),
    )
    .await;
    assert_eq!(
        listing(&stage).await,
        "submitted|sku-1|The channel has taken it in and not yet decided."
    );
    assert_eq!(
        stage.one("select status from hub.products").await.unwrap(),
        "draft"
    );
    assert_eq!(stage.one(CHECK).await.unwrap(), "scheduled 60");

    let answer = check(&stage, json!({"presence": "pending"})).await;
    assert_eq!(answer["state"], "scheduled", "the same job asks again");
    assert_eq!(stage.one(CHECK).await.unwrap(), "scheduled 60");
    assert_eq!(
        stage
            .one("select attempts::text from hub.jobs where type = 'check_listing'")
            .await
            .unwrap(),
        "0"
    );

    let answer = check(&stage, json!({"presence": "live"})).await;
    assert_eq!(answer["state"], "done");
    assert_eq!(listing(&stage).await, "active|sku-1");
    assert_eq!(
        stage.one("select status from hub.products").await.unwrap(),
        "published"
    );
}

#[tokio::test]
async fn the_waits_between_checks_grow_to_an_hour() {
    let stage = Stage::new().await.unwrap();
    publish(
        &stage,
        json!({"external_id": "sku-1", "presence": "pending"}),
    )
    .await;
    for (age, wait) in [("5 minutes", "300"), ("3 days", "3600")] {
        let older = format!(
            "update hub.jobs set created_at = now() - interval '{age}' where type = 'check_listing'"
        );
        stage.admin.batch_execute(&older).await.unwrap();
        check(&stage, json!({"presence": "pending"})).await;
        assert_eq!(stage.one(CHECK).await.unwrap(), format!("scheduled {wait}"));
    }
}

#[tokio::test]
async fn what_the_channel_refuses_says_why() {
    let stage = Stage::new().await.unwrap();
    publish(
        &stage,
        json!({"external_id": "sku-1", "presence": "pending"}),
    )
    .await;
    let issues = json!([
        {"severity": "warning", "code": "1", "message": "no brand"},
        {"severity": "error", "code": "2", "message": "is forbidden", "field": "title"},
        {"severity": "error", "code": "3", "message": "no image"}]);
    check(&stage, json!({"presence": "refused", "issues": issues})).await;
    assert_eq!(
        listing(&stage).await,
        "inactive|sku-1|title: is forbidden; no image"
    );
    let kept = stage
        .one("select (platform_data -> 'issues')::text from hub.listings")
        .await
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), issues);

    stage.approved("update", json!({})).await.unwrap();
    end(&stage, json!({"presence": "live"})).await;
    assert_eq!(
        listing(&stage).await,
        "active|sku-1",
        "what was wrong is gone"
    );
    assert_eq!(
        stage
            .one("select platform_data::text from hub.listings")
            .await
            .unwrap(),
        "{}"
    );
}

#[tokio::test]
async fn an_update_that_is_not_decided_is_submitted_again() {
    let stage = Stage::new().await.unwrap();
    publish(&stage, json!({"external_id": "sku-1"})).await;
    assert_eq!(listing(&stage).await, "active|sku-1");
    stage
        .approved("update", json!({"price": "14.75"}))
        .await
        .unwrap();
    end(&stage, json!({"presence": "pending"})).await;
    assert!(listing(&stage).await.starts_with("submitted|sku-1|"));
    assert_eq!(
        stage
            .one("select price_minor::text from hub.listings")
            .await
            .unwrap(),
        "1475"
    );
    assert_eq!(stage.one(CHECK).await.unwrap(), "scheduled 60");
}

#[tokio::test]
async fn stock_that_is_not_taken_over_yet_leaves_the_listing_for_sale() {
    let stage = Stage::new().await.unwrap();
    publish(&stage, json!({"external_id": "sku-1"})).await;
    let job = json!({"type": "sync_inventory", "store_id": stage.store, "listing_id": stage.listing, "payload": {"inventory": 3}});
    stage.enqueue(job).await.unwrap();
    end(&stage, json!({"presence": "pending"})).await;
    assert_eq!(listing(&stage).await, "active|sku-1");
    assert_eq!(stage.one(CHECK).await.unwrap(), "scheduled 60");
}

#[tokio::test]
async fn a_product_that_is_gone_can_be_published_again() {
    let stage = Stage::new().await.unwrap();
    publish(
        &stage,
        json!({"external_id": "sku-1", "presence": "pending", "platform_data": {"location": "l"}}),
    )
    .await;
    check(&stage, json!({"presence": "gone"})).await;
    assert_eq!(
        listing(&stage).await,
        "inactive|The channel does not have it any more."
    );
    assert_eq!(
        stage
            .one("select platform_data::text from hub.listings")
            .await
            .unwrap(),
        "{}"
    );
    publish(&stage, json!({"external_id": "sku-2"})).await;
    assert_eq!(listing(&stage).await, "active|sku-2");
}

#[tokio::test]
async fn a_product_that_is_made_but_not_shown_is_inactive() {
    let stage = Stage::new().await.unwrap();
    publish(
        &stage,
        json!({"external_id": "sku-1", "presence": "inactive"}),
    )
    .await;
    assert_eq!(
        listing(&stage).await,
        "inactive|sku-1|The channel has it, but not for sale."
    );
}

#[tokio::test]
async fn a_product_of_several_variants_is_for_sale_whatever_the_listing_counts() {
    let stage = Stage::new().await.unwrap();
    let second = format!(
        "update hub.listings set inventory = 0; update hub.product_variants set option_values = '{{S}}';
         insert into hub.product_variants (workspace_id, product_id, sku, option_values, price_minor, currency)
         values ('{}', '{}', 'mug-2', '{{M}}', 1200, 'USD')", stage.workspace, stage.product);
    stage.admin.batch_execute(&second).await.unwrap();
    publish(&stage, json!({"external_id": "sku-1"})).await;
    assert_eq!(listing(&stage).await, "active|sku-1");
}
