use crate::support::Bench;
use common::platform::{Action, Operation, Platform, PlatformError, Step, Store};
use platforms::shopify::Shopify;
use serde_json::{Value, json};

async fn refused(bench: &Bench) -> (String, String) {
    let error = bench.job("publish_listing").await.unwrap_err();
    match error.cause {
        PlatformError::Rejected { reason, field } => (field.unwrap_or_default(), reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_shops_refusals_name_their_field() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["title"] = json!(" ");
    let (field, reason) = refused(&bench).await;
    assert_eq!(
        (field.as_str(), reason.as_str()),
        ("input.title", "Title can't be blank")
    );

    let mut bench = Bench::new().await;
    bench.listing["product"]["variants"][1]["option_values"] = json!(["S"]);
    let (field, reason) = refused(&bench).await;
    assert_eq!(field, "input.variants.1");
    assert!(reason.contains("already exists"), "{reason}");

    let mut bench = Bench::new().await;
    bench.listing["product"]["images"] = json!([{"src": "ftp://x"}]);
    assert_eq!(refused(&bench).await.0, "input.files.0");
    assert_eq!(bench.shop()["products"], json!([]));
}

#[tokio::test]
async fn what_can_be_known_beforehand_is_refused_before_it_is_sent() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["options"] = json!([]);
    assert_eq!(refused(&bench).await.0, "options");
    bench.listing["product"]["options"] = json!([{"name": "Size"}, {"name": "Colour"}]);
    assert_eq!(refused(&bench).await.0, "variants.OBS-S.option_values");
    assert_eq!(bench.count("SetProduct"), 0);
}

#[tokio::test]
async fn a_listing_in_another_currency_than_the_shops_is_refused() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["currency"] = json!("EUR");
    let (field, reason) = refused(&bench).await;
    assert_eq!(field, "currency");
    assert!(reason.contains("EUR") && reason.contains("USD"), "{reason}");
}

fn begin(config: Value) -> Result<Step, PlatformError> {
    let store = Store::new(config, json!({"access_token": "t"}));
    let operation = Operation::from_job("authenticate", &json!({}), "job").unwrap();
    Shopify.begin(&operation, &store)
}

#[test]
fn a_token_goes_to_the_shops_own_address_only() {
    let Ok(Step::Send(exchange)) = begin(json!({"shop_domain": "a-shop.myshopify.com"})) else {
        panic!("a request");
    };
    assert_eq!(
        exchange.request.uri().to_string(),
        "https://a-shop.myshopify.com/admin/api/2026-10/graphql.json"
    );
    assert!(exchange.request.headers()["x-shopify-access-token"].is_sensitive());
    for config in [
        json!({}),
        json!({"shop_domain": "evil.example/a.myshopify.com"}),
        json!({"base_url": "file:///etc/passwd"}),
    ] {
        let error = begin(config.clone()).unwrap_err();
        assert!(matches!(error, PlatformError::Rejected { .. }), "{config}");
    }
}

fn answered(status: u16, body: &str) -> PlatformError {
    let store = Store::new(
        json!({"base_url": "http://127.0.0.1:1"}),
        json!({"access_token": "t"}),
    );
    let operation = Operation::from_job("authenticate", &json!({}), "job").unwrap();
    let Ok(Step::Send(exchange)) = Shopify.begin(&operation, &store) else {
        panic!("a request");
    };
    let response = http::Response::builder().status(status);
    let response = response.body(body.as_bytes().to_vec()).unwrap();
    Shopify
        .resume(&operation, &store, exchange.state, &response)
        .unwrap_err()
}

