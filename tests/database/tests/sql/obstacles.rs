//! What keeps a request from being approved: what it is about has changed, or is being worked on.

use crate::decisions::{asked, refused};
use database::{Member, Stage};
use serde_json::json;

#[tokio::test]
async fn what_changed_after_it_was_asked_for_is_not_approved() {
    let changes = [
        ("update hub.listings set price_minor = 999", "Listing"),
        ("update hub.products set title = 'Another'", "Product"),
        ("update hub.product_variants set price_minor = 1", "Product"),
    ];
    for (change, what) in changes {
        let stage = Stage::new().await.unwrap();
        let id = asked(&stage, "listing", &stage.listing, "publish").await;
        stage.admin.batch_execute(change).await.unwrap();
        let answer = stage.approve(&id).await.unwrap();
        refused(&answer, "conflict", "changed after this was asked for");
        refused(&answer, "conflict", what);
        assert_eq!(
            stage
                .one("select count(*)::text from hub.jobs")
                .await
                .unwrap(),
            "0"
        );
        let rejected = stage
            .decide(Member::Reviewer, &id, "rejected")
            .await
            .unwrap();
        assert_eq!(rejected["outcome"], "ok", "saying no is always possible");
    }
}

#[tokio::test]
async fn a_new_variant_is_a_change_of_the_product() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "product", &stage.product, "publish").await;
    stage.admin.batch_execute(
        "insert into hub.product_variants (workspace_id, product_id, sku, option_values, currency)
         select workspace_id, id, 'mug-2', '{blue}', 'USD' from hub.products",
    ).await.unwrap();
    refused(&stage.approve(&id).await.unwrap(), "conflict", "Product");
}

#[tokio::test]
async fn bookkeeping_and_stock_sold_do_not_refuse_a_decision() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    stage
        .admin
        .batch_execute(
            "update hub.listings set platform_data = '{\"a\": 1}', synced_at = now();
         update hub.products set status = 'staged';
         update hub.product_variants set inventory = inventory - 1",
        )
        .await
        .unwrap();
    assert_eq!(stage.approve(&id).await.unwrap()["outcome"], "ok");
}

#[tokio::test]
async fn publishing_in_one_store_does_not_refuse_the_other() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    let second = stage
        .listing_of(&stage.workspace, &stage.product, &other)
        .await
        .unwrap();
    let first_request = asked(&stage, "listing", &stage.listing, "publish").await;
    let second_request = asked(&stage, "listing", &second, "publish").await;
    stage.approve(&first_request).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    stage
        .settle(
            &job,
            "completed",
            json!({"effect": {"external_id": "gid://1"}}),
        )
        .await
        .unwrap();
    assert_eq!(
        stage.approve(&second_request).await.unwrap()["outcome"],
        "ok"
    );
}

#[tokio::test]
async fn a_listing_that_is_gone_can_not_be_approved() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    stage
        .admin
        .batch_execute("delete from hub.listings")
        .await
        .unwrap();
    refused(&stage.approve(&id).await.unwrap(), "conflict", "is gone");
}

#[tokio::test]
async fn one_listing_is_worked_on_by_one_job() {
    let stage = Stage::new().await.unwrap();
    stage
        .admin
        .batch_execute("update hub.listings set external_id = 'gid://1', status = 'active'")
        .await
        .unwrap();
    let update = asked(&stage, "listing", &stage.listing, "update").await;
    let delete = asked(&stage, "listing", &stage.listing, "delete").await;
    stage.approve(&update).await.unwrap();
    refused(
        &stage.approve(&delete).await.unwrap(),
        "conflict",
        "is still being worked on by job",
    );
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    stage.settle(&job, "completed", json!({})).await.unwrap();
    assert_eq!(stage.approve(&delete).await.unwrap()["outcome"], "ok");
}

#[tokio::test]
async fn what_changed_after_the_approval_is_not_published() {
    let stage = Stage::new().await.unwrap();
    stage.approved("publish", json!({})).await.unwrap();
    stage
        .admin
        .batch_execute("update hub.products set title = 'Unseen'")
        .await
        .unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert!(
        job["obstacle"]
            .as_str()
            .unwrap()
            .contains("changed after the approval"),
        "{job}"
    );
}
