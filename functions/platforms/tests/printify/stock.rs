use crate::support::{Bench, refused};
use serde_json::json;

#[tokio::test]
async fn a_variant_without_stock_is_switched_off_and_with_stock_on_again() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["variants"][0]["inventory"] = json!(0);
    let outcome = bench.job("sync_inventory").await.unwrap();
    let changed = json!([{"sku": "LS-S", "enabled": false}]);
    assert_eq!(outcome.result, json!({"changed": changed, "unchanged": 1}));
    assert_eq!(bench.skus(), ["LS-M"]);
    assert_eq!(
        bench.count("/publish.json"),
        1,
        "we are the channel and know it"
    );
    bench.listing["product"]["variants"][0]["inventory"] = json!(4);
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.skus(), ["LS-S", "LS-M"]);
    assert_eq!(bench.offered()[0]["price"], 2100);
}

#[tokio::test]
async fn what_is_right_already_is_not_written() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(outcome.result, json!({"changed": [], "unchanged": 2}));
    assert_eq!(bench.count("PUT"), 0);
}

#[tokio::test]
async fn a_variant_is_found_by_its_sku_where_nothing_is_remembered() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["listing"]["platform_data"] = json!({});
    bench.listing["product"]["variants"][1]["inventory"] = json!(0);
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.skus(), ["LS-S"]);
}

#[tokio::test]
async fn an_unknown_variant_is_named() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["variants"][1]["sku"] = json!("LS-X");
    let (field, _) = refused(bench.job("sync_inventory").await);
    assert_eq!(field, "levels.LS-X");
    assert_eq!(bench.count("PUT"), 0);
}

#[tokio::test]
async fn a_product_that_keeps_no_stock_is_offered_whole() {
    let mut bench = Bench::new().await;
    for variant in bench.listing["product"]["variants"].as_array_mut().unwrap() {
        variant["inventory"] = json!(0);
    }
    bench.publish().await;
    assert_eq!(bench.skus(), ["LS-S", "LS-M"]);
}

#[tokio::test]
async fn a_variant_that_is_sold_out_when_published_is_not_offered() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["variants"][1]["inventory"] = json!(0);
    bench.publish().await;
    assert_eq!(bench.skus(), ["LS-S"]);
}
