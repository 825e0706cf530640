//! What the worker does for a store beside its listings' writes, and what the news of its end do to it.

use crate::notifications::{LISTING, notify, outcome, shown, work};
use crate::tick::{connected, due};
use serde_json::json;

#[tokio::test]
async fn a_shop_that_removed_the_app_is_disconnected_and_keeps_what_verifies_its_notifications() {
    let (stage, world) = shown().await;
    let before = stage
        .one("select credentials from hub.stores")
        .await
        .unwrap();
    let e = notify(&stage, "e", json!({"subject": "uninstalled"})).await;
    let waits = stage.enqueue(json!({"type": "list_products", "store_id": stage.store, "run_at": "2099-01-01T00:00:00Z"})).await.unwrap();
    work(&world).await;
    assert_eq!(
        outcome(&stage, &e).await,
        "processed: the store is disconnected"
    );
    let store = "select status || ': ' || status_reason from hub.stores";
    assert_eq!(
        stage.one(store).await.unwrap(),
        "disconnected: the shop removed the app"
    );
    let after = stage
        .one("select credentials from hub.stores")
        .await
        .unwrap();
    assert_ne!(after, before);
    assert_eq!(world.opened(&stage, &after), json!({"secret": "s"}));
    let held = format!("select waiting_for from api.jobs where id = '{waits}'");
    assert_eq!(
        stage.one(&held).await.unwrap(),
        "its store, which is disconnected: the shop removed the app"
    );
}

#[tokio::test]
async fn a_store_that_was_connected_again_is_not_disconnected_by_old_news() {
    let (stage, world) = shown().await;
    let e = notify(&stage, "e", json!({"subject": "uninstalled"})).await;
    let sealed = world.sealed(&stage, "{\"token\": \"t\"}");
    stage
        .admin
        .batch_execute(&format!("update hub.stores set credentials = '{sealed}'"))
        .await
        .unwrap();
    work(&world).await;
    assert_eq!(
        stage.one("select status from hub.stores").await.unwrap(),
        "active"
    );
    assert_eq!(
        outcome(&stage, &e).await,
        "ignored: The store was connected again after this."
    );
}

#[tokio::test]
async fn the_channel_is_told_where_notifications_go() {
    let (stage, world) = shown().await;
    let job = json!({"type": "subscribe_webhooks", "store_id": stage.store});
    stage.enqueue(job).await.unwrap();
    world.answers(Ok((
        200,
        r#"{"result": {"registered": ["orders"], "present": [], "manual": "tick the box"}}"#,
    )));
    work(&world).await;
    let address = format!(
        "subscribe https://hub.test/webhooks/scripted/{} for ",
        stage.store
    );
    assert!(
        world.requests()[0].starts_with(&address),
        "{:?}",
        world.requests()
    );
    assert_eq!(
        stage
            .one("select webhooks ->> 'manual' from hub.stores")
            .await
            .unwrap(),
        "tick the box"
    );
}

#[tokio::test]
async fn an_order_is_read_again_when_it_was_processed() {
    let (stage, world) = shown().await;
    let payload = json!({"external_order_id": "o1"});
    stage
        .enqueue(json!({"type": "process_order", "store_id": stage.store, "payload": payload}))
        .await
        .unwrap();
    world.answers(Ok((200, r#"{"result": {"shipments": 1}}"#)));
    world.answers(Ok((
        200,
        r#"{"orders": [["o1", "fulfilled", "2026-11-23T12:00:00Z"]]}"#,
    )));
    work(&world).await;
    assert_eq!(
        stage.one("select status from hub.orders").await.unwrap(),
        "fulfilled"
    );
    assert_eq!(stage.one("select state || ' ' || (result ->> 'shipments') from hub.jobs j join hub.job_data d on d.job_id = j.id").await.unwrap(), "done 1");
}

#[tokio::test]
async fn an_order_that_can_not_be_read_again_was_processed_all_the_same() {
    let (stage, world) = shown().await;
    let payload = json!({"external_order_id": "o1"});
    stage
        .enqueue(json!({"type": "process_order", "store_id": stage.store, "payload": payload}))
        .await
        .unwrap();
    world.answers(Ok((200, "")));
    world.answers(Ok((422, "not now")));
    work(&world).await;
    assert_eq!(
        stage.one("select state from hub.jobs").await.unwrap(),
        "done"
    );
}

#[tokio::test]
async fn a_channel_that_decides_later_is_asked_by_the_worker() {
    let (stage, world) = connected().await;
    stage.approved("publish", json!({})).await.unwrap();
    world.answers(Ok((200, "p1")));
    world.answers(Ok((200, r#"{"presence": "pending"}"#)));
    work(&world).await;
    assert_eq!(stage.one(LISTING).await.unwrap(), "submitted|5|p1");
    due(&stage).await;
    world.answers(Ok((
        200,
        r#"{"presence": "refused", "issues": ["is forbidden"]}"#,
    )));
    work(&world).await;
    assert_eq!(
        stage
            .one("select status || ' ' || status_reason from hub.listings")
            .await
            .unwrap(),
        "inactive title: is forbidden"
    );
}

#[tokio::test]
async fn what_a_channel_says_beforehand_lands_on_the_approval() {
    let (stage, world) = connected().await;
    let native = json!({"level": "native"});
    let channels = json!({"scripted": {"create_product": native, "update_product": native,
        "delete_product": native, "preview_product": native}});
    let listing = &stage.listing;
    let asked = stage
        .ask_knowing("listing", listing, "publish", json!({}), &channels)
        .await
        .unwrap();
    world.answers(Ok((422, "title is forbidden")));
    work(&world).await;
    let preview = "select (preview ->> 'status') || ': ' || (preview -> 'issues' -> 0 ->> 'message') from hub.approvals";
    assert_eq!(
        stage.one(preview).await.unwrap(),
        "refused: title is forbidden"
    );
    let decided = stage.approve(asked["row"]["id"].as_str().unwrap()).await;
    assert_eq!(decided.unwrap()["outcome"], "conflict");
    assert_eq!(
        stage.one("select state from hub.jobs").await.unwrap(),
        "done",
        "to be told so was its work"
    );
}
