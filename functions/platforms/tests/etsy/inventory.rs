//! The inventory document.

use crate::support::{Bench, rejected};
use serde_json::{Value, json};

fn two_options(bench: &mut Bench) {
    bench.listing["product"]["options"] = json!([{"name": "Size"}, {"name": "Colour"}]);
    let variant = |sku: &str, values: Value, price: &str, position: u32| {
        json!({"id": sku, "sku": sku, "price": price, "compare_at_price": null, "barcode": null,
            "inventory": 4, "weight_grams": null, "option_values": values, "position": position})
    };
    bench.listing["product"]["variants"] = json!([
        variant("S-RED", json!(["S", "Red"]), "10.00", 1),
        variant("M-RED", json!(["M", "Red"]), "12.00", 2),
        variant("M-BLUE", json!(["M", "Blue"]), "12.00", 3),
    ]);
}

#[tokio::test]
async fn combinations_that_nobody_sells_are_written_disabled() {
    let mut bench = Bench::new().await;
    two_options(&mut bench);
    bench.publish().await;
    let inventory = bench.only()["inventory"].clone();
    let products = inventory["products"].as_array().unwrap();
    assert_eq!(products.len(), 4);
    let filler = products.iter().find(|it| it["sku"] == "").unwrap();
    assert_eq!(filler["property_values"][0]["values"], json!(["S"]));
    assert_eq!(filler["property_values"][1]["values"], json!(["Blue"]));
    assert_eq!(filler["offerings"][0]["is_enabled"], false);
    assert_eq!(
        inventory["price_on_property"],
        json!([513]),
        "the price depends on the size alone"
    );
    assert_eq!(inventory["sku_on_property"], json!([513, 514]));
    assert_eq!(bench.only()["quantity"], 12);
    let page = bench.job("list_products").await.unwrap();
    assert_eq!(page.products[0].variants.len(), 3, "a filler is no variant");
    let again = bench.job("update_listing").await.unwrap();
    assert_eq!(
        again.result["inventory_written"], false,
        "fillers are no difference"
    );
}

#[tokio::test]
async fn what_the_seller_added_on_etsy_is_kept() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id.unwrap();
    bench.control(
        "offer",
        json!({"id": id, "sku": "THEIRS", "values": ["XL"]}),
    );
    bench.listing["listing"]["price"] = json!("9.00");
    bench.listing["product"]["variants"]
        .as_array_mut()
        .unwrap()
        .remove(1);
    let outcome = bench.job("update_listing").await.unwrap();
    assert_eq!(outcome.result["inventory_written"], true);
    let inventory = bench.only()["inventory"].clone();
    let skus: Vec<&str> = inventory["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["sku"].as_str().unwrap())
        .collect();
    assert_eq!(
        skus,
        ["OBS-S", "THEIRS"],
        "ours that we dropped is gone, theirs is there"
    );
    assert_eq!(
        bench.product("OBS-S")["offerings"][0]["price"]["amount"],
        900
    );
    let stock = bench.stock("THEIRS");
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.stock("THEIRS"), stock);
}

#[tokio::test]
async fn processing_profile_and_numbers_of_values_are_kept() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let before = bench.product("OBS-S");
    bench.listing["payload"] = json!({});
    bench.listing["product"]["variants"][0]["price"] = json!("9.00");
    bench.job("update_listing").await.unwrap();
    let after = bench.product("OBS-S");
    assert_eq!(after["property_values"], before["property_values"]);
    assert_eq!(after["product_id"], before["product_id"]);
    assert_eq!(after["offerings"][0]["readiness_state_id"], 71_000_001);
}

#[tokio::test]
async fn a_product_that_was_added_on_etsy_and_cannot_stay_is_named() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id.unwrap();
    bench.control(
        "offer",
        json!({"id": id, "sku": "THEIRS", "values": ["XL"]}),
    );
    two_options(&mut bench);
    let (field, reason) = rejected(bench.job("update_listing").await.unwrap_err());
    assert_eq!(field, "options");
    assert!(reason.contains("THEIRS"), "{reason}");
}

#[tokio::test]
async fn a_variant_is_added_and_removed() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let mut large = bench.listing["product"]["variants"][0].clone();
    large["sku"] = json!("OBS-L");
    large["option_values"] = json!(["L"]);
    large["position"] = json!(3);
    let variants = bench.listing["product"]["variants"].as_array_mut().unwrap();
    variants.push(large);
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    assert_eq!(bench.stock("OBS-L"), 5);
    bench.listing["product"]["variants"]
        .as_array_mut()
        .unwrap()
        .pop();
    bench.job("update_listing").await.unwrap();
    let products = bench.only()["inventory"]["products"].clone();
    assert_eq!(products.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn three_options_are_refused_before_anything_is_sent() {
    let mut bench = Bench::new().await;
    two_options(&mut bench);
    let options = bench.listing["product"]["options"].as_array_mut().unwrap();
    options.push(json!({"name": "Cut"}));
    let variants = bench.listing["product"]["variants"].as_array_mut().unwrap();
    for variant in variants {
        variant["option_values"]
            .as_array_mut()
            .unwrap()
            .push(json!("Slim"));
    }
    let error = bench.job("publish_listing").await.unwrap_err();
    assert_eq!(error.requests, 0);
    assert_eq!(rejected(error).0, "options");
}
