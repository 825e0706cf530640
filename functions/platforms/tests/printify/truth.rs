//! What the descriptor says is so.

use crate::support::Bench;
use common::platform::{
    Action, Authorisation, CodeGrant, Level, Operation, OperationKind, Platform, PlatformError,
    Presence, Subscriptions,
};
use common::secret::Secret;
use platforms::printify::Printify;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Something for every operation, in an order in which all of them can be done.
fn everything(bench: &Bench, order: &Value) -> Vec<Operation> {
    let job = |job_type: &str| Operation::from_job(job_type, &bench.listing, "truth").unwrap();
    let act = |action| Operation::new(action, "truth");
    let address = "https://hub.example/webhooks/printify/1".to_owned();
    let process = json!({"payload": {"external_order_id": order}});
    let external_order_id = order.as_str().unwrap().to_owned();
    vec![
        act(Action::Authenticate),
        job("preview_listing"),
        job("publish_listing"),
        job("update_listing"),
        job("check_listing"),
        job("sync_inventory"),
        act(Action::ListProducts {
            cursor: None,
            limit: 1,
        }),
        Operation::from_job("process_order", &process, "truth").unwrap(),
        act(Action::ListOrders {
            since: None,
            cursor: None,
            limit: 1,
        }),
        act(Action::GetOrder { external_order_id }),
        act(Action::SubscribeWebhooks(Box::new(Subscriptions {
            address,
        }))),
        job("delete_listing"),
    ]
}

#[tokio::test]
async fn what_is_said_to_work_works() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let order =
        bench.tell("orders", json!({"lines": [{"sku": "LS-S", "quantity": 1}]}))["id"].clone();
    let mut done = BTreeSet::new();
    for operation in everything(&bench, &order) {
        bench
            .run(&operation)
            .await
            .unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        done.insert(operation.kind());
    }
    let descriptor = Printify.descriptor();
    for kind in OperationKind::ALL {
        let capability = descriptor.capability(kind);
        assert!(!capability.reason.is_empty());
        assert_eq!(
            capability.level != Level::Unsupported,
            done.contains(&kind),
            "{}",
            kind.name()
        );
    }
}

#[test]
fn being_let_in_at_an_address_is_refused_with_what_to_do_instead() {
    let store = common::platform::Store::default();
    let authorisation = Authorisation {
        state: "s",
        code_challenge: "c",
        redirect_uri: "https://hub.example/callback",
    };
    let refused = Printify
        .authorisation_url(&store, &authorisation)
        .unwrap_err();
    let grant = CodeGrant {
        query: Vec::new(),
        verifier: Secret::default(),
        redirect_uri: String::new(),
    };
    let exchange = Operation::new(Action::ExchangeCode(Box::new(grant)), "truth");
    let refused_too = Printify.begin(&exchange, &store).unwrap_err();
    assert_eq!(refused, refused_too);
    let PlatformError::Rejected { reason, .. } = refused else {
        panic!("{refused:?}");
    };
    assert!(reason.contains("personal access token"), "{reason}");
    let capability = Printify.descriptor().capability(OperationKind::Connect);
    assert_eq!(
        (capability.level, capability.reason),
        (Level::Unsupported, reason.as_str())
    );
}

#[test]
fn the_descriptor_names_its_credentials_and_secrets() {
    let descriptor = Printify.descriptor();
    let fields: Vec<(&str, bool)> = descriptor
        .credentials
        .iter()
        .map(|it| (it.name, it.secret))
        .collect();
    assert_eq!(fields, [("token", true), ("webhook_secret", true)]);
    assert_eq!(descriptor.webhook_credential, "webhook_secret");
    let required: Vec<&str> = descriptor
        .config
        .iter()
        .filter(|it| it.required)
        .map(|it| it.name)
        .collect();
    assert_eq!(required, ["shop_id"]);
    let found = platforms::find("printify").unwrap();
    assert_eq!(found.descriptor().name, "Printify");
}

#[tokio::test]
async fn every_request_draws_from_a_limit_that_the_descriptor_has() {
    let bench = Bench::new().await;
    let classes: Vec<&str> = Printify
        .descriptor()
        .constraints
        .rate_limits
        .iter()
        .map(|it| it.class)
        .collect();
    for (what, class) in [("preview_listing", "catalog"), ("check_listing", "")] {
        let mut listing = bench.listing.clone();
        listing["listing"]["external_id"] = json!("0123456789abcdef01234567");
        let operation = Operation::from_job(what, &listing, "truth").unwrap();
        let step = Printify.begin(&operation, &bench.store).unwrap();
        let common::platform::Step::Send(exchange) = step else {
            panic!("a request");
        };
        assert_eq!(exchange.class, class);
        assert!(class.is_empty() || classes.contains(&class));
    }
    let external_id = "0123456789abcdef01234567".to_owned();
    let gone = bench
        .act(Action::CheckProduct { external_id })
        .await
        .unwrap();
    assert_eq!(gone.presence, Some(Presence::Gone));
}
