//! Answers that the vendor explains, and answers outside its reference.

use crate::support::{Bench, refused};
use common::platform::{Action, Operation, OrderFulfilment, Platform, PlatformError, Step, Store};
use platforms::printify::Printify;
use serde_json::{Value, json};

#[tokio::test]
async fn the_vendors_refusals_are_passed_on() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["title"] = json!("BUY THIS SHIRT TODAY");
    let (_, reason) = refused(bench.job("publish_listing").await);
    assert!(reason.contains("excessive caps"), "{reason}");

    let mut bench = Bench::new().await;
    let none = json!({"artwork_image_id": "0123456789abcdef01234567"});
    bench.listing["listing"]["platform_data"]["printify"] = none;
    let (field, _) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "print_areas.0.placeholders.0.images.0.id");
}

#[tokio::test]
async fn what_can_be_known_beforehand_is_refused_before_it_is_sent() {
    for (name, value) in [("title", json!(" ")), ("description", json!(""))] {
        let mut bench = Bench::new().await;
        bench.listing["product"][name] = value;
        assert_eq!(refused(bench.job("publish_listing").await).0, name);
        assert_eq!(bench.host.exchanges.lock().unwrap().len(), 0);
    }
}

fn store() -> Store {
    Store::new(
        json!({"base_url": "http://127.0.0.1:1", "shop_id": 1}),
        json!({"token": "t", "webhook_secret": "s"}),
    )
}

/// What becomes of `action` when its first request is answered so.
fn answered(action: Action, status: u16, body: &str) -> Result<Step, PlatformError> {
    let operation = Operation::new(action, "job");
    let Ok(Step::Send(exchange)) = Printify.begin(&operation, &store()) else {
        panic!("a request");
    };
    let response = http::Response::builder().status(status);
    let response = response.body(body.as_bytes().to_vec()).unwrap();
    Printify.resume(&operation, &store(), exchange.state, &response)
}

fn misfit(action: Action, body: &Value, named: &str) {
    let error = answered(action, 200, &body.to_string()).unwrap_err();
    assert!(matches!(error, PlatformError::Protocol { .. }), "{error:?}");
    assert!(error.to_string().contains(named), "{error}");
}

fn product(change: fn(&mut Value)) -> Value {
    let mut product = json!({"id": "0123456789abcdef01234567", "title": "x", "description": "x", "tags": [],
        "options": [], "variants": [{"id": 1, "sku": "a", "cost": 1, "price": 2, "title": "x", "grams": 1,
            "is_enabled": true, "is_default": true, "is_available": true, "options": []}],
        "images": [], "created_at": "2019-07-25 13:40:41+00:00", "updated_at": "2019-07-25 13:40:59+00:00",
        "visible": true, "is_locked": false, "blueprint_id": 68, "print_provider_id": 9, "print_areas": []});
    change(&mut product);
    product
}

#[test]
fn an_answer_outside_the_reference_names_the_field() {
    let check = || Action::CheckProduct {
        external_id: "0123456789abcdef01234567".to_owned(),
    };
    assert!(answered(check(), 200, &product(|_| {}).to_string()).is_ok());
    misfit(
        check(),
        &product(|it| it["variants"][0]["price"] = json!("2.00")),
        "variants[0].price",
    );
    misfit(
        check(),
        &product(|it| it["blueprint_id"] = Value::Null),
        "blueprint_id",
    );
    misfit(
        check(),
        &product(|it| it["updated_at"] = json!("yesterday")),
        "updated_at",
    );
    misfit(check(), &json!([]), "");
    let list = || Action::ListProducts {
        cursor: None,
        limit: 1,
    };
    misfit(list(), &json!({"data": []}), "current_page");
    let orders = || Action::ListOrders {
        since: None,
        cursor: None,
        limit: 1,
    };
    let order =
        json!({"id": "o", "line_items": [{"quantity": "two"}], "status": "x", "created_at": "x"});
    misfit(
        orders(),
        &json!({"current_page": 1, "data": [order]}),
        "data[0].line_items[0].quantity",
    );
    misfit(Action::Authenticate, &json!([{"id": "1"}]), "id");
    let error = answered(check(), 200, "<html>").unwrap_err();
    assert!(error.to_string().contains("not JSON"), "{error}");
    let error = answered(check(), 404, "<html>").map(|_| ());
    assert!(
        error.is_ok(),
        "an unknown product is gone whatever the body is"
    );
    let error = answered(check(), 418, "<html>").unwrap_err();
    assert_eq!(error.code(), "protocol");
}

#[test]
fn both_forms_of_the_references_external_are_read() {
    let external = json!({"id": "our-listing", "handle": "/p"});
    for value in [json!([external]), external] {
        let action = Action::CheckProduct {
            external_id: "0123456789abcdef01234567".to_owned(),
        };
        let mut body = product(|_| {});
        body["external"] = value;
        let Ok(Step::Done(outcome)) = answered(action, 200, &body.to_string()) else {
            panic!("an outcome");
        };
        assert_eq!(outcome.products[0].handle, "/p");
    }
}

#[test]
fn a_store_that_lacks_something_is_told_before_anything_is_sent() {
    let begin = |store: &Store, action| {
        Printify
            .begin(&Operation::new(action, "job"), store)
            .map(|_| ())
            .unwrap_err()
    };
    let list = || Action::ListProducts {
        cursor: None,
        limit: 1,
    };
    let without = Store::new(json!({"shop_id": 1}), json!({}));
    assert_eq!(begin(&without, list()).code(), "authenticate_again");
    for shop in [Value::Null, json!("1/../2"), json!(-1), json!({})] {
        let store = Store::new(json!({"shop_id": shop}), json!({"token": "t"}));
        assert!(begin(&store, list()).to_string().contains("config.shop_id"));
    }
    let store = Store::new(
        json!({"base_url": "file:///etc", "shop_id": 1}),
        json!({"token": "t"}),
    );
    assert!(
        begin(&store, list())
            .to_string()
            .contains("config.base_url")
    );
}

#[test]
fn a_token_goes_to_the_vendor_in_a_header_that_is_never_printed() {
    let store = Store::new(json!({"shop_id": "815256"}), json!({"token": "hunter2"}));
    let order = OrderFulfilment {
        external_order_id: "0123456789abcdef01234567".to_owned(),
        ..OrderFulfilment::default()
    };
    let operation = Operation::new(Action::ProcessOrder(Box::new(order)), "job");
    let Ok(Step::Send(exchange)) = Printify.begin(&operation, &store) else {
        panic!("a request");
    };
    let request = &exchange.request;
    let address = "https://api.printify.com/v1/shops/815256/orders/0123456789abcdef01234567.json";
    assert_eq!(request.uri().to_string(), address);
    assert!(request.headers()["authorization"].is_sensitive());
    assert!(
        request.headers()["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("StageHub/")
    );
    assert!(!format!("{exchange:?}").contains("hunter2"));
}
