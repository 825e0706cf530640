//! Events of product management systems, applied to the catalogue.

use crate::webhooks::event;
use cluster::connect;
use database::{Stage, call};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// A key of the workspace; answers its id.
async fn key(stage: &Stage) -> String {
    let statement = format!(
        "insert into hub.webhook_keys (workspace_id, name, secret) values ('{}', 'pms', 'sealed') returning id::text",
        stage.workspace
    );
    stage.one(&statement).await.unwrap()
}

async fn receive(client: &Client, key: &str, nonce: &str, event: &str, command: Value) -> Value {
    let args = json!({"key_id": key, "nonce": format!("{nonce:-<16}"), "event_id": event, "topic": "inventory.updated",
        "headers": {}, "encoding": "text", "command": command});
    let statement = "select hub.receive_pms_event($1::text::jsonb, $2::text)";
    let row = client
        .query_one(statement, &[&args.to_string(), &command.to_string()])
        .await
        .unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

/// What applying the event `id` answers, as `status: detail`.
async fn apply(stage: &Stage, id: &Value) -> String {
    let statement = format!(
        "select hub.apply_pms_event('{}')::text",
        id.as_str().unwrap()
    );
    let row = stage.worker.query_one(&statement, &[]).await.unwrap();
    let answer: Value = serde_json::from_str(row.get(0)).unwrap();
    format!(
        "{}: {}",
        answer["status"].as_str().unwrap(),
        answer["detail"].as_str().unwrap()
    )
}

/// Stores and applies one command.
async fn say(stage: &Stage, key: &str, event: &str, command: Value) -> String {
    let stored = receive(&stage.worker, key, event, event, command).await;
    assert_eq!(stored["outcome"], "stored");
    apply(stage, &stored["id"]).await
}

/// Has an event give the stage's product another title; answers the event's id.
pub async fn rename(stage: &Stage, title: &str) -> String {
    let key = key(stage).await;
    let command = json!({"kind": "save_product", "sku": "mug", "fields": {"sku": "mug", "title": title},
        "variants": [{"sku": "mug-1", "price": "12.00", "inventory": 5}]});
    let stored = receive(&stage.worker, &key, "rename", "rename", command).await;
    let done = apply(stage, &stored["id"]).await;
    assert!(done.starts_with("processed"), "{done}");
    stored["id"].as_str().unwrap().to_owned()
}

fn stock(quantity: i64, at: Option<&str>) -> Value {
    json!({"kind": "set_inventory", "sku": "mug-1", "quantity": quantity, "at": at})
}

async fn inventory(stage: &Stage) -> String {
    stage
        .one("select inventory::text from hub.product_variants where sku = 'mug-1'")
        .await
        .unwrap()
}

#[tokio::test]
async fn a_nonce_is_good_once_even_for_sixteen_at_once() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let mut clients = Vec::new();
    for _ in 0..16 {
        clients.push(connect(&stage.database.worker_url).await.unwrap());
    }
    let tries = clients.iter().enumerate().map(|(n, client)| {
        receive(
            client,
            &key,
            "one-nonce",
            if n % 2 == 0 { "a" } else { "b" },
            json!({"kind": "none"}),
        )
    });
    let tries: Vec<_> = tries.collect();
    let answers = futures::future::join_all(tries).await;
    let outcome = |wanted: &str| answers.iter().filter(|a| a["outcome"] == wanted).count();
    assert_eq!((outcome("stored"), outcome("replayed")), (1, 15));
    assert_eq!(
        stage
            .one("select count(*)::text from hub.webhook_events")
            .await
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn the_same_event_with_a_new_nonce_is_a_duplicate() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let none = json!({"kind": "none"});
    let first = receive(&stage.worker, &key, "n1", "e1", none.clone()).await;
    let again = receive(&stage.worker, &key, "n2", "e1", none).await;
    assert_eq!(
        (&again["outcome"], &again["id"]),
        (&json!("duplicate"), &first["id"])
    );
    let other = receive(&stage.worker, &key, "n3", "e1", json!({"kind": "other"})).await;
    assert_eq!(other["outcome"], "conflict");
}

#[tokio::test]
async fn a_revoked_or_expired_key_takes_nothing() {
    let stage = Stage::new().await.unwrap();
    for end in ["revoked_at = now()", "expires_at = now()"] {
        let key = key(&stage).await;
        let found = call(&stage.worker, "webhook_key", &json!({"key_id": key}))
            .await
            .unwrap();
        assert_eq!(found["secret"], "sealed");
        let update = format!("update hub.webhook_keys set {end} where id = '{key}'");
        stage.admin.batch_execute(&update).await.unwrap();
        let statement = format!("select hub.webhook_key('{{\"key_id\": \"{key}\"}}')");
        let row = stage.worker.query_one(&statement, &[]).await.unwrap();
        assert_eq!(row.get::<_, Option<&str>>(0), None);
        let refused = receive(&stage.worker, &key, "n", "e", json!({"kind": "none"})).await;
        assert_eq!(refused, json!({"outcome": "unknown"}), "{end}");
    }
    assert_eq!(
        stage
            .one("select count(*)::text from hub.webhook_nonces")
            .await
            .unwrap(),
        "0"
    );
}

#[tokio::test]
async fn nonces_are_kept_for_longer_than_a_timestamp_is_believed() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    for nonce in ["old", "new"] {
        receive(&stage.worker, &key, nonce, nonce, json!({"kind": "none"})).await;
    }
    let age = "update hub.webhook_nonces set created_at = now() - interval '16 minutes' where nonce like 'old%'";
    stage.admin.batch_execute(age).await.unwrap();
    let done = stage
        .call("maintain", &json!({"retention_days": 30}))
        .await
        .unwrap();
    assert_eq!(done["nonces_removed"], 1);
    let answer = receive(&stage.worker, &key, "new", "later", json!({"kind": "none"})).await;
    assert_eq!(answer["outcome"], "replayed");
}

