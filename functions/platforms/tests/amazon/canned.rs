//! Amazon's own canned answers, which its static sandbox gives: what we read is what Amazon writes.

use crate::support::models;
use bytes::Bytes;
use common::platform::{
    Action, InventorySync, Operation, OrderFulfilment, Outcome, Platform, PlatformError, Presence,
    ProductInput, Step, StockLevel, Store, Tracking, Variant,
};
use platforms::amazon::Amazon;
use sandbox::amazon::spec::Specs;
use sandbox::amazon::static_cases;
use serde_json::{Value, json};

fn store(market: &str) -> Store {
    let config = json!({"seller_id": "SellerId", "marketplace_id": market, "base_url": "http://static.example"});
    Store::new(config, json!({"access_token": "t"}))
}

/// Runs `action` until it ends, answered by the static server.
fn run(models: &Specs, store: &Store, action: Action) -> Result<Outcome, PlatformError> {
    run_with(models, store, action, |_, _| None)
}

/// The same, with other answers where `instead` has one for a method and path.
fn run_with(
    models: &Specs,
    store: &Store,
    action: Action,
    instead: impl Fn(&str, &str) -> Option<(u16, Value)>,
) -> Result<Outcome, PlatformError> {
    let operation = Operation::new(action, "k");
    let mut step = Amazon.begin(&operation, store)?;
    loop {
        let exchange = match step {
            Step::Done(outcome) => return Ok(*outcome),
            Step::Send(exchange) => *exchange,
        };
        let request = exchange.request.map(Bytes::from);
        let response = match instead(request.method().as_str(), request.uri().path()) {
            Some((status, body)) => http::Response::builder()
                .status(status)
                .body(body.to_string().into_bytes())
                .unwrap(),
            None => static_cases::answer(models, &request).map(|body| body.to_vec()),
        };
        step = Amazon.resume(&operation, store, exchange.state, &response)?;
    }
}

fn check(sku: &str) -> Action {
    Action::CheckProduct {
        external_id: sku.to_owned(),
    }
}

fn order(id: &str) -> Action {
    Action::GetOrder {
        external_order_id: id.to_owned(),
    }
}

#[test]
fn the_static_servers_item_is_read() {
    let Some(models) = models() else { return };
    let outcome = run(&models, &store("ATVPDKIKX0DER"), check("GM-ZDPI-9B4E")).unwrap();
    assert_eq!(outcome.presence, Some(Presence::Live));
    let product = &outcome.products[0];
    assert_eq!(product.title, "Hardside Carry-On Spinner Suitcase Luggage");
    assert_eq!(product.variants[0].price, "100.00");
    assert_eq!(product.handle, "B071VG5N9D");
    // The same item in the store where it can't be bought.
    let canada = run(&models, &store("A2EUQ1WTGCTBG2"), check("GM-ZDPI-9B4E")).unwrap();
    assert_ne!(canada.presence, Some(Presence::Live));
}

#[test]
fn the_static_servers_refusals_are_told_as_they_are() {
    let Some(models) = models() else { return };
    let error = run(&models, &store("ATVPDKIKX0DER"), check("BadSKU")).unwrap_err();
    assert_eq!(
        error,
        PlatformError::rejected("Invalid input (BAD_REQUEST)")
    );
    let error = run(&models, &store("ATVPDKIKX0DER"), order("TEST_CASE_400")).unwrap_err();
    assert_eq!(
        error,
        PlatformError::rejected("Invalid Input (InvalidInput)")
    );
}

/// A search that finds nothing: the static server knows three SKUs only.
fn nothing_there(method: &str, path: &str) -> Option<(u16, Value)> {
    let is_search = method == "GET" && path.ends_with("/items/SellerId");
    is_search.then(|| (200, json!({"numberOfResults": 0, "items": []})))
}

fn product(sku: &str) -> Box<ProductInput> {
    Box::new(ProductInput {
        title: "Suitcase".to_owned(),
        currency: Some("USD".to_owned()),
        variants: vec![Variant {
            sku: sku.to_owned(),
            price: "1".to_owned(),
            ..Variant::default()
        }],
        platform_data: json!({"product_type": "LUGGAGE"}),
        ..ProductInput::default()
    })
}

#[test]
fn the_static_servers_verdicts_are_read() {
    let Some(models) = models() else { return };
    let store = store("ATVPDKIKX0DER");
    let ask = |action| run_with(&models, &store, action, nothing_there);
    let valid = ask(Action::PreviewProduct(product("VALIDATION_VALID"))).unwrap();
    assert_eq!(valid.result["valid"], true);
    let invalid = ask(Action::PreviewProduct(product("VALIDATION_INVALID"))).unwrap();
    let fields: Vec<Option<&str>> = invalid
        .issues
        .iter()
        .map(|it| it.field.as_deref())
        .collect();
    assert_eq!(fields, [Some("condition_type"), Some("fake_attribute")]);
    let accepted = ask(Action::CreateProduct(product("GM-ZDPI-9B4E"))).unwrap();
    assert_eq!(accepted.presence, Some(Presence::Pending));
    let id = &accepted.result["amazon"]["submissions"][0]["submission_id"];
    assert_eq!(id, "f1dc2914-75dd-11ea-bc55-0242ac130003");
    let refused = ask(Action::CreateProduct(product("BadSKU"))).unwrap_err();
    assert_eq!(
        refused,
        PlatformError::rejected("Invalid input (BAD_REQUEST)")
    );
    let external_id = "GM-ZDPI-9B4E".to_owned();
    let deleted = ask(Action::DeleteProduct { external_id }).unwrap();
    assert_eq!(deleted.result["deleted"], true);
}

