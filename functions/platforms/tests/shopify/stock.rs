use crate::support::Bench;
use common::platform::PlatformError;
use sandbox::{Fault, FaultKind};
use serde_json::json;

async fn published() -> Bench {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["variants"][0]["inventory"] = json!(20);
    bench
}

fn sale(quantity: i64) -> Fault {
    Fault {
        sku: "OBS-S".to_owned(),
        quantity,
        ..Fault::new(FaultKind::Sale, "SetStock")
    }
}

#[tokio::test]
async fn only_what_differs_is_written() {
    let bench = published().await;
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.stock("OBS-S"), 20);
    let changed = json!([{"sku": "OBS-S", "from": 5, "to": 20}]);
    assert_eq!(outcome.result, json!({"changed": changed, "unchanged": 1}));
    let again = bench.job("sync_inventory").await.unwrap();
    assert_eq!(again.result, json!({"changed": [], "unchanged": 2}));
    assert_eq!(bench.count("SetStock"), 1);
}

#[tokio::test]
async fn a_sale_between_reading_and_writing_is_noticed_and_read_again() {
    let bench = published().await;
    bench.sandbox.inject(sale(2));
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.count("SetStock"), 2);
    assert_eq!(outcome.result["changed"][0]["from"], 3);
    assert_eq!(bench.stock("OBS-S"), 20);
}

#[tokio::test]
async fn stock_that_never_stands_still_puts_the_job_off() {
    let bench = published().await;
    bench.sandbox.inject(sale(1).times(9));
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(
        matches!(error.cause, PlatformError::RetryAfter { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_lost_receipt_does_not_set_twice() {
    let bench = published().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "SetStock").times(3));
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(error.cause.is_transient());
    assert_eq!(bench.stock("OBS-S"), 20, "it was done");
    assert_eq!(
        bench.count("SetStock"),
        3,
        "asked for at once, with one key"
    );
    let again = bench.job("sync_inventory").await.unwrap();
    assert_eq!(again.result["unchanged"], 2);
    assert_eq!(bench.shop()["idempotency"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_variant_that_the_shop_lacks_is_named() {
    let mut bench = published().await;
    bench.listing["product"]["variants"][0]["sku"] = json!("NEW");
    let error = bench.job("sync_inventory").await.unwrap_err();
    let PlatformError::Rejected { field, .. } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("variants.NEW"));
}

#[tokio::test]
async fn a_location_where_the_variant_is_not_stocked_is_named() {
    let mut bench = published().await;
    let showroom = bench.shop()["locations"][0]["id"].clone();
    bench.store.config["location_id"] = showroom;
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(error.to_string().contains("is not stocked at"), "{error}");
}

#[tokio::test]
async fn a_negative_stock_is_refused_by_the_shop_with_its_field() {
    let mut bench = published().await;
    bench.listing["product"]["variants"][0]["inventory"] = json!(-1);
    let error = bench.job("sync_inventory").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("input.quantities.0.quantity"));
    assert!(reason.contains("negative"), "{reason}");
}

#[tokio::test]
async fn without_a_remembered_location_the_shop_is_asked() {
    let mut bench = published().await;
    bench.listing["listing"]["platform_data"] = json!(null);
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.stock("OBS-S"), 20);
}
