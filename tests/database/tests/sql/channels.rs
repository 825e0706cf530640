//! What channels can't do is refused when it is asked for; what they do by other means is told.

use database::{Member, Stage};
use serde_json::{Value, json};

/// Every operation of the store's platform native but one.
fn all_but(operation: &str, level: &str, reason: &str) -> Value {
    let mut known: serde_json::Map<_, _> = [
        "create_product",
        "update_product",
        "delete_product",
        "sync_inventory",
        "process_order",
        "list_products",
        "authenticate",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), json!({"level": "native"})))
    .collect();
    known.insert(
        operation.to_owned(),
        json!({"level": level, "reason": reason}),
    );
    json!({"shopify": known})
}

async fn shown(stage: &Stage) {
    let show = "update hub.listings set external_id = 'gid://1', status = 'active'";
    stage.admin.batch_execute(show).await.unwrap();
}

async fn create_job(stage: &Stage, args: Value) -> Value {
    let statement = "select hub.create_job($1)";
    stage
        .request(Member::Owner, "one", "jobs", statement, &args)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_action_that_the_channel_can_not_do_is_refused_with_the_reason() {
    for (action, operation) in [
        ("publish", "create_product"),
        ("update", "update_product"),
        ("delete", "delete_product"),
    ] {
        let stage = Stage::new().await.unwrap();
        if action != "publish" {
            shown(&stage).await;
        }
        let channels = all_but(operation, "unsupported", "the vendor has no such call");
        let answer = stage
            .ask_knowing("listing", &stage.listing, action, json!({}), &channels)
            .await
            .unwrap();
        assert_eq!(answer["outcome"], "conflict", "{answer}");
        let message = answer["message"].as_str().unwrap();
        for part in ["main", "shopify", operation, "the vendor has no such call"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        let none = "select count(*)::text from hub.approvals";
        assert_eq!(stage.one(none).await.unwrap(), "0");
    }
}

#[tokio::test]
async fn stock_in_an_update_needs_a_channel_that_takes_stock() {
    let stage = Stage::new().await.unwrap();
    shown(&stage).await;
    let channels = all_but("sync_inventory", "unsupported", "no stock there");
    let ask = async |payload: Value| {
        stage
            .ask_knowing("listing", &stage.listing, "update", payload, &channels)
            .await
            .unwrap()
    };
    let answer = ask(json!({"inventory": 3})).await;
    assert_eq!(
        (&answer["outcome"], &answer["field"]),
        (&json!("conflict"), &json!("payload.inventory")),
        "{answer}"
    );
    let answer = ask(json!({"price": "9.00"})).await;
    assert_eq!(answer["outcome"], "created", "{answer}");
}

#[tokio::test]
async fn a_workaround_is_noted_on_the_request() {
    let stage = Stage::new().await.unwrap();
    let channels = all_but("create_product", "workaround", "made by hand");
    let answer = stage
        .ask_knowing("listing", &stage.listing, "publish", json!({}), &channels)
        .await
        .unwrap();
    assert_eq!(
        answer["row"]["notes"],
        json!([{"platform": "shopify", "store_id": stage.store, "listing_id": stage.listing,
            "operation": "create_product", "level": "workaround", "reason": "made by hand"}])
    );
}

#[tokio::test]
async fn a_product_is_not_published_where_one_of_its_channels_can_not() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    stage
        .listing_of(&stage.workspace, &stage.product, &other)
        .await
        .unwrap();
    let change = format!("update hub.stores set platform = 'closed' where id = '{other}'");
    stage.admin.batch_execute(&change).await.unwrap();
    let mut channels = all_but("create_product", "native", "");
    channels["closed"] = json!({"create_product": {"level": "unsupported", "reason": "no"}});
    let answer = stage
        .ask_knowing("product", &stage.product, "publish", json!({}), &channels)
        .await
        .unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("\"other\""), "{answer}");
    assert!(message.contains("one by one"), "{answer}");
}

#[tokio::test]
async fn a_platform_without_a_plugin_can_do_nothing() {
    let stage = Stage::new().await.unwrap();
    let answer = stage
        .ask_knowing("listing", &stage.listing, "publish", json!({}), &json!({}))
        .await
        .unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("there is no plugin"), "{answer}");
}

#[tokio::test]
async fn one_number_for_several_variants_is_refused_when_it_is_asked_for() {
    let stage = Stage::new().await.unwrap();
    shown(&stage).await;
    let second =
        "insert into hub.product_variants (workspace_id, product_id, sku, option_values, currency)
        select workspace_id, id, 'mug-2', '{blue}', 'USD' from hub.products";
    stage.admin.batch_execute(second).await.unwrap();
    for (payload, field) in [
        (json!({"inventory": 3}), "payload.inventory"),
        (json!({"price": "9.00"}), "payload.price"),
    ] {
        let answer = stage
            .ask("listing", &stage.listing, "update", payload.clone())
            .await
            .unwrap();
        assert_eq!(
            (&answer["outcome"], &answer["field"]),
            (&json!("invalid"), &json!(field)),
            "{answer}"
        );
    }
    let args =
        json!({"type": "sync_inventory", "listing_id": stage.listing, "payload": {"inventory": 3}});
    assert_eq!(create_job(&stage, args).await["field"], "payload.inventory");
    let unpriced = "update hub.product_variants set price_minor = null";
    stage.admin.batch_execute(unpriced).await.unwrap();
    let answer = stage
        .ask(
            "listing",
            &stage.listing,
            "update",
            json!({"price": "9.00"}),
        )
        .await
        .unwrap();
    assert_eq!(answer["outcome"], "created", "one price for all: {answer}");
}

#[tokio::test]
async fn a_job_that_the_channel_can_not_do_is_refused_with_the_reason() {
    let stage = Stage::new().await.unwrap();
    for kind in ["process_order", "list_products"] {
        let channels = all_but(kind, "unsupported", "the vendor has no such call");
        let args = json!({"type": kind, "store_id": stage.store, "channels": channels});
        let answer = create_job(&stage, args).await;
        assert_eq!(answer["outcome"], "conflict", "{answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains("the vendor has no such call"), "{answer}");
    }
    let none = "select count(*)::text from hub.jobs";
    assert_eq!(stage.one(none).await.unwrap(), "0");
}

#[tokio::test]
async fn a_job_that_is_done_by_other_means_says_so() {
    let stage = Stage::new().await.unwrap();
    let channels = all_but("process_order", "workaround", "it is made there");
    let args = json!({"type": "process_order", "store_id": stage.store, "channels": channels});
    let answer = create_job(&stage, args).await;
    assert_eq!(answer["row"]["note"], "it is made there", "{answer}");
    let args = json!({"type": "list_products", "store_id": stage.store, "channels": channels});
    let answer = create_job(&stage, args).await;
    assert_eq!(answer["row"]["note"], Value::Null, "{answer}");
}

#[tokio::test]
async fn a_job_without_a_channel_is_nobodys_business() {
    let stage = Stage::new().await.unwrap();
    let args = json!({"type": "noop", "channels": {}});
    assert_eq!(create_job(&stage, args).await["outcome"], "created");
    let args = json!({"type": "noop", "store_id": stage.store, "channels": {}});
    assert_eq!(create_job(&stage, args).await["outcome"], "created");
}