#[test]
fn an_answer_outside_the_specification_names_what_is_wrong() {
    for (body, named) in [
        ("<html>", "not JSON"),
        ("{}", "`data` is missing"),
        (r#"{"data":{}}"#, "shop"),
        (
            r#"{"data":{"shop":{"name":"x","myshopifyDomain":3}}}"#,
            "shop.myshopifyDomain",
        ),
        (
            r#"{"data":null,"errors":[{"message":"Field 'x' doesn't exist"}]}"#,
            "Field 'x'",
        ),
    ] {
        let error = answered(200, body);
        assert!(matches!(error, PlatformError::Protocol { .. }), "{error:?}");
        assert!(error.to_string().contains(named), "{error}");
    }
}

fn misread(action: Action, data: Value) -> PlatformError {
    let store = Store::new(
        json!({"base_url": "http://127.0.0.1:1"}),
        json!({"access_token": "t"}),
    );
    let operation = Operation::new(action, "job");
    let Ok(Step::Send(exchange)) = Shopify.begin(&operation, &store) else {
        panic!("a request");
    };
    let response = http::Response::new(json!({ "data": data }).to_string().into_bytes());
    Shopify
        .resume(&operation, &store, exchange.state, &response)
        .unwrap_err()
}

#[test]
fn an_answer_to_a_question_that_lacks_something_names_it() {
    let product = Action::CheckProduct {
        external_id: "1".to_owned(),
    };
    let item = Action::CheckProduct {
        external_id: "gid://shopify/InventoryItem/1".to_owned(),
    };
    let order = Action::GetOrder {
        external_order_id: "1".to_owned(),
    };
    let orders = Action::ListOrders {
        since: None,
        cursor: None,
        limit: 1,
    };
    let webhooks = Action::SubscribeWebhooks(Box::default());
    for (action, data, named) in [
        (product, json!({"product": {"id": "1"}}), "data.product"),
        (
            item,
            json!({"inventoryItem": {"variants": {"nodes": [{}]}}}),
            "data.inventoryItem.variants.nodes[0]",
        ),
        (order, json!({"order": {"id": 1}}), "data.order.id"),
        (orders, json!({"orders": {"nodes": 1}}), "data.orders.nodes"),
        (
            webhooks,
            json!({"webhookSubscriptions": {"nodes": [{"topic": 1}]}}),
            "data.webhookSubscriptions.nodes[0].topic",
        ),
    ] {
        let error = misread(action, data);
        assert!(matches!(error, PlatformError::Protocol { .. }), "{error:?}");
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
}

#[test]
fn a_kind_of_token_that_is_taken_no_more_has_to_be_replaced() {
    let reason = "Non-expiring access tokens are no longer accepted for the Admin API.";
    let error = answered(403, &json!({ "errors": reason }).to_string());
    let PlatformError::AuthenticateAgain { reason: said } = error else {
        panic!("{error:?}");
    };
    assert_eq!(said, reason);
    assert_eq!(answered(403, r#"{"errors":"no"}"#).code(), "rejected");
}

#[test]
fn errors_are_sorted_by_what_to_do_about_them() {
    let graphql = |code: &str| {
        let error = json!({"message": "m", "extensions": {"code": code}});
        answered(200, &json!({"errors": [error]}).to_string()).code()
    };
    assert_eq!(graphql("THROTTLED"), "retry_after");
    assert_eq!(graphql("INTERNAL_SERVER_ERROR"), "retry_after");
    assert_eq!(graphql("ACCESS_DENIED"), "rejected");
    assert_eq!(graphql("MAX_COST_EXCEEDED"), "rejected");
    assert_eq!(graphql("undefinedField"), "protocol");
    assert_eq!(
        answered(401, r#"{"errors":"no"}"#).code(),
        "authenticate_again"
    );
    assert_eq!(
        answered(402, r#"{"errors":"Unavailable Shop"}"#).code(),
        "rejected"
    );
    assert_eq!(
        answered(404, r#"{"errors":"Not Found"}"#).code(),
        "rejected"
    );
    assert_eq!(answered(418, "").code(), "protocol");
}

#[test]
fn every_operation_is_described() {
    use common::platform::OperationKind;
    for platform in platforms::all() {
        let descriptor = platform.descriptor();
        let shown = serde_json::to_value(descriptor).unwrap();
        for kind in OperationKind::ALL {
            let entry = &shown["capabilities"][kind.name()];
            assert!(
                !entry["reason"].as_str().unwrap().is_empty(),
                "{}",
                kind.name()
            );
            assert_eq!(entry["level"], json!(descriptor.capability(kind).level));
            let unlisted = descriptor.capabilities.iter().all(|(it, _)| *it != kind);
            assert!(!unlisted, "{} is not listed", kind.name());
        }
        let found = platforms::find(descriptor.slug).unwrap();
        assert_eq!(found.descriptor().name, descriptor.name);
    }
    assert!(platforms::find("nowhere").is_none());
}

#[test]
fn a_throttled_answer_under_status_429_names_its_wait_too() {
    let cost = json!({"requestedQueryCost": 300, "actualQueryCost": null,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 100, "restoreRate": 50.0}});
    let body = json!({"errors": [{"message": "Throttled"}], "extensions": {"cost": cost}});
    let response = http::Response::new(body.to_string().into_bytes());
    let wait = Shopify.throttle_wait(&response);
    assert_eq!(wait, Some(std::time::Duration::from_secs(4)));
    let response = http::Response::new(b"<html>".to_vec());
    assert_eq!(Shopify.throttle_wait(&response), None);
}
