//! Notifications acted on by the worker: the channel is asked how things are, so that doubled, late and reordered ones
//! leave the same state.

use crate::tick::world::World;
use crate::tick::{CHANNELS, connected, due};
use crate::webhooks::{event, id, receive};
use common::worker::tick;
use database::Stage;
use serde_json::{Value, json};

pub const LISTING: &str = "select concat_ws('|', status, inventory, external_id) from hub.listings";

/// A store on the scripted channel that shows the listing as `p1`.
pub async fn shown() -> (Stage, World) {
    let (stage, world) = connected().await;
    let shown = "update hub.listings set status = 'active', external_id = 'p1'";
    stage.admin.batch_execute(shown).await.unwrap();
    (stage, world)
}

/// Stores a notification; answers the event's id.
pub async fn notify(stage: &Stage, name: &str, body: Value) -> String {
    let stored = receive(&stage.worker, &stage.store, name, &body.to_string()).await;
    id(&stored).to_owned()
}

pub async fn work(world: &World) {
    tick(world, CHANNELS).await.unwrap();
}

pub async fn outcome(stage: &Stage, id: &str) -> String {
    event(
        stage,
        id,
        "concat_ws(': ', status, coalesce(error, detail))",
    )
    .await
}

#[tokio::test]
async fn stock_that_a_channel_sold_is_taken_over_without_refusing_what_waits() {
    let (stage, world) = shown().await;
    let asked = stage
        .ask(
            "listing",
            &stage.listing,
            "update",
            json!({"price": "15.00"}),
        )
        .await
        .unwrap();
    let e = notify(&stage, "e1", json!({"subject": "stock", "id": "item-9"})).await;
    world.answers(Ok((
        200,
        r#"{"external_id": "p1", "presence": "live", "inventory": 2}"#,
    )));
    work(&world).await;
    assert!(
        world.requests()[0].starts_with("check item-9 for "),
        "{:?}",
        world.requests()
    );
    assert_eq!(stage.one(LISTING).await.unwrap(), "active|2|p1");
    assert_eq!(
        outcome(&stage, &e).await,
        "processed: the product was looked at"
    );
    let log = "select reason || ' ' || quantity_before || ' ' || quantity_after from hub.inventory_logs where listing_id is not null order by id desc limit 1";
    assert_eq!(stage.one(log).await.unwrap(), "webhook 5 2");
    let approval = asked["row"]["id"].as_str().unwrap();
    assert_eq!(
        stage.approve(approval).await.unwrap()["outcome"],
        "ok",
        "stock is bookkeeping"
    );
}

