//! Notifications, from the registration to what is made of them.

use crate::receiver::Receiver;
use crate::support::{Bench, refused};
use common::platform::{Action, Platform, Store, Subscriptions, WebhookRefused, WebhookSubject};
use platforms::printify::Printify;
use sandbox::printify::WEBHOOK_SECRET;
use serde_json::{Value, json};
use std::time::Duration;

async fn subscribe(bench: &Bench, address: &str) -> Value {
    let address = address.to_owned();
    let wanted = Action::SubscribeWebhooks(Box::new(Subscriptions { address }));
    bench.act(wanted).await.unwrap().result
}

#[tokio::test]
async fn every_event_is_registered_once_and_what_was_dropped_again() {
    let bench = Bench::new().await;
    let ours = "https://hub.example/webhooks/printify/1";
    let theirs = json!({"address": "https://elsewhere.example/hook"});
    bench.tell("webhooks", theirs);
    let first = subscribe(&bench, ours).await;
    assert_eq!(first["registered"].as_array().unwrap().len(), 8);
    assert_eq!(first["present"], json!([]));
    assert!(first["manual"].is_null());
    let again = subscribe(&bench, ours).await;
    assert_eq!(again["registered"], json!([]));
    assert_eq!(again["present"].as_array().unwrap().len(), 8);
    let webhooks = bench.shop()["webhooks"].as_array().unwrap().clone();
    assert_eq!(webhooks.len(), 16, "others' are left alone");
    assert_eq!(bench.sent("POST")["secret"], WEBHOOK_SECRET);

    // The channel drops one.
    let id = webhooks
        .iter()
        .find(|it| it["url"] == ours && it["topic"] == "order:created")
        .unwrap();
    let path = format!(
        "/printify/v1/shops/815256/webhooks/{}.json?host=hub.example",
        id["id"].as_str().unwrap()
    );
    let url = format!("http://{}{path}", bench.sandbox.address());
    let request = http::Request::delete(url)
        .header("user-agent", "test")
        .header(
            "authorization",
            format!("Bearer {}", sandbox::printify::TOKEN),
        );
    let request = request.body(Vec::new()).unwrap();
    common::ports::HttpClient::send(&bench.host, request, Duration::from_secs(5))
        .await
        .unwrap();
    assert_eq!(
        subscribe(&bench, ours).await["registered"],
        json!(["order:created"])
    );
}

#[tokio::test]
async fn nothing_is_registered_without_a_secret() {
    let mut bench = Bench::new().await;
    bench.store = Store::new(bench.store.config.clone(), json!({"token": "t"}));
    let address = "https://hub.example".to_owned();
    let wanted = Action::SubscribeWebhooks(Box::new(Subscriptions { address }));
    let (field, _) = refused(bench.act(wanted).await);
    assert_eq!(field, "credentials.webhook_secret");
}

#[tokio::test]
async fn what_happens_in_the_shop_is_told_and_believed() {
    let mut bench = Bench::new().await;
    let receiver = Receiver::new(200).await;
    subscribe(&bench, &receiver.url).await;
    bench.publish().await;
    bench.sandbox.delivered().await;
    let published = receiver.all().remove(0);
    assert_eq!(published.verified(WEBHOOK_SECRET), Ok(()));
    assert_eq!(
        published.verified("another"),
        Err(WebhookRefused::WrongSignature)
    );
    let event = published.event();
    assert_eq!(event.subject, WebhookSubject::PublishRequested);
    assert_eq!(event.external_id.as_deref(), bench.product()["id"].as_str());
    assert_eq!(event.shop, "815256");
    let receipt = Printify.webhook_receipt(&published.delivery());
    assert_eq!(
        (receipt.event_id, receipt.topic),
        (event.delivery_id, event.topic)
    );
    let mut forged = published;
    forged.body.push(b' ');
    assert_eq!(
        forged.verified(WEBHOOK_SECRET),
        Err(WebhookRefused::WrongSignature)
    );
}

