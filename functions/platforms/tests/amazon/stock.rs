use crate::support::{Bench, family};
use common::platform::PlatformError;
use serde_json::json;

#[tokio::test]
async fn a_stock_is_set() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.listing["listing"]["inventory"] = json!(4);
    let outcome = bench.job("sync_inventory").await.unwrap();
    let set = json!([{"sku": "MUG-1", "from": 7, "to": 4}]);
    assert_eq!(outcome.result["set"], set);
    bench.settle();
    assert_eq!(bench.quantity("MUG-1"), 4);
}

#[tokio::test]
async fn two_stocks_in_a_row_end_with_the_second() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    // The second reads what the first is about to change.
    for quantity in [4, 7] {
        bench.listing["listing"]["inventory"] = json!(quantity);
        bench.job("sync_inventory").await.unwrap();
    }
    bench.settle();
    assert_eq!(bench.quantity("MUG-1"), 7);
}

#[tokio::test]
async fn the_merchants_other_terms_of_stock_stay() {
    let mut bench = Bench::new().await;
    let own = json!([{"fulfillment_channel_code": "DEFAULT", "quantity": 7, "lead_time_to_ship_max_days": 5}]);
    bench.listing["listing"]["platform_data"]["attributes"] =
        json!({"fulfillment_availability": own});
    bench.publish_and_settle().await;
    bench.listing["listing"]["inventory"] = json!(2);
    bench.job("sync_inventory").await.unwrap();
    bench.settle();
    let stock = bench.attribute("MUG-1", "fulfillment_availability");
    assert_eq!(stock["quantity"], 2);
    assert_eq!(stock["lead_time_to_ship_max_days"], 5);
}

#[tokio::test]
async fn each_variant_has_its_own_stock() {
    let mut bench = Bench::new().await;
    family(&mut bench.listing, &["S", "M"]);
    bench.publish_and_settle().await;
    bench.listing["product"]["variants"][1]["inventory"] = json!(11);
    bench.job("sync_inventory").await.unwrap();
    bench.settle();
    assert_eq!(bench.quantity("SHIRT-S"), 3);
    assert_eq!(bench.quantity("SHIRT-M"), 11);
}

#[tokio::test]
async fn what_amazon_counts_is_not_set() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.tell("fba", json!({"sku": "MUG-1"}));
    let error = bench.job("sync_inventory").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("inventory"));
    assert!(reason.contains("AMAZON_NA"), "{reason}");
    let stock = bench.attribute("MUG-1", "fulfillment_availability");
    assert_eq!(stock, json!({"fulfillment_channel_code": "AMAZON_NA"}));
    // A change of text and price is none of the stock.
    bench.job("update_listing").await.unwrap();
    bench.settle();
    let stock = bench.attribute("MUG-1", "fulfillment_availability");
    assert_eq!(stock, json!({"fulfillment_channel_code": "AMAZON_NA"}));
}

#[tokio::test]
async fn a_stock_of_what_is_not_there_names_it() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["external_id"] = json!("MUG-1");
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(error.to_string().contains("no item `MUG-1`"), "{error}");
}
