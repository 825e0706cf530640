use crate::support::{ASKED_AT, Bench};
use common::platform::PlatformError;
use sandbox::FaultKind;
use serde_json::{Value, json};

/// A bench with an open order of two articles, and what a job would say of its parcel.
async fn ordered() -> Bench {
    let mut bench = Bench::new().await;
    let lines = json!([{"sku": "MUG-1", "quantity": 2}, {"sku": "HAT-1", "quantity": 1}]);
    let id = bench.tell("orders", json!({ "lines": lines }))["id"].clone();
    bench.listing = json!({"payload": {
        "external_order_id": id,
        "tracking": {"company": "ups", "number": "1Z999"},
    }});
    bench
}

fn order(bench: &Bench) -> Value {
    bench.seller()["orders"][0].clone()
}

fn rejected(error: PlatformError) -> (Option<String>, String) {
    match error {
        PlatformError::Rejected { field, reason } => (field, reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_order_is_confirmed_with_its_parcel() {
    let mut bench = ordered().await;
    let outcome = bench.job("process_order").await.unwrap();
    assert_eq!(outcome.result["was_fulfilled"], false);
    let order = order(&bench);
    assert_eq!(order["status"], "SHIPPED");
    let package = &order["packages"][0];
    assert_eq!(package["trackingNumber"], "1Z999");
    assert_eq!(package["carrier"], "UPS");
    assert_eq!(package["shipTime"], ASKED_AT);
    assert_eq!(package["packageReferenceId"], outcome.result["package"]);
}

#[tokio::test]
async fn a_job_that_is_repeated_confirms_nothing_twice() {
    let mut bench = ordered().await;
    bench.inject(FaultKind::LostReply, "shipmentConfirmation");
    let error = bench.attempt("process_order", "one").await.unwrap_err();
    assert!(error.cause.is_transient(), "{error}");
    let outcome = bench.attempt("process_order", "one").await.unwrap();
    assert_eq!(outcome.result["was_fulfilled"], true);
    assert_eq!(order(&bench)["packages"].as_array().unwrap().len(), 1);
    assert_eq!(bench.served("confirmShipment"), 1);
}

#[tokio::test]
async fn a_part_that_is_repeated_is_confirmed_once() {
    let mut bench = ordered().await;
    bench.listing["payload"]["lines"] = json!([{"sku": "MUG-1", "quantity": 1}]);
    bench.inject(FaultKind::LostReply, "shipmentConfirmation");
    let error = bench.attempt("process_order", "one").await.unwrap_err();
    assert!(error.cause.is_transient(), "{error}");
    bench.attempt("process_order", "one").await.unwrap();
    let order = order(&bench);
    assert_eq!(order["lines"][0]["shipped"], 1);
    assert_eq!(order["packages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_part_is_confirmed_and_then_the_rest() {
    let mut bench = ordered().await;
    bench.listing["payload"]["lines"] = json!([{"sku": "MUG-1", "quantity": 1}]);
    bench.job("process_order").await.unwrap();
    assert_eq!(order(&bench)["status"], "PARTIALLY_SHIPPED");
    bench.listing["payload"]["lines"] = json!([]);
    bench.listing["payload"]["tracking"]["number"] = json!("1Z998");
    bench.job("process_order").await.unwrap();
    let order = order(&bench);
    assert_eq!(order["status"], "SHIPPED");
    assert_eq!(order["packages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_parcel_of_another_job_is_not_confirmed_again() {
    let mut bench = ordered().await;
    bench.listing["payload"]["lines"] = json!([{"sku": "MUG-1", "quantity": 1}]);
    bench.job("process_order").await.unwrap();
    let again = bench.job("process_order").await.unwrap();
    assert_eq!(again.result["was_fulfilled"], true);
    assert_eq!(order(&bench)["lines"][0]["shipped"], 1);
}

#[tokio::test]
async fn more_than_is_open_is_refused() {
    let mut bench = ordered().await;
    bench.listing["payload"]["lines"] = json!([{"sku": "MUG-1", "quantity": 3}]);
    let (field, reason) = rejected(bench.job("process_order").await.unwrap_err().cause);
    assert_eq!(field.as_deref(), Some("lines"));
    assert!(reason.contains("1 of 3 `MUG-1`"), "{reason}");
}

#[tokio::test]
async fn a_parcel_without_carrier_or_number_is_refused_before_anything_is_asked() {
    for (name, field) in [
        ("company", "tracking.company"),
        ("number", "tracking.number"),
    ] {
        let mut bench = ordered().await;
        bench.listing["payload"]["tracking"][name] = json!(" ");
        let error = bench.job("process_order").await.unwrap_err();
        assert_eq!(error.requests, 0);
        assert_eq!(rejected(error.cause).0.as_deref(), Some(field));
    }
}

#[tokio::test]
async fn a_carrier_that_amazon_does_not_know_is_named() {
    let mut bench = ordered().await;
    bench.listing["payload"]["tracking"]["company"] = json!("Bob's Bikes");
    bench.job("process_order").await.unwrap();
    let (_, _, body) = bench.sent.last().unwrap();
    assert_eq!(body["packageDetail"]["carrierCode"], "Other");
    assert_eq!(body["packageDetail"]["carrierName"], "Bob's Bikes");
}

#[tokio::test]
async fn an_order_that_is_not_ours_to_send_is_refused() {
    for (what, word) in [
        (json!({"fulfilled_by": "AMAZON"}), "Amazon itself"),
        (json!({"status": "PENDING"}), "not paid"),
        (json!({"status": "CANCELLED"}), "cancelled"),
    ] {
        let mut bench = ordered().await;
        let mut new = what;
        new["lines"] = json!([{"sku": "MUG-1", "quantity": 1}]);
        bench.listing["payload"]["external_order_id"] = bench.tell("orders", new)["id"].clone();
        let (_, reason) = rejected(bench.job("process_order").await.unwrap_err().cause);
        assert!(reason.contains(word), "{reason}");
    }
}

#[tokio::test]
async fn an_unknown_order_is_named() {
    let mut bench = ordered().await;
    bench.listing["payload"]["external_order_id"] = json!("000-0000000-0000000");
    let (field, _) = rejected(bench.job("process_order").await.unwrap_err().cause);
    assert_eq!(field.as_deref(), Some("external_order_id"));
}
