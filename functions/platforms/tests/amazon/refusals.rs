use crate::support::{Bench, family};
use common::platform::{
    Action, InventorySync, Operation, Platform, PlatformError, Step, StockLevel, Store,
};
use platforms::amazon::Amazon;
use serde_json::{Value, json};

/// The field that a refusal names.
async fn refused(bench: &mut Bench) -> (Option<String>, String) {
    match bench.job("publish_listing").await.unwrap_err().cause {
        PlatformError::Rejected { field, reason } => (field, reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_invalid_submission_names_the_attribute() {
    let mut bench = Bench::new().await;
    bench.store.config["attributes"] = json!({});
    bench.listing["product"]["vendor"] = json!(null);
    let (field, reason) = refused(&mut bench).await;
    assert_eq!(field.as_deref(), Some("brand"));
    assert!(reason.contains("'brand' is required"), "{reason}");
    assert_eq!(bench.skus(), [""; 0]);
}

#[tokio::test]
async fn what_amazon_can_not_carry_is_refused_before_anything_is_sent() {
    let cases: [(&str, Value, &str); 6] = [
        ("/listing/currency", json!("EUR"), "currency"),
        ("/payload", json!({"status": "draft"}), "status"),
        ("/product/variants/0/sku", json!("A,B"), "sku"),
        ("/product/variants/0/sku", json!("x".repeat(41)), "sku"),
        (
            "/product/variants/0/barcode",
            json!("abc"),
            "product.variants.barcode",
        ),
        (
            "/listing/platform_data",
            json!({"attributes": 3}),
            "platform_data.attributes",
        ),
    ];
    for (pointer, value, named) in cases {
        let mut bench = Bench::new().await;
        *bench.listing.pointer_mut(pointer).unwrap() = value;
        let before = bench.served("putListingsItem");
        let (field, reason) = refused(&mut bench).await;
        assert_eq!(field.as_deref(), Some(named), "{reason}");
        assert_eq!(bench.served("putListingsItem"), before);
    }
}

#[tokio::test]
async fn a_listing_without_a_product_type_says_where_it_goes() {
    let mut bench = Bench::new().await;
    bench.store.config["product_type"] = json!(null);
    bench.listing["listing"]["platform_data"] = json!(null);
    let (field, reason) = refused(&mut bench).await;
    assert_eq!(field.as_deref(), Some("platform_data.product_type"));
    assert!(reason.contains("config.product_type"), "{reason}");
}

#[tokio::test]
async fn a_store_without_its_seller_says_what_is_missing() {
    for name in ["seller_id", "marketplace_id"] {
        let mut bench = Bench::new().await;
        bench.store.config[name] = json!(null);
        let (field, _) = refused(&mut bench).await;
        assert_eq!(field, Some(format!("config.{name}")));
    }
}

#[tokio::test]
async fn anothers_account_is_refused_and_not_taken_for_an_old_token() {
    let mut bench = Bench::new().await;
    bench.store.config["seller_id"] = json!("ASOMEBODYELSE");
    let (_, reason) = refused(&mut bench).await;
    assert!(reason.contains("role"), "{reason}");
}

#[tokio::test]
async fn variants_without_a_value_for_an_option_are_refused() {
    let mut bench = Bench::new().await;
    family(&mut bench.listing, &["S", "M"]);
    bench.listing["product"]["variants"][1]["option_values"] = json!([]);
    let (field, reason) = refused(&mut bench).await;
    assert_eq!(field.as_deref(), Some("product.variants"));
    assert!(reason.contains("`SHIRT-M`"), "{reason}");
}

#[test]
fn without_an_own_address_requests_go_to_the_region_of_the_store() {
    let host = |config: Value| {
        let store = Store::new(config, json!({"access_token": "t"}));
        let action = Action::CheckProduct {
            external_id: "A/B C".to_owned(),
        };
        let operation = Operation::new(action, "k");
        match Amazon.begin(&operation, &store) {
            Ok(Step::Send(exchange)) => Ok(exchange.request.uri().to_string()),
            Ok(Step::Done(_)) => panic!("nothing was sent"),
            Err(error) => Err(error),
        }
    };
    let japan = host(json!({"seller_id": "S", "marketplace_id": "A1VC38T7YXB528"})).unwrap();
    assert!(
        japan.starts_with(
            "https://sellingpartnerapi-fe.amazon.com/listings/2021-08-01/items/S/A%2FB%20C?"
        ),
        "{japan}"
    );
    let new = host(json!({"seller_id": "S", "marketplace_id": "ANEW", "region": "eu"})).unwrap();
    assert!(
        new.starts_with("https://sellingpartnerapi-eu.amazon.com/"),
        "{new}"
    );
    let wrong = json!({"seller_id": "S", "marketplace_id": "ANEW", "region": "evil.com/"});
    assert!(host(wrong).is_err());
}

#[test]
fn a_document_is_never_sent_to_a_strangers_address() {
    let store = Store::new(
        json!({"seller_id": "S", "marketplace_id": "ATVPDKIKX0DER"}),
        json!({"access_token": "t"}),
    );
    let level = |number| StockLevel {
        sku: format!("S{number}"),
        quantity: 1,
    };
    let sync = InventorySync {
        levels: (0..21).map(level).collect(),
        platform_data: json!({"product_type": "MUG"}),
        ..InventorySync::default()
    };
    let operation = Operation::new(Action::SyncInventory(Box::new(sync)), "k");
    let items: Vec<Value> = (0..21).map(|it| json!({"sku": format!("S{it}")})).collect();
    let found = json!({"numberOfResults": 21, "items": items});
    let place = |url: &str| json!({"feedDocumentId": "d", "url": url});
    let upload = |url: &str| {
        let mut step = Amazon.begin(&operation, &store)?;
        for body in [&found, &found, &place(url)] {
            let Step::Send(exchange) = step else {
                panic!("it ended early");
            };
            let response = http::Response::new(body.to_string().into_bytes());
            step = Amazon.resume(&operation, &store, exchange.state, &response)?;
        }
        match step {
            Step::Send(exchange) => Ok(exchange.request),
            Step::Done(_) => panic!("it ended early"),
        }
    };
    let own = upload("https://tortuga-prod-na.s3.amazonaws.com/x?X-Amz-Signature=s").unwrap();
    assert_eq!(own.method(), "PUT");
    assert!(!own.headers().contains_key("x-amz-access-token"));
    for foreign in [
        "https://evil.example/x",
        "http://127.0.0.1/x",
        "file:///etc/passwd",
    ] {
        let error: PlatformError = upload(foreign).unwrap_err();
        assert!(
            matches!(&error, PlatformError::Protocol { reason } if reason.contains("url")),
            "{error}"
        );
    }
}

/// What the plugin makes of `body` as the answer to the first request of `action`.
fn answered(action: Action, status: u16, body: &Value) -> PlatformError {
    let store = Store::new(
        json!({"seller_id": "S", "marketplace_id": "ATVPDKIKX0DER"}),
        json!({"access_token": "t"}),
    );
    let operation = Operation::new(action, "k");
    let Ok(Step::Send(exchange)) = Amazon.begin(&operation, &store) else {
        panic!("nothing was sent");
    };
    let response = http::Response::builder()
        .status(status)
        .body(body.to_string().into_bytes())
        .unwrap();
    Amazon
        .resume(&operation, &store, exchange.state, &response)
        .unwrap_err()
}

#[test]
fn an_answer_that_does_not_fit_names_its_field() {
    let check = || Action::CheckProduct {
        external_id: "A".to_owned(),
    };
    let order = || Action::GetOrder {
        external_order_id: "1".to_owned(),
    };
    let cases = [
        (check(), 200, json!({"summaries": []}), "sku"),
        (
            check(),
            200,
            json!({"sku": "A", "issues": [{"code": "1", "message": "m", "severity": "FATAL"}]}),
            "issues[0].severity",
        ),
        (
            order(),
            200,
            json!({"order": {"orderId": 3}}),
            "order.orderId",
        ),
        (order(), 200, json!({}), "order"),
        (order(), 400, json!({"error": "no"}), "errors"),
    ];
    for (action, status, body, field) in cases {
        let error = answered(action, status, &body);
        let PlatformError::Protocol { reason } = &error else {
            panic!("{error:?}");
        };
        assert!(reason.contains(field), "{reason}");
        assert!(!error.is_transient());
    }
}

#[test]
fn an_expired_token_and_a_missing_role_are_told_apart() {
    let check = || Action::CheckProduct {
        external_id: "A".to_owned(),
    };
    let refusal = |details: &str| json!({"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": details}]});
    let expired = refusal("The access token you provided has expired.");
    assert!(matches!(
        answered(check(), 403, &expired),
        PlatformError::AuthenticateAgain { .. }
    ));
    assert!(matches!(
        answered(check(), 403, &refusal("")),
        PlatformError::Rejected { .. }
    ));
    assert!(matches!(
        answered(check(), 401, &refusal("")),
        PlatformError::AuthenticateAgain { .. }
    ));
}
