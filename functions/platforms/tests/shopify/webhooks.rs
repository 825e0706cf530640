use crate::inbox::{Inbox, Letter};
use crate::support::Bench;
use common::platform::{
    Action, Operation, Outcome, Platform, Subscriptions, WebhookRefused, WebhookSubject,
};
use common::secret::Secret;
use platforms::shopify::Shopify;
use sandbox::{CLIENT_SECRET, Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

const OURS: [&str; 6] = [
    "APP_UNINSTALLED",
    "INVENTORY_LEVELS_UPDATE",
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "PRODUCTS_DELETE",
    "PRODUCTS_UPDATE",
];

fn wanted(address: &str) -> Operation {
    let address = address.to_owned();
    Operation::new(
        Action::SubscribeWebhooks(Box::new(Subscriptions { address })),
        "subscribe",
    )
}

async fn subscribe(bench: &Bench, address: &str) -> Outcome {
    bench.run(&wanted(address)).await.unwrap()
}

async fn letters(bench: &Bench, inbox: &Inbox) -> Vec<Letter> {
    bench.sandbox.delivered().await;
    inbox.take()
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn verify(letter: &Letter, signed_with: &str) -> Result<(), WebhookRefused> {
    Shopify.verify_webhook(&letter.delivery(), &secret(signed_with), 0)
}

#[tokio::test]
async fn what_is_missing_is_subscribed_to_and_what_is_there_left_alone() {
    let bench = Bench::new().await;
    let first = subscribe(&bench, "https://hub.example/webhooks/shopify/1").await;
    assert_eq!(first.result["registered"], json!(OURS));
    let before = bench.shop()["subscriptions"].clone();
    let again = subscribe(&bench, "https://hub.example/webhooks/shopify/1").await;
    assert_eq!(again.result["registered"], json!([]));
    assert_eq!(again.result["present"], json!(OURS));
    assert_eq!(bench.shop()["subscriptions"], before);
    assert_eq!(
        bench.count("Subscribe"),
        6,
        "what is there is not asked for"
    );
}

#[tokio::test]
async fn a_subscription_to_another_address_is_not_ours() {
    let bench = Bench::new().await;
    subscribe(&bench, "https://old.example/w").await;
    let moved = subscribe(&bench, "https://new.example/w").await;
    assert_eq!(moved.result["registered"], json!(OURS));
    assert_eq!(bench.shop()["subscriptions"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn a_subscription_whose_reply_was_lost_is_made_once() {
    let bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "Subscribe"));
    let outcome = subscribe(&bench, "https://hub.example/w").await;
    assert_eq!(outcome.result["present"], json!(["APP_UNINSTALLED"]));
    assert_eq!(outcome.result["registered"], json!(OURS[1..]));
    assert_eq!(bench.shop()["subscriptions"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_address_that_the_channel_does_not_take_is_refused_with_its_reason() {
    let bench = Bench::new().await;
    let error = bench
        .run(&wanted("http://hub.example/w"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("protocol http://"), "{error}");
}

#[tokio::test]
async fn everything_that_happens_is_told_signed_and_can_be_read() {
    let mut bench = Bench::new().await;
    let inbox = Inbox::open().await;
    subscribe(&bench, &inbox.address).await;
    let product = bench.publish().await.external_id.unwrap();
    bench.job("update_listing").await.unwrap();
    let order = bench.control(
        "orders",
        json!({"lines": [{"sku": "OBS-S", "quantity": 2}]}),
    );
    bench.control(
        "order",
        json!({"id": order["id"], "financial_status": "REFUNDED"}),
    );
    bench.job("delete_listing").await.unwrap();
    bench.control("uninstall", json!({}));
    let all = letters(&bench, &inbox).await;
    let mut seen = Vec::new();
    for letter in &all {
        assert_eq!(verify(letter, CLIENT_SECRET), Ok(()));
        let event = Shopify.decode_webhook(&letter.delivery()).unwrap();
        let receipt = Shopify.webhook_receipt(&letter.delivery());
        assert_eq!(receipt.event_id, event.delivery_id);
        assert_eq!(receipt.topic, event.topic);
        assert_eq!(event.shop, "sandbox.myshopify.com");
        let subject = json!(event.subject);
        seen.push((subject.as_str().unwrap().to_owned(), event.external_id));
    }
    let item = bench.listing["listing"]["platform_data"]["variants"]["OBS-S"]["inventory_item_id"]
        .as_str()
        .map(str::to_owned);
    let order = order["id"].as_str().map(str::to_owned);
    for expected in [
        ("product_changed", Some(product.clone())),
        ("inventory_changed", item),
        ("order_changed", order),
        ("product_deleted", Some(product)),
        ("disconnected", None),
    ] {
        let (subject, id) = expected;
        assert!(
            seen.contains(&(subject.to_owned(), id)),
            "{subject}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn a_forged_delivery_is_not_believed() {
    let bench = Bench::new().await;
    let inbox = Inbox::open().await;
    subscribe(&bench, &inbox.address).await;
    bench.control("orders", json!({"lines": [{"sku": "X", "quantity": 1}]}));
    let mut letter = letters(&bench, &inbox).await.remove(0);
    assert_eq!(verify(&letter, CLIENT_SECRET), Ok(()));
    let wrong = Err(WebhookRefused::WrongSignature);
    assert_eq!(verify(&letter, "another"), wrong);
    letter.body = letter.body.to_vec().repeat(2).into();
    assert_eq!(verify(&letter, CLIENT_SECRET), wrong);
    letter.headers.remove("x-shopify-hmac-sha256");
    assert!(verify(&letter, CLIENT_SECRET).is_err());
}

#[tokio::test]
async fn after_a_rotation_the_old_secret_signs_for_an_hour() {
    let bench = Bench::new().await;
    let inbox = Inbox::open().await;
    subscribe(&bench, &inbox.address).await;
    bench.control("rotate_secret", json!({"secret": "fresh"}));
    let order = json!({"lines": [{"sku": "X", "quantity": 1}]});
    bench.control("orders", order.clone());
    let old = letters(&bench, &inbox).await;
    assert_eq!(verify(&old[0], CLIENT_SECRET), Ok(()));
    assert!(verify(&old[0], "fresh").is_err());
    bench.sandbox.advance(Duration::from_secs(3601));
    bench.control("orders", order);
    let new = letters(&bench, &inbox).await;
    assert_eq!(verify(&new[0], "fresh"), Ok(()));
    assert!(verify(&new[0], CLIENT_SECRET).is_err());
}

#[tokio::test]
async fn a_delivery_keeps_its_id_over_its_retries_and_is_tried_nine_times_in_four_hours() {
    let bench = Bench::new().await;
    let inbox = Inbox::open().await;
    subscribe(&bench, &inbox.address).await;
    inbox.answer(500);
    bench.control("orders", json!({"lines": [{"sku": "X", "quantity": 1}]}));
    let mut tries = letters(&bench, &inbox).await;
    for pause in [60, 120, 300, 600, 1200, 2400, 3600, 6120] {
        assert!(letters(&bench, &inbox).await.is_empty(), "too early");
        bench.sandbox.advance(Duration::from_secs(pause));
        tries.extend(letters(&bench, &inbox).await);
    }
    assert_eq!(tries.len(), 9);
    let ids = tries
        .iter()
        .map(|letter| Shopify.webhook_receipt(&letter.delivery()).event_id);
    let ids: std::collections::BTreeSet<String> = ids.collect();
    assert_eq!(ids.len(), 1);
    let topics: Vec<Value> = bench.shop()["subscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["topic"].clone())
        .collect();
    assert!(!topics.contains(&json!("ORDERS_CREATE")), "{topics:?}");
    inbox.answer(200);
    let repaired = subscribe(&bench, &inbox.address).await;
    assert_eq!(repaired.result["registered"], json!(["ORDERS_CREATE"]));
}

#[tokio::test]
async fn two_deliveries_of_one_event_differ_in_their_id_alone() {
    let bench = Bench::new().await;
    let (one, other) = (Inbox::open().await, Inbox::open().await);
    subscribe(&bench, &one.address).await;
    subscribe(&bench, &other.address).await;
    bench.control("orders", json!({"lines": [{"sku": "X", "quantity": 1}]}));
    let (one, other) = (letters(&bench, &one).await, letters(&bench, &other).await);
    let read = |letter: &Letter| Shopify.decode_webhook(&letter.delivery()).unwrap();
    let (one, other) = (read(&one[0]), read(&other[0]));
    assert_ne!(one.delivery_id, other.delivery_id);
    assert!(one.event_id.is_some());
    assert_eq!(one.event_id, other.event_id);
    assert_eq!(one.payload, other.payload);
    assert_eq!(one.subject, WebhookSubject::OrderChanged);
}

#[tokio::test]
async fn a_body_that_can_not_be_read_has_a_receipt_all_the_same() {
    let bench = Bench::new().await;
    let inbox = Inbox::open().await;
    subscribe(&bench, &inbox.address).await;
    bench.control("orders", json!({"lines": [{"sku": "X", "quantity": 1}]}));
    let mut letter = letters(&bench, &inbox).await.remove(0);
    let id = Shopify.webhook_receipt(&letter.delivery()).event_id;
    letter.body = (&b"\xff not json"[..]).into();
    let receipt = Shopify.webhook_receipt(&letter.delivery());
    assert_eq!(
        (receipt.event_id, receipt.topic),
        (id, "orders/create".to_owned())
    );
    assert!(Shopify.decode_webhook(&letter.delivery()).is_err());
    letter.headers.clear();
    let receipt = Shopify.webhook_receipt(&letter.delivery());
    assert!(
        receipt.event_id.starts_with("sha256:"),
        "{}",
        receipt.event_id
    );
    assert_eq!(receipt.topic, "unknown");
}