#[tokio::test]
async fn an_order_tells_of_each_of_its_steps() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let receiver = Receiver::new(200).await;
    bench.tell("webhooks", json!({"address": receiver.url}));
    let lines = json!([{"sku": "LS-S", "quantity": 1}]);
    let id = bench.tell("orders", json!({ "lines": lines }))["id"].clone();
    bench.sandbox.delivered().await;
    let payload = json!({"payload": {"external_order_id": id}});
    let operation =
        common::platform::Operation::from_job("process_order", &payload, "job").unwrap();
    bench.run(&operation).await.unwrap();
    for step in ["produce", "ship", "deliver"] {
        bench.tell(step, json!({ "id": id }));
    }
    bench.sandbox.delivered().await;
    let mut topics = receiver.topics();
    topics.sort();
    let all = [
        "order:created",
        "order:sent-to-production",
        "order:shipment:created",
        "order:shipment:delivered",
        "order:updated",
        "order:updated",
        "order:updated",
    ];
    assert_eq!(topics, all);
    for received in receiver.all() {
        assert_eq!(received.verified(WEBHOOK_SECRET), Ok(()));
        let event = received.event();
        assert_eq!(event.subject, WebhookSubject::OrderChanged);
        assert_eq!(event.external_id.as_deref(), id.as_str());
    }
}

#[tokio::test]
async fn a_deletion_and_a_disconnection_are_told() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let receiver = Receiver::new(200).await;
    bench.tell("webhooks", json!({"address": receiver.url}));
    bench.tell("delete_product", json!({"id": bench.product()["id"]}));
    bench.sandbox.delivered().await;
    bench.tell("uninstall", json!({}));
    bench.sandbox.delivered().await;
    let subjects: Vec<WebhookSubject> =
        receiver.all().iter().map(|it| it.event().subject).collect();
    assert_eq!(
        subjects,
        [WebhookSubject::ProductDeleted, WebhookSubject::Disconnected]
    );
}

#[tokio::test]
async fn a_delivery_that_is_not_signed_is_refused() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let receiver = Receiver::new(200).await;
    bench.tell("webhooks", json!({"address": receiver.url, "secret": ""}));
    bench.tell("publish", json!({"id": bench.product()["id"]}));
    bench.sandbox.delivered().await;
    let missing = WebhookRefused::MissingHeader("x-pfy-signature");
    assert_eq!(receiver.all()[0].verified(WEBHOOK_SECRET), Err(missing));
}

#[tokio::test]
async fn after_a_rotation_old_deliveries_verify_with_the_old_secret_and_new_ones_with_the_new() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = bench.product()["id"].clone();
    let receiver = Receiver::new(200).await;
    bench.tell(
        "webhooks",
        json!({"address": receiver.url, "secret": "old"}),
    );
    bench.tell("publish", json!({ "id": id }));
    bench.sandbox.delivered().await;
    bench.tell(
        "webhooks",
        json!({"address": receiver.url, "secret": "new"}),
    );
    bench.tell("publish", json!({ "id": id }));
    bench.sandbox.delivered().await;
    let all = receiver.all();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].verified("old"), Ok(()));
    assert_eq!(all[0].verified("new"), Err(WebhookRefused::WrongSignature));
    let with_new = all[1..]
        .iter()
        .filter(|it| it.verified("new").is_ok())
        .count();
    assert_eq!(with_new, 1);
}

#[tokio::test]
async fn a_delivery_that_fails_is_tried_three_times_more_and_then_the_webhook_is_blocked_for_an_hour()
 {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = bench.product()["id"].clone();
    let receiver = Receiver::new(500).await;
    bench.tell("webhooks", json!({"address": receiver.url}));
    bench.tell("publish", json!({ "id": id }));
    for _ in 0..6 {
        bench.sandbox.delivered().await;
        bench.sandbox.advance(Duration::from_secs(300));
    }
    bench.sandbox.delivered().await;
    let all = receiver.all();
    assert_eq!(all.len(), 4);
    let receipts: Vec<_> = all
        .iter()
        .map(|it| Printify.webhook_receipt(&it.delivery()))
        .collect();
    assert!(
        receipts.iter().all(|it| *it == receipts[0]),
        "retries are one event"
    );
    bench.tell("publish", json!({ "id": id }));
    bench.sandbox.delivered().await;
    assert_eq!(receiver.all().len(), 4, "blocked");
    bench.sandbox.advance(Duration::from_secs(3600));
    bench.tell("publish", json!({ "id": id }));
    bench.sandbox.delivered().await;
    assert!(receiver.all().len() > 4, "not any more");
}