#[tokio::test]
async fn sold_out_and_deleted_show_on_the_listing() {
    let (stage, world) = shown().await;
    notify(&stage, "e1", json!({"subject": "product", "id": "p1"})).await;
    world.answers(Ok((200, r#"{"presence": "live", "inventory": 0}"#)));
    work(&world).await;
    assert_eq!(stage.one(LISTING).await.unwrap(), "out_of_stock|0|p1");
    notify(&stage, "e2", json!({"subject": "product", "id": "p1"})).await;
    world.answers(Ok((200, r#"{"presence": "gone"}"#)));
    work(&world).await;
    assert_eq!(stage.one(LISTING).await.unwrap(), "inactive|0");
    assert_eq!(
        stage.one("select status from hub.products").await.unwrap(),
        "staged"
    );
}

#[tokio::test]
async fn an_older_picture_of_a_product_changes_nothing() {
    let (stage, _) = shown().await;
    let seen = |inventory: i64, at: &str| {
        format!(
            "set hub.workspace = '{}'; select hub.apply_seen('{}', '{{\"external_id\": \"p1\", \"presence\": \"live\", \"inventory\": {inventory}}}', '{at}')",
            stage.workspace, stage.store
        )
    };
    for (inventory, at, then) in [
        (4, "2026-11-23T10:02:00Z", "4"),
        (9, "2026-11-23T10:01:00Z", "4"),
        (3, "2026-11-23T10:02:00Z", "3"),
    ] {
        stage
            .admin
            .batch_execute(&seen(inventory, at))
            .await
            .unwrap();
        assert_eq!(
            stage
                .one("select inventory::text from hub.listings")
                .await
                .unwrap(),
            then,
            "{inventory} of {at}"
        );
    }
    // what we wrote ourselves is later than what was looked at before
    let job = json!({"type": "sync_inventory", "store_id": stage.store, "listing_id": stage.listing, "payload": {"inventory": 7}});
    stage.enqueue(job).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let before = stage.one("select now()::text").await.unwrap();
    stage.settle(&job, "completed", json!({})).await.unwrap();
    stage.admin.batch_execute(&seen(1, &before)).await.unwrap();
    assert_eq!(
        stage
            .one("select inventory::text from hub.listings")
            .await
            .unwrap(),
        "7"
    );
}

#[tokio::test]
async fn what_is_not_ours_is_ignored_and_says_why() {
    let (stage, world) = shown().await;
    let mut events = Vec::new();
    for (name, body, answer) in [
        (
            "a",
            json!({"subject": "product", "id": "p2"}),
            Some(r#"{"presence": "live"}"#),
        ),
        ("b", json!({"subject": "order", "id": "o9"}), Some("{}")),
        ("c", json!({"subject": "party"}), None),
        ("d", json!({"subject": "order"}), None),
    ] {
        events.push(notify(&stage, name, body).await);
        if let Some(answer) = answer {
            world.answers(Ok((200, answer)));
        }
        work(&world).await;
    }
    for (event, said) in events.iter().zip([
        "ignored: No listing of this store is product p2.",
        "ignored: the channel has no such order",
        "ignored: nothing is done for `party`",
        "ignored: it names no order",
    ]) {
        assert_eq!(outcome(&stage, event).await, said);
    }
}

#[tokio::test]
async fn orders_out_of_order_and_doubled_end_as_the_channel_has_them() {
    let (stage, world) = shown().await;
    for name in ["late", "early", "again"] {
        notify(&stage, name, json!({"subject": "order", "id": "o1"})).await;
    }
    let later = r#"{"orders": [["o1", "fulfilled", "2026-11-23T12:00:00Z"]]}"#;
    let earlier = r#"{"orders": [["o1", "open", "2026-11-23T11:00:00Z"]]}"#;
    for answer in [later, earlier, later] {
        world.answers(Ok((200, answer)));
    }
    work(&world).await;
    let orders = "select string_agg(external_id || ' ' || status || ' ' || currency || ' ' || total_minor, ',') from hub.orders";
    assert_eq!(stage.one(orders).await.unwrap(), "o1 fulfilled EUR 1250");
    let states = "select string_agg(distinct status, ' ') from hub.webhook_events";
    assert_eq!(stage.one(states).await.unwrap(), "processed");
}

#[tokio::test]
async fn a_notification_that_can_not_be_read_fails_visibly_and_is_not_repeated() {
    let (stage, world) = shown().await;
    let stored = receive(&stage.worker, &stage.store, "e", "not json").await;
    work(&world).await;
    due(&stage).await;
    work(&world).await;
    let said = outcome(&stage, id(&stored)).await;
    assert!(
        said.starts_with("failed: ") && said.contains("`body` is not JSON"),
        "{said}"
    );
    assert_eq!(
        stage
            .one("select attempts::text from hub.jobs")
            .await
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn a_channel_that_is_away_is_asked_again() {
    let (stage, world) = shown().await;
    let e = notify(&stage, "e", json!({"subject": "order", "id": "o1"})).await;
    world.answers(Ok((503, "")));
    work(&world).await;
    assert_eq!(event(&stage, &e, "status").await, "received");
    due(&stage).await;
    stage
        .admin
        .batch_execute("update hub.store_traffic set blocked_until = 'epoch', open_until = null")
        .await
        .unwrap();
    world.answers(Ok((
        200,
        r#"{"orders": [["o1", "open", "2026-11-23T11:00:00Z"]]}"#,
    )));
    work(&world).await;
    assert_eq!(event(&stage, &e, "status").await, "processed");
}

#[tokio::test]
async fn a_wish_to_publish_is_confirmed_for_our_products_only() {
    let (stage, world) = shown().await;
    for (name, product) in [("a", "p1"), ("b", "p2")] {
        notify(&stage, name, json!({"subject": "publish", "id": product})).await;
        world.answers(Ok((200, "")));
        work(&world).await;
    }
    let asked: Vec<String> = world
        .requests()
        .iter()
        .map(|r| r.split(" for ").next().unwrap().to_owned())
        .collect();
    assert_eq!(asked, ["answer p1 true", "answer p2 false"]);
}

#[tokio::test]
async fn a_wish_to_publish_waits_while_it_may_be_for_a_product_that_is_being_made() {
    let (stage, world) = shown().await;
    let job = json!({"type": "list_products", "store_id": stage.store});
    stage.enqueue(job).await.unwrap();
    stage.admin.batch_execute("alter table hub.jobs drop constraint jobs_approved;
        update hub.jobs set type = 'publish_listing', attempts = 1, state = 'scheduled', run_at = now() + interval '1 hour'").await.unwrap();
    let e = notify(&stage, "e", json!({"subject": "publish", "id": "p2"})).await;
    work(&world).await;
    assert!(world.requests().is_empty());
    assert_eq!(event(&stage, &e, "status").await, "received");
}
