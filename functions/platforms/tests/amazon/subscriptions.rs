use crate::support::Bench;
use common::platform::{Action, Outcome, PlatformError, Subscriptions};
use serde_json::json;

async fn subscribe(bench: &mut Bench) -> Outcome {
    bench.act(wanted()).await.unwrap()
}

fn wanted() -> Action {
    Action::SubscribeWebhooks(Box::new(Subscriptions {
        address: "https://hub.example/webhooks/amazon/1".to_owned(),
    }))
}

#[tokio::test]
async fn what_is_missing_is_registered_and_what_is_there_is_left_alone() {
    let mut bench = Bench::new().await;
    let first = subscribe(&mut bench).await;
    assert_eq!(first.result["registered"].as_array().unwrap().len(), 4);
    assert_eq!(first.result["present"], json!([]));
    assert!(first.result["manual"].is_null());
    let second = subscribe(&mut bench).await;
    assert_eq!(second.result["registered"], json!([]));
    assert_eq!(second.result["present"].as_array().unwrap().len(), 4);
    bench.tell("drop_subscriptions", json!({}));
    let third = subscribe(&mut bench).await;
    assert_eq!(third.result["registered"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn without_destinations_a_person_is_told_what_to_do() {
    let mut bench = Bench::new().await;
    bench.store.config["destination_id"] = json!(null);
    bench.store.config["sqs_destination_id"] = json!(null);
    let outcome = subscribe(&mut bench).await;
    assert_eq!(outcome.result["registered"], json!([]));
    let manual = outcome.result["manual"].as_str().unwrap();
    for word in [
        "https://hub.example/webhooks/amazon/1",
        "x-api-key",
        "batch size 1",
        "config.destination_id",
    ] {
        assert!(manual.contains(word), "{word}: {manual}");
    }
    assert!(
        !manual.contains("sandbox-webhook-key"),
        "a secret is not shown"
    );
    assert_eq!(outcome.requests, 0);
}

#[tokio::test]
async fn a_subscription_to_another_destination_is_named() {
    let mut bench = Bench::new().await;
    subscribe(&mut bench).await;
    bench.store.config["destination_id"] = json!("another");
    let error = bench.act(wanted()).await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("config.destination_id"));
    assert!(reason.contains("sandbox-event-bridge"), "{reason}");
}
