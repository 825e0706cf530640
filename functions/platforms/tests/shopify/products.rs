use crate::support::Bench;
use common::platform::{Action, Operation, PlatformError, list_products};
use platforms::shopify::Shopify;
use serde_json::{Value, json};

fn skus(product: &Value) -> Vec<&str> {
    let variants = product["variants"].as_array().unwrap();
    variants
        .iter()
        .map(|it| it["sku"].as_str().unwrap_or("-"))
        .collect()
}

#[tokio::test]
async fn publishing_makes_a_product_with_everything_and_shows_it() {
    let mut bench = Bench::new().await;
    let outcome = bench.publish().await;
    let product = bench.product();
    assert_eq!(outcome.external_id.as_deref(), product["id"].as_str());
    assert_eq!(outcome.result["created"], true);
    assert_eq!(product["status"], "ACTIVE");
    assert_eq!(product["handle"], "ocean-blue-shirt");
    assert_eq!(product["description_html"], "<b>Soft</b>");
    assert_eq!(product["vendor"], "Acme");
    assert_eq!(product["tags"], json!(["blue", "men"]));
    assert_eq!(product["media"].as_array().unwrap().len(), 2);
    assert_eq!(skus(&product), ["OBS-S", "OBS-M"]);
    let small = &product["variants"][0];
    assert_eq!(small["price"], "11.00");
    assert_eq!(small["compare_at_price"], "15.00");
    assert_eq!(small["barcode"], "4006381333931");
    assert_eq!(small["weight_grams"], 200.0);
    assert_eq!(small["tracked"], true);
    assert_eq!(product["variants"][1]["price"], "12.50");
    assert_eq!((bench.stock("OBS-S"), bench.stock("OBS-M")), (5, 3));
}

#[tokio::test]
async fn stock_goes_where_online_orders_are_served_and_the_online_store_shows_the_product() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let (shop, product) = (bench.shop(), bench.product());
    let warehouse = shop["locations"].as_array().unwrap().iter();
    let warehouse = warehouse
        .into_iter()
        .find(|it| it["name"] == "Warehouse")
        .unwrap();
    let levels = product["variants"][0]["levels"].as_object().unwrap();
    assert_eq!(
        levels.keys().collect::<Vec<_>>(),
        [warehouse["id"].as_str().unwrap()]
    );
    let online = shop["publications"].as_array().unwrap().iter();
    let online = online
        .into_iter()
        .find(|it| it["app"] == "online_store")
        .unwrap();
    assert_eq!(product["published_to"], json!([online["id"]]));
}

#[tokio::test]
async fn a_product_without_variants_has_shopifys_default_one() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["variants"] = json!([]);
    bench.listing["product"]["options"] = json!([]);
    bench.publish().await;
    let product = bench.product();
    assert_eq!(
        product["variants"][0]["options"],
        json!([["Title", "Default Title"]])
    );
    assert_eq!(product["variants"][0]["price"], "12.50");
    assert_eq!(bench.stock("0192-l1"), 7);
}

#[tokio::test]
async fn publishing_again_changes_nothing_and_makes_no_second_product() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let before = bench.product();
    let again = bench.publish().await;
    let mut after = bench.product();
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(before, after);
    assert_eq!(again.result["created"], false);
}

#[tokio::test]
async fn a_listing_whose_product_was_removed_in_the_shop_is_made_anew() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let old = bench.product()["id"].clone();
    bench.job("delete_listing").await.unwrap();
    bench.publish().await;
    assert_ne!(bench.product()["id"], old);
}

#[tokio::test]
async fn anothers_product_with_our_handle_is_left_alone() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let theirs = bench.product();
    bench.listing["listing"] = json!({"id": "0192-l2", "price": "1.00", "inventory": 1});
    bench.publish().await;
    let shop = bench.shop();
    assert_eq!(shop["products"][0], theirs);
    let handle = shop["products"][1]["handle"].as_str().unwrap();
    assert!(handle.starts_with("ocean-blue-shirt-"), "{handle}");
}

#[tokio::test]
async fn an_update_changes_texts_and_prices_but_not_the_stock_that_is_being_sold() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["title"] = json!("Deep Blue Shirt");
    bench.listing["product"]["variants"][0]["price"] = json!("9.99");
    bench.listing["product"]["variants"][0]["inventory"] = json!(50);
    let outcome = bench.job("update_listing").await.unwrap();
    let product = bench.product();
    assert_eq!(product["title"], "Deep Blue Shirt");
    assert_eq!(product["variants"][0]["price"], "9.99");
    assert_eq!(bench.stock("OBS-S"), 5);
    assert_eq!(outcome.result["created"], false);
    assert_eq!(
        bench.count("Publish"),
        1,
        "an update does not change where it is shown"
    );
}

#[tokio::test]
async fn an_update_that_asks_for_a_stock_sets_it() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let one = &mut bench.listing["product"];
    one["variants"].as_array_mut().unwrap().truncate(1);
    bench.listing["payload"] = json!({"inventory": 9});
    let outcome = bench.job("update_listing").await.unwrap();
    assert_eq!(bench.stock("OBS-S"), 9);
    let changed = json!([{"sku": "OBS-S", "from": 5, "to": 9}]);
    assert_eq!(
        outcome.result["stock"],
        json!({"changed": changed, "unchanged": 0})
    );
}

