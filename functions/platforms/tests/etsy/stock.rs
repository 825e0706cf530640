use crate::support::{Bench, rejected};
use common::platform::{PlatformError, Presence};
use sandbox::{Fault, FaultKind};
use serde_json::json;

async fn published() -> Bench {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["variants"][0]["inventory"] = json!(20);
    bench
}

fn set(bench: &mut Bench, small: i64, medium: i64) {
    bench.listing["product"]["variants"][0]["inventory"] = json!(small);
    bench.listing["product"]["variants"][1]["inventory"] = json!(medium);
}

const WRITE: &str = "PUT listings/{}/inventory";

#[tokio::test]
async fn only_a_difference_is_written() {
    let bench = published().await;
    let before = bench.count(WRITE);
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.stock("OBS-S"), 20);
    assert_eq!(bench.stock("OBS-M"), 3);
    let changed = json!([{"sku": "OBS-S", "from": 5, "to": 20}]);
    assert_eq!(outcome.result, json!({"changed": changed, "unchanged": 1}));
    let again = bench.job("sync_inventory").await.unwrap();
    assert_eq!(again.result, json!({"changed": [], "unchanged": 2}));
    assert_eq!(bench.count(WRITE), before + 1);
}

#[tokio::test]
async fn a_lost_receipt_does_not_set_twice() {
    let bench = published().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "PUT"));
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(error.cause.is_transient());
    assert_eq!(bench.stock("OBS-S"), 20, "it was done");
    let before = bench.count(WRITE);
    let again = bench.job("sync_inventory").await.unwrap();
    assert_eq!(again.result["unchanged"], 2);
    assert_eq!(bench.count(WRITE), before);
}

#[tokio::test]
async fn a_sale_before_the_reading_is_seen() {
    let bench = published().await;
    let sale = Fault {
        sku: "OBS-S".to_owned(),
        quantity: 2,
        ..Fault::new(FaultKind::Sale, "GET")
    };
    bench.sandbox.inject(sale);
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(outcome.result["changed"][0]["from"], 3);
    assert_eq!(bench.stock("OBS-S"), 20);
}

#[tokio::test]
async fn a_listing_without_stock_is_taken_from_sale_and_comes_back_with_it() {
    let mut bench = published().await;
    set(&mut bench, 0, 0);
    let paused = bench.job("sync_inventory").await.unwrap();
    bench.remember(&paused);
    assert_eq!(bench.only()["state"], "inactive");
    assert_eq!(paused.presence, Some(Presence::OutOfStock));
    let still = bench.job("sync_inventory").await.unwrap();
    assert_eq!(still.presence, Some(Presence::OutOfStock));
    set(&mut bench, 0, 4);
    let back = bench.job("sync_inventory").await.unwrap();
    bench.remember(&back);
    assert_eq!(bench.only()["state"], "active");
    assert_eq!(back.presence, Some(Presence::Live));
    assert_eq!((bench.stock("OBS-S"), bench.stock("OBS-M")), (0, 4));
    assert_eq!(bench.listing["listing"]["platform_data"]["paused"], false);
    let offering = bench.product("OBS-M")["offerings"][0].clone();
    assert_eq!(
        offering["readiness_state_id"], 71_000_001,
        "which Etsy hid meanwhile"
    );
}

#[tokio::test]
async fn a_listing_that_the_seller_took_from_sale_stays_so() {
    let mut bench = published().await;
    bench.listing["payload"] = json!({"status": "archived"});
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    bench.listing["payload"] = json!({});
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.only()["state"], "inactive");
    assert_eq!(bench.stock("OBS-S"), 20);
}

#[tokio::test]
async fn a_sold_out_listing_is_renewed_unless_the_store_forbids_it() {
    let mut bench = published().await;
    bench.control("sales", json!({"sku": "OBS-S", "quantity": 5}));
    bench.control("sales", json!({"sku": "OBS-M", "quantity": 3}));
    assert_eq!(bench.only()["state"], "sold_out");
    bench.store.config["renew_sold_out"] = json!(false);
    let (field, _) = rejected(bench.job("sync_inventory").await.unwrap_err());
    assert_eq!(field, "config.renew_sold_out");
    bench.store.config["renew_sold_out"] = json!(true);
    set(&mut bench, 20, 0);
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.only()["state"], "active");
    assert_eq!((bench.stock("OBS-S"), bench.stock("OBS-M")), (20, 0));
}

#[tokio::test]
async fn more_than_etsy_can_show_is_capped() {
    let mut bench = published().await;
    set(&mut bench, 5000, 3);
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.stock("OBS-S"), 999);
}

#[tokio::test]
async fn an_unknown_variant_and_a_negative_stock_are_named() {
    let mut bench = published().await;
    set(&mut bench, -1, 3);
    let (field, _) = rejected(bench.job("sync_inventory").await.unwrap_err());
    assert_eq!(field, "variants.OBS-S");
    set(&mut bench, 1, 3);
    bench.listing["product"]["variants"][1]["sku"] = json!("NEW");
    let (field, _) = rejected(bench.job("sync_inventory").await.unwrap_err());
    assert_eq!(field, "variants.NEW");
    bench.listing["listing"]["external_id"] = json!("99");
    let (field, _) = rejected(bench.job("sync_inventory").await.unwrap_err());
    assert_eq!(field, "external_id");
}

#[tokio::test]
async fn a_server_that_fails_in_the_middle_puts_the_job_off() {
    let bench = published().await;
    bench.sandbox.inject(Fault::new(FaultKind::Status, "PUT"));
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(matches!(error.cause, PlatformError::RetryAfter { .. }));
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.stock("OBS-S"), 20);
}
