//! Whether what the descriptor says is true.

use crate::support::{Bench, rejected};
use common::platform::{Action, Level, Operation, OperationKind, Platform, Subscriptions};
use platforms::etsy::Etsy;
use serde_json::json;

#[tokio::test]
async fn everything_that_it_promises_works() {
    let mut bench = Bench::new().await;
    let external_id = bench.publish().await.external_id.unwrap();
    let id = bench.control(
        "orders",
        json!({"lines": [{"sku": "OBS-S", "quantity": 1}]}),
    );
    let order = json!({"payload": {"external_order_id": id["id"], "tracking": {"number": "1"}}});
    let from = |kind: &str| Operation::from_job(kind, &bench.listing, "job").unwrap();
    let address = "https://hub.example/webhooks/etsy/1".to_owned();
    for kind in OperationKind::ALL {
        assert_ne!(Etsy.descriptor().capability(kind).level, Level::Unsupported);
        let operation = match kind {
            OperationKind::Authenticate => from("authenticate"),
            OperationKind::ListProducts => from("list_products"),
            // Made above, removed below.
            OperationKind::CreateProduct | OperationKind::DeleteProduct => continue,
            OperationKind::UpdateProduct => from("update_listing"),
            OperationKind::SyncInventory => from("sync_inventory"),
            OperationKind::ProcessOrder => {
                Operation::from_job("process_order", &order, "job").unwrap()
            }
            OperationKind::PreviewProduct => from("preview_listing"),
            OperationKind::CheckProduct => {
                let external_id = external_id.clone();
                Operation::new(Action::CheckProduct { external_id }, "job")
            }
            OperationKind::ReadOrders => from("read_orders"),
            OperationKind::Webhooks => {
                let address = address.clone();
                let wish = Action::SubscribeWebhooks(Box::new(Subscriptions { address }));
                Operation::new(wish, "job")
            }
            // In `connecting`.
            OperationKind::Connect => continue,
        };
        // The token that a renewal brings is not kept here: the old one is good until then.
        let outcome = bench.run(&operation).await;
        assert!(outcome.is_ok(), "{}: {outcome:?}", kind.name());
    }
    bench.job("delete_listing").await.unwrap();
}

#[tokio::test]
async fn subscribing_tells_what_a_person_has_to_do() {
    let bench = Bench::new().await;
    let address = "https://hub.example/webhooks/etsy/1".to_owned();
    let wish = Action::SubscribeWebhooks(Box::new(Subscriptions { address }));
    let outcome = bench.act(wish).await.unwrap();
    assert_eq!(outcome.requests, 0);
    let manual = outcome.result["manual"].as_str().unwrap();
    assert!(
        manual.contains("https://hub.example/webhooks/etsy/1"),
        "{manual}"
    );
    assert!(manual.contains("webhook_secret"), "{manual}");
}

#[tokio::test]
async fn what_etsy_never_asks_for_is_refused() {
    let bench = Bench::new().await;
    let action = Action::AnswerPublish {
        external_id: "1".to_owned(),
        listing_id: None,
    };
    let error = bench.act(action).await.unwrap_err();
    assert_eq!(error.requests, 0);
    assert!(rejected(error).1.contains("never asks"));
}

#[test]
fn credentials_have_the_documented_names_and_only_the_key_is_shown() {
    let fields = Etsy.descriptor().credentials;
    let shown: Vec<&str> = fields
        .iter()
        .filter(|it| !it.secret)
        .map(|it| it.name)
        .collect();
    assert_eq!(shown, ["keystring"]);
    for name in [
        "keystring",
        "shared_secret",
        "refresh_token",
        "webhook_secret",
    ] {
        assert!(fields.iter().any(|it| it.name == name), "{name}");
    }
    assert_eq!(Etsy.descriptor().webhook_credential, "webhook_secret");
    let required: Vec<&str> = Etsy
        .descriptor()
        .config
        .iter()
        .filter(|it| it.required)
        .map(|it| it.name)
        .collect();
    assert_eq!(required, ["shop_id"]);
    assert_eq!(platforms::find("etsy").unwrap().descriptor().name, "Etsy");
}