#[tokio::test]
async fn the_newest_stock_stands_in_whatever_order_it_is_processed() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let (early, late) = (Some("2020-01-01T10:00:00Z"), Some("2020-01-01T11:00:00Z"));
    assert_eq!(
        say(&stage, &key, "e2", stock(7, late)).await,
        "processed: the stock was set"
    );
    assert_eq!(
        say(&stage, &key, "e1", stock(3, early)).await,
        "ignored: something newer was applied already"
    );
    assert_eq!(inventory(&stage).await, "7");
    assert_eq!(
        say(&stage, &key, "e3", stock(7, late)).await,
        "processed: the stock was this already"
    );
    let reason = "select string_agg(reason, ' ') from hub.inventory_logs where quantity_after = 7";
    assert_eq!(stage.one(reason).await.unwrap(), "inventory.updated");
}

#[tokio::test]
async fn without_a_time_of_its_own_an_event_is_as_old_as_its_arrival() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let first = receive(&stage.worker, &key, "n1", "e1", stock(1, None)).await;
    let second = receive(&stage.worker, &key, "n2", "e2", stock(2, None)).await;
    assert!(apply(&stage, &second["id"]).await.starts_with("processed"));
    assert!(apply(&stage, &first["id"]).await.starts_with("ignored"));
    assert_eq!(inventory(&stage).await, "2");
}

#[tokio::test]
async fn a_time_in_the_future_does_not_shut_the_others_out() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let refused = say(&stage, &key, "e1", stock(9, Some("2999-01-01T00:00:00Z"))).await;
    assert_eq!(refused, "failed: data.updated_at: lies in the future");
    assert!(
        say(&stage, &key, "e2", stock(2, None))
            .await
            .starts_with("processed")
    );
}

