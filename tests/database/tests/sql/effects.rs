//! What a result means for listings and products.

use crate::results::id;
use database::Stage;
use serde_json::{Value, json};

#[tokio::test]
async fn a_publication_shows_on_the_listing_and_its_product() {
    let stage = Stage::new().await.unwrap();
    stage.approved("publish", json!({})).await.unwrap();
    assert_eq!(
        stage.one("select status from hub.listings").await.unwrap(),
        "submitted"
    );
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let effect = json!({"external_id": "gid://1", "platform_data": {"location": "l"}});
    stage
        .settle(
            &job,
            "completed",
            json!({"effect": effect, "result": {"made": 1}}),
        )
        .await
        .unwrap();
    let listing = "select concat_ws(' ', status, external_id, platform_data ->> 'location', synced_at is not null) from hub.listings";
    assert_eq!(stage.one(listing).await.unwrap(), "active gid://1 l t");
    assert_eq!(
        stage.one("select status from hub.products").await.unwrap(),
        "published"
    );
    assert_eq!(
        stage
            .one("select operation || ' ' || status from hub.sync_logs")
            .await
            .unwrap(),
        "publish_listing completed"
    );
    let by = "select actor || ' ' || request_id from hub.audit_logs where resource_type = 'listing' order by created_at desc limit 1";
    assert_eq!(
        stage.one(by).await.unwrap(),
        format!("job-worker {}", id(&job))
    );
}

#[tokio::test]
async fn an_update_takes_price_and_stock_over_when_the_channel_has_them() {
    let stage = Stage::new().await.unwrap();
    published(&stage).await;
    stage
        .approved("update", json!({"price": "14.75", "inventory": 0}))
        .await
        .unwrap();
    let listing = "select concat_ws(' ', status, price_minor, inventory) from hub.listings";
    assert_eq!(
        stage.one(listing).await.unwrap(),
        "active 1250 5",
        "not before"
    );
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(job["payload"]["listing"]["price"], "14.75");
    assert_eq!(job["payload"]["listing"]["inventory"], 0);
    stage.settle(&job, "completed", json!({})).await.unwrap();
    assert_eq!(stage.one(listing).await.unwrap(), "out_of_stock 1475 0");
    let log =
        "select reason || ' ' || quantity_before || ' ' || quantity_after from hub.inventory_logs
               where listing_id is not null order by id desc limit 1";
    assert_eq!(stage.one(log).await.unwrap(), "update_listing 5 0");
}

#[tokio::test]
async fn a_deletion_takes_the_product_back_when_nothing_shows_it() {
    let stage = Stage::new().await.unwrap();
    published(&stage).await;
    stage.approved("delete", json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    stage.settle(&job, "completed", json!({})).await.unwrap();
    let both = "select concat_ws(' ', l.status, l.external_id is null, l.platform_data, p.status)
                from hub.listings l join hub.products p on p.id = l.product_id";
    assert_eq!(stage.one(both).await.unwrap(), "inactive t {} staged");
}

async fn published(stage: &Stage) {
    stage.approved("publish", json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let more = json!({"effect": {"external_id": "gid://1", "platform_data": {"location": "l"}}});
    assert_eq!(
        stage.settle(&job, "completed", more).await.unwrap()["state"],
        "done"
    );
}

#[tokio::test]
async fn a_failed_publication_gives_the_listing_its_status_back() {
    let stage = Stage::new().await.unwrap();
    let id = stage.approved("publish", json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    stage
        .settle(&job, "failed", json!({"error": "no title"}))
        .await
        .unwrap();
    assert_eq!(
        stage.one("select status from hub.listings").await.unwrap(),
        "draft"
    );
    assert_eq!(
        stage.job(&id, "state || ' ' || error").await.unwrap(),
        "dead no title"
    );
    assert_eq!(
        stage.one("select status from hub.products").await.unwrap(),
        "draft"
    );
}

#[tokio::test]
async fn an_effect_that_does_not_fit_fails_its_job_alone() {
    let stage = Stage::new().await.unwrap();
    published(&stage).await;
    let other = stage.product_of(&stage.workspace, "cup").await.unwrap();
    let second = stage
        .listing_of(&stage.workspace, &other, &stage.store)
        .await
        .unwrap();
    let asked = stage
        .ask("listing", &second, "publish", json!({}))
        .await
        .unwrap();
    stage
        .approve(asked["row"]["id"].as_str().unwrap())
        .await
        .unwrap();
    stage.enqueue(json!({})).await.unwrap();
    let jobs = stage.claim(1, 10).await.unwrap();
    assert_eq!(jobs.len(), 2);
    let results: Vec<Value> = jobs
        .iter()
        .map(|job| json!({"id": job["id"], "lease_seq": job["lease_seq"], "outcome": "completed", "effect": {"external_id": "gid://1"}}))
        .collect();
    let answer = stage
        .call("settle", &json!({"results": results}))
        .await
        .unwrap();
    let state = |kind: &str| {
        let job = jobs.iter().find(|job| job["type"] == kind).unwrap();
        answer
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == job["id"])
            .unwrap()["state"]
            .clone()
    };
    assert_eq!(state("noop"), "done");
    assert_eq!(state("publish_listing"), "dead");
    let error = "select error from hub.job_data where error is not null";
    assert!(
        stage
            .one(error)
            .await
            .unwrap()
            .contains("which another listing of this store shows")
    );
    assert_eq!(
        stage
            .one(&format!(
                "select status from hub.listings where id = '{second}'"
            ))
            .await
            .unwrap(),
        "draft"
    );
}
