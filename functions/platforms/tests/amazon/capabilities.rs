use crate::support::{Bench, family};
use common::platform::{
    Action, Authorisation, Level, Operation, OperationKind, Platform, PlatformError, Step, Store,
    Subscriptions,
};
use platforms::amazon::Amazon;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn every_operation_is_in_the_descriptor_with_a_reason() {
    let descriptor = Amazon.descriptor();
    for kind in OperationKind::ALL {
        let capability = descriptor.capability(kind);
        assert_ne!(capability.level, Level::Unsupported, "{kind:?}");
        assert!(!capability.reason.is_empty());
    }
    assert_eq!(descriptor.capabilities.len(), OperationKind::ALL.len());
}

#[tokio::test]
async fn what_the_descriptor_promises_is_done() {
    let mut bench = Bench::new().await;
    bench.job("preview_listing").await.unwrap();
    bench.publish_and_settle().await;
    bench.job("check_listing").await.unwrap();
    bench.job("update_listing").await.unwrap();
    bench.job("sync_inventory").await.unwrap();
    let id = bench.tell(
        "orders",
        json!({"lines": [{"sku": "MUG-1", "quantity": 1}]}),
    )["id"]
        .clone();
    bench.listing["payload"] =
        json!({"external_order_id": id, "tracking": {"company": "UPS", "number": "1"}});
    bench.job("process_order").await.unwrap();
    bench.listing["payload"] = json!({});
    bench.job("read_orders").await.unwrap();
    bench.job("list_products").await.unwrap();
    bench.job("delete_listing").await.unwrap();
    let wanted = Subscriptions {
        address: "https://hub.example/webhooks/amazon/1".to_owned(),
    };
    bench
        .act(Action::SubscribeWebhooks(Box::new(wanted)))
        .await
        .unwrap();
    let authorisation = Authorisation {
        state: "s",
        code_challenge: "c",
        redirect_uri: "https://hub.example/oauth/callback",
    };
    assert!(
        Amazon
            .authorisation_url(&bench.store, &authorisation)
            .is_ok()
    );
}

#[test]
fn what_amazon_never_asks_is_not_answered() {
    let action = Action::AnswerPublish {
        external_id: "A".to_owned(),
        listing_id: None,
    };
    let error = Amazon.begin(&Operation::new(action, "k"), &Store::default());
    assert!(matches!(error, Err(PlatformError::Rejected { .. })));
}

#[test]
fn credentials_are_those_that_the_product_documents() {
    let descriptor = Amazon.descriptor();
    let names: Vec<(&str, bool)> = descriptor
        .credentials
        .iter()
        .map(|field| (field.name, field.secret))
        .collect();
    assert_eq!(
        names,
        [
            ("client_id", false),
            ("client_secret", true),
            ("refresh_token", true),
            ("access_token", true),
            ("webhook_key", true),
        ]
    );
    assert_eq!(descriptor.webhook_credential, "webhook_key");
}

#[test]
fn each_limit_has_a_name_of_its_own_and_the_rate_of_the_model() {
    let limits = Amazon.descriptor().constraints.rate_limits;
    let names: BTreeSet<&str> = limits.iter().map(|limit| limit.name).collect();
    assert_eq!(names.len(), limits.len());
    let search = limits.iter().find(|it| it.name == "searchOrders").unwrap();
    assert_eq!((search.per_second, search.burst), (0.0056, 20));
}

#[tokio::test]
async fn every_request_draws_from_a_limit_that_there_is() {
    let mut bench = Bench::new().await;
    family(&mut bench.listing, &["S", "M"]);
    bench.publish_and_settle().await;
    let limits = Amazon.descriptor().constraints.rate_limits;
    let action = Action::CheckProduct {
        external_id: "linen-shirt".to_owned(),
    };
    let operation = Operation::new(action, "k");
    let Step::Send(exchange) = Amazon.begin(&operation, &bench.store).unwrap() else {
        panic!("nothing was sent");
    };
    assert_eq!(exchange.class, "getListingsItem");
    assert!(limits.iter().any(|limit| limit.class == exchange.class));
}