#[tokio::test]
async fn a_product_is_made_then_changed_then_deleted() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let save = |title: &str| {
        json!({"kind": "save_product", "sku": "BOWL", "fields": {"sku": "BOWL", "title": title},
        "variants": [{"sku": "BOWL-1", "price": "9.50", "inventory": 2}]})
    };
    assert_eq!(
        say(&stage, &key, "e1", save("A bowl")).await,
        "processed: the product was made"
    );
    assert_eq!(
        say(&stage, &key, "e2", save("The bowl")).await,
        "processed: the product was brought up to date"
    );
    let row = "select p.title || ' ' || v.sku || ' ' || v.price_minor || ' ' || (p.workspace_id = (select id from hub.workspaces where slug = 'one'))
        from hub.products p join hub.product_variants v on v.product_id = p.id where p.sku = 'BOWL'";
    assert_eq!(stage.one(row).await.unwrap(), "The bowl BOWL-1 950 true");
    let delete = |at: Option<&str>| json!({"kind": "delete_product", "sku": "BOWL", "at": at});
    assert!(
        say(&stage, &key, "e3", delete(Some("2019-01-01T00:00:00Z")))
            .await
            .starts_with("ignored"),
        "an old deletion"
    );
    assert_eq!(
        say(&stage, &key, "e4", delete(None)).await,
        "processed: the product was deleted"
    );
    let mut late = save("Back from the dead");
    late["at"] = json!("2019-01-01T00:00:00Z");
    assert!(say(&stage, &key, "e5", late).await.starts_with("ignored"));
    assert_eq!(
        stage
            .one("select count(*)::text from hub.products where sku = 'BOWL'")
            .await
            .unwrap(),
        "0"
    );
    let actor = "select string_agg(distinct actor, ' ') from hub.audit_logs where resource_type = 'product' and action = 'delete'";
    assert_eq!(stage.one(actor).await.unwrap(), "webhooks");
}

#[tokio::test]
async fn what_cannot_be_applied_fails_with_the_reason_and_leaves_no_trace() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    for (n, command, wanted) in [
        (
            1,
            json!({"problem": "data.sku: is missing"}),
            "data.sku: is missing",
        ),
        (
            2,
            json!({"kind": "set_inventory", "sku": "nothing", "quantity": 1}),
            "no variant has the SKU nothing",
        ),
        (
            3,
            json!({"kind": "save_product", "sku": "NEW", "fields": {"sku": "NEW"}}),
            "title",
        ),
        (
            4,
            json!({"kind": "save_product", "sku": "NEW", "fields": {"sku": "NEW", "title": "T"}, "variants": [{"price": "1.001"}]}),
            "at most 2 decimals",
        ),
        (
            5,
            json!({"kind": "save_product", "sku": "NEW", "fields": {"sku": "NEW", "title": "T"}, "variants": [{"sku": "mug-1"}]}),
            "product_variants_sku_key",
        ),
        (
            6,
            json!({"kind": "delete_product", "sku": "mug"}),
            "DELETE /listings",
        ),
    ] {
        let said = say(&stage, &key, &format!("e{n}"), command).await;
        assert!(
            said.starts_with("failed: ") && said.contains(wanted),
            "{said}"
        );
    }
    assert_eq!(
        stage
            .one("select count(*)::text from hub.pms_marks")
            .await
            .unwrap(),
        "0",
        "a failure is no news"
    );
    assert_eq!(
        stage
            .one("select count(*)::text from hub.products")
            .await
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn an_unknown_type_is_kept_and_ignored() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let stored = receive(&stage.worker, &key, "n", "e", json!({"kind": "none"})).await;
    let id = stored["id"].as_str().unwrap();
    assert_eq!(
        apply(&stage, &stored["id"]).await,
        "ignored: nothing is done for the type inventory.updated"
    );
    assert_eq!(
        event(&stage, id, "store_id is null and platform is null").await,
        "true"
    );
    let queue = "select l.queue || ' ' || (l.store_id is null) from hub.jobs j join hub.lanes l on l.id = j.lane_id";
    assert_eq!(stage.one(queue).await.unwrap(), "webhooks true");
}

#[tokio::test]
async fn a_key_sees_its_own_workspace_only() {
    let stage = Stage::new().await.unwrap();
    let key = key(&stage).await;
    let two = stage.workspace_of("two").await.unwrap();
    stage.product_of(&two, "bowl").await.unwrap();
    let said = say(
        &stage,
        &key,
        "e1",
        json!({"kind": "set_inventory", "sku": "bowl-1", "quantity": 0}),
    )
    .await;
    assert!(said.contains("no variant has the SKU bowl-1"), "{said}");
    let said = say(
        &stage,
        &key,
        "e2",
        json!({"kind": "delete_product", "sku": "bowl"}),
    )
    .await;
    assert_eq!(said, "processed: there was no such product");
    let left = format!(
        "select sum(inventory)::text from hub.product_variants where workspace_id = '{two}'"
    );
    assert_eq!(stage.one(&left).await.unwrap(), "5");
}