#[tokio::test]
async fn variants_come_and_go_and_the_others_keep_their_identity() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let before = bench.product();
    let variants = bench.listing["product"]["variants"].as_array_mut().unwrap();
    variants.remove(1);
    variants.push(
        json!({"id": "v3", "sku": "OBS-L", "price": "13.00", "inventory": 4,
        "option_values": ["L"], "position": 3}),
    );
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    let after = bench.product();
    assert_eq!(skus(&after), ["OBS-S", "OBS-L"]);
    assert_eq!(after["variants"][0]["id"], before["variants"][0]["id"]);
    assert_eq!(
        bench.stock("OBS-L"),
        4,
        "a new variant comes with its stock"
    );
    let data = &bench.listing["listing"]["platform_data"]["variants"];
    assert_eq!(data["OBS-L"]["id"], after["variants"][1]["id"]);
    assert!(data["OBS-M"].is_null());
}

#[tokio::test]
async fn what_the_merchant_added_in_shopify_survives_an_update() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    // To the listing, everything that it does not remember is the merchant's.
    let memory = &mut bench.listing["listing"]["platform_data"];
    memory["variants"].as_object_mut().unwrap().remove("OBS-M");
    memory["tags"] = json!(["blue"]);
    memory["images"].as_array_mut().unwrap().truncate(1);
    let theirs = bench.product();
    bench.listing["product"]["variants"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    bench.listing["product"]["tags"] = json!(["green"]);
    bench.listing["product"]["images"] = json!([{"src": "https://cdn.example/3.jpg"}]);
    bench.job("update_listing").await.unwrap();
    let product = bench.product();
    assert_eq!(skus(&product), ["OBS-S", "OBS-M"]);
    assert_eq!(product["variants"][1]["id"], theirs["variants"][1]["id"]);
    assert_eq!(bench.stock("OBS-M"), 3);
    assert_eq!(product["tags"], json!(["green", "men"]));
    let urls: Vec<&str> = product["media"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["url"].as_str().unwrap())
        .collect();
    assert_eq!(
        urls,
        ["https://cdn.example/3.jpg", "https://cdn.example/2.jpg"]
    );
    assert_eq!(product["metafields"], theirs["metafields"]);
}

#[tokio::test]
async fn unchanged_pictures_are_not_sent_again() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let before = bench.product()["media"].clone();
    bench.listing["product"]["title"] = json!("Other");
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.product()["media"], before);
}

#[tokio::test]
async fn deleting_removes_the_product_and_deleting_again_is_no_error() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let first = bench.job("delete_listing").await.unwrap();
    assert_eq!(first.result["deleted"], true);
    assert_eq!(bench.shop()["products"], json!([]));
    let second = bench.job("delete_listing").await.unwrap();
    assert_eq!(second.result["was_gone"], true);
}

#[tokio::test]
async fn updating_what_is_gone_says_what_to_do() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.job("delete_listing").await.unwrap();
    let error = bench.job("update_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("external_id"));
    assert!(reason.contains("publish the listing again"), "{reason}");
}

async fn fill(bench: &mut Bench, count: usize) {
    for index in 0..count {
        let id = format!("l{index}");
        bench.listing["listing"] = json!({"id": id, "price": "1.00", "inventory": 1});
        bench.listing["product"]["handle"] = json!(format!("product-{index}"));
        bench.job("publish_listing").await.unwrap();
        bench.sandbox.set_bucket(sandbox::TOKEN, 2000.0, 100.0);
    }
}

#[tokio::test]
async fn products_are_listed_page_by_page() {
    let mut bench = Bench::new().await;
    fill(&mut bench, 5).await;
    let mut cursor = None;
    let mut handles = Vec::new();
    loop {
        let action = Action::ListProducts { cursor, limit: 2 };
        let page = bench.run(&Operation::new(action, "list")).await.unwrap();
        assert!(page.products.len() <= 2);
        handles.extend(page.products.into_iter().map(|product| product.handle));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let all: Vec<String> = (0..5).map(|index| format!("product-{index}")).collect();
    assert_eq!(handles, all);
}

#[tokio::test]
async fn a_whole_catalogue_is_read_with_its_variants() {
    let mut bench = Bench::new().await;
    fill(&mut bench, 23).await;
    let host = crate::native::Native::default();
    let all = list_products(&host, &Shopify, &bench.store, None, &bench.limits)
        .await
        .unwrap();
    assert_eq!(all.products.len(), 23);
    assert_eq!(all.requests, 2);
    let product = &all.products[0];
    assert_eq!(product.status, "active");
    assert_eq!(product.variants[1].sku.as_deref(), Some("OBS-M"));
    assert_eq!(product.variants[1].inventory_quantity, Some(3));
    assert_eq!(product.variants[1].option_values, ["M"]);
    assert!(!product.more_variants);
}

#[tokio::test]
async fn a_product_with_more_variants_than_a_page_is_written_and_read_whole() {
    let mut bench = Bench::new().await;
    let variants: Vec<Value> = (0..230)
        .map(|index| {
            json!({"sku": format!("V{index}"), "inventory": index, "position": index,
                "option_values": [format!("{index}")]})
        })
        .collect();
    bench.listing["product"]["variants"] = json!(variants);
    let outcome = bench.publish().await;
    assert_eq!(outcome.result["variants"], 230);
    bench.sandbox.set_bucket(sandbox::TOKEN, 2000.0, 100.0);
    bench.listing["product"]["variants"][229]["inventory"] = json!(1000);
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(outcome.result["unchanged"], 229);
    assert_eq!(bench.stock("V229"), 1000);
}