#[test]
fn the_static_servers_subscriptions_are_read() {
    let Some(models) = models() else { return };
    let mut store = store("ATVPDKIKX0DER");
    store.config["destination_id"] = json!("TEST_CASE_200_DESTINATION_ID");
    let action = || Action::SubscribeWebhooks(Box::default());
    let present = run(&models, &store, action()).unwrap();
    assert_eq!(present.result["present"].as_array().unwrap().len(), 3);
    let missing = json!({"errors": [{"code": "NotFound", "message": "no subscription"}]});
    let made = run_with(&models, &store, action(), |method, _| {
        (method == "GET").then(|| (404, missing.clone()))
    });
    assert_eq!(
        made.unwrap().result["registered"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn the_canned_answers_of_feeds_are_read() {
    let Some(models) = models() else { return };
    let store = store("ATVPDKIKX0DER");
    let level = |number| StockLevel {
        sku: format!("S{number}"),
        quantity: 1,
    };
    let action = Action::SyncInventory(Box::new(InventorySync {
        external_id: "S".to_owned(),
        levels: (0..21).map(level).collect(),
        platform_data: json!({"product_type": "LUGGAGE"}),
    }));
    let canned = |operation: &str, status: &str| {
        let all = models.canned(operation);
        let (_, body) = all.iter().find(|(of, _)| of == status).unwrap();
        (status.parse().unwrap(), body.clone())
    };
    let items: Vec<Value> = (0..21).map(|it| json!({"sku": format!("S{it}")})).collect();
    let ended = run_with(&models, &store, action, |method, path| {
        Some(match (method, path) {
            ("GET", path) if path.contains("/listings/") => {
                (200, json!({"numberOfResults": 21, "items": items}))
            }
            ("POST", path) if path.ends_with("/documents") => canned("createFeedDocument", "201"),
            ("POST", _) => canned("createFeed", "202"),
            ("PUT", path) if path.starts_with("/Feed_101") => (200, Value::Null),
            ("GET", path) if path.ends_with("/feeds/3485934") => canned("getFeed", "200"),
            other => panic!("{other:?}"),
        })
    });
    // Amazon's example is a feed that was cancelled.
    assert!(ended.unwrap_err().is_transient());
}

#[test]
fn every_canned_item_and_order_is_read() {
    let Some(models) = models() else { return };
    let mut read = 0;
    for (operation, action) in [
        ("getListingsItem", check("A")),
        (
            "searchListingsItems",
            Action::ListProducts {
                cursor: None,
                limit: 20,
            },
        ),
        ("getOrder", order("1")),
        (
            "searchOrders",
            Action::ListOrders {
                since: Some("2024-12-25T00:00:00Z".to_owned()),
                cursor: None,
                limit: 100,
            },
        ),
    ] {
        let operation_of = Operation::new(action, "k");
        let store = store("ATVPDKIKX0DER");
        for (status, body) in models.canned(operation) {
            let Step::Send(exchange) = Amazon.begin(&operation_of, &store).unwrap() else {
                panic!("nothing was sent");
            };
            let response = http::Response::builder()
                .status(status.as_str())
                .body(body.to_string().into_bytes())
                .unwrap();
            let ended = Amazon.resume(&operation_of, &store, exchange.state, &response);
            match status.as_str() {
                "200" => {
                    ended.unwrap_or_else(|error| panic!("{operation}: {error}: {body}"));
                    read += 1;
                }
                _ => assert!(matches!(ended, Err(PlatformError::Rejected { .. }))),
            }
        }
    }
    assert_eq!(read, 8, "one item, one search, three orders, three pages");
}

#[test]
fn a_canned_order_has_what_amazon_says_of_it() {
    let Some(models) = models() else { return };
    let canned = models.canned("getOrder");
    let (_, body) = canned
        .iter()
        .find(|(_, body)| body["order"]["orderId"] == "028-1234567-8901234")
        .unwrap();
    let response = http::Response::new(body.to_string().into_bytes());
    let operation = Operation::new(order("028-1234567-8901234"), "k");
    let store = store("A33AVAJ2PDY3EV");
    let Step::Send(exchange) = Amazon.begin(&operation, &store).unwrap() else {
        panic!("nothing was sent");
    };
    let Step::Done(outcome) = Amazon
        .resume(&operation, &store, exchange.state, &response)
        .unwrap()
    else {
        panic!("more was asked");
    };
    let order = &outcome.orders[0];
    assert_eq!(
        (order.total.as_str(), order.currency.as_str()),
        ("125.00", "TRY")
    );
    assert_eq!(order.channel_status, "SHIPPED");
    assert!(!format!("{order:?}").contains("Mehmet"), "no buyer is kept");
}

#[test]
fn a_canned_shipped_order_needs_no_confirmation() {
    let Some(models) = models() else { return };
    let canned = models.canned("getOrder");
    let (_, body) = canned
        .iter()
        .find(|(_, body)| body["order"]["orderId"] == "028-1234567-8901234")
        .unwrap();
    let action = Action::ProcessOrder(Box::new(OrderFulfilment {
        external_order_id: "028-1234567-8901234".to_owned(),
        tracking: Some(Tracking {
            company: Some("UPS".to_owned()),
            number: Some("1".to_owned()),
            url: None,
        }),
        ..OrderFulfilment::default()
    }));
    let operation = Operation::new(action, "k");
    let store = store("A33AVAJ2PDY3EV");
    let Step::Send(exchange) = Amazon.begin(&operation, &store).unwrap() else {
        panic!("nothing was sent");
    };
    let response = http::Response::new(body.to_string().into_bytes());
    let Step::Done(outcome) = Amazon
        .resume(&operation, &store, exchange.state, &response)
        .unwrap()
    else {
        panic!("it was confirmed again");
    };
    assert_eq!(outcome.result["was_fulfilled"], true);
}
