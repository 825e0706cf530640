use crate::support::Bench;
use common::platform::{Action, Presence};
use serde_json::{Value, json};

#[tokio::test]
async fn a_listing_is_published_with_its_variants_prices_and_stock() {
    let mut bench = Bench::new().await;
    let outcome = bench.publish().await;
    assert_eq!(outcome.result["created"], true);
    assert_eq!(outcome.presence, None, "shown at once");
    let listing = bench.only();
    assert_eq!(listing["state"], "active");
    assert_eq!(listing["title"], "Ocean Blue Shirt");
    assert_eq!(listing["description"], "Soft & warm\n\n• Cotton");
    assert_eq!(listing["tags"], json!(["men", "blue"]));
    assert_eq!(listing["quantity"], 8);
    assert_eq!(listing["item_weight"], 200.0);
    assert_eq!(outcome.external_id, Some(listing["listing_id"].to_string()));
    let small = bench.product("OBS-S");
    assert_eq!(small["offerings"][0]["price"]["amount"], 1100);
    assert_eq!(small["offerings"][0]["quantity"], 5);
    assert_eq!(small["property_values"][0]["property_name"], "Size");
    assert_eq!(small["property_values"][0]["values"], json!(["S"]));
    let medium = bench.product("OBS-M");
    assert_eq!(medium["offerings"][0]["price"]["amount"], 1250);
    let inventory = &listing["inventory"];
    assert_eq!(inventory["price_on_property"], json!([513]));
    assert_eq!(inventory["sku_on_property"], json!([513]));
    assert_eq!(inventory["quantity_on_property"], json!([513]));
    let products = outcome.platform_data.unwrap()["products"].clone();
    assert_eq!(products[0]["sku"], "OBS-S");
    assert_eq!(products[0]["product_id"], small["product_id"]);
}

#[tokio::test]
async fn a_listing_is_made_changed_and_removed() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["title"] = json!("Sea Blue Shirt");
    bench.listing["product"]["variants"][0]["price"] = json!("9.99");
    let outcome = bench.job("update_listing").await.unwrap();
    assert_eq!(outcome.result["created"], false);
    let listing = bench.only();
    assert_eq!(listing["title"], "Sea Blue Shirt");
    assert_eq!(listing["price"]["amount"], 999);
    assert_eq!(listing["state"], "active");
    let gone = bench.job("delete_listing").await.unwrap();
    assert_eq!(gone.result["was_gone"], false);
    assert_eq!(bench.shop()["listings"], json!([]));
    let again = bench.job("delete_listing").await.unwrap();
    assert_eq!(again.result["was_gone"], true);
}

#[tokio::test]
async fn an_update_that_changes_no_price_or_stock_leaves_the_inventory_alone() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.control("sales", json!({"sku": "OBS-S", "quantity": 2}));
    let before = bench.count("PUT listings/{}/inventory");
    bench.listing["product"]["title"] = json!("Sea Blue Shirt");
    let outcome = bench.job("update_listing").await.unwrap();
    assert_eq!(outcome.result["inventory_written"], false);
    assert_eq!(bench.count("PUT listings/{}/inventory"), before);
    assert_eq!(
        bench.stock("OBS-S"),
        3,
        "what was sold meanwhile stays sold"
    );
}

#[tokio::test]
async fn a_product_without_variants_has_one_product() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["options"] = json!([]);
    bench.listing["product"]["variants"] = json!([]);
    bench.listing["product"]["sku"] = json!("OBS");
    bench.publish().await;
    let product = bench.product("OBS");
    assert_eq!(product["property_values"], json!([]));
    assert_eq!(bench.stock("OBS"), 7);
    assert_eq!(
        bench.only()["inventory"]["products"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    bench.listing["payload"] = json!({"price": "20.00", "inventory": 9});
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.stock("OBS"), 9);
    assert_eq!(bench.only()["price"]["amount"], 2000);
}

#[tokio::test]
async fn a_listing_can_be_hidden_and_shown_again() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["payload"] = json!({"status": "draft"});
    let hidden = bench.job("update_listing").await.unwrap();
    assert_eq!(bench.only()["state"], "inactive");
    assert_eq!(hidden.presence, Some(Presence::Inactive));
    bench.listing["payload"] = json!({"status": "active"});
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.only()["state"], "active");
}

#[tokio::test]
async fn a_listing_that_is_gone_is_named() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.job("delete_listing").await.unwrap();
    let error = bench.job("update_listing").await.unwrap_err();
    assert!(error.to_string().contains("external_id"), "{error}");
    let external_id = bench.listing["listing"]["external_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let check = bench
        .act(Action::CheckProduct { external_id })
        .await
        .unwrap();
    assert_eq!(check.presence, Some(Presence::Gone));
    let again = bench.publish().await;
    assert_eq!(again.result["created"], true, "it is made anew");
}

#[tokio::test]
async fn a_withheld_listing_is_taken_from_sale_before_it_is_removed() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id.unwrap();
    bench.control("suspend", json!({"id": id}));
    bench.job("delete_listing").await.unwrap();
    assert_eq!(bench.shop()["listings"], json!([]));
    let sent = bench.sent.borrow().clone();
    assert_eq!(sent.len(), 3, "refused, deactivated, deleted: {sent:?}");
}

#[tokio::test]
async fn each_state_is_told_apart() {
    let mut bench = Bench::new().await;
    let external_id = bench.publish().await.external_id.unwrap();
    let check = || {
        let external_id = external_id.clone();
        bench.act(Action::CheckProduct { external_id })
    };
    let live = check().await.unwrap();
    assert_eq!(live.presence, Some(Presence::Live));
    assert_eq!(live.products[0].variants.len(), 2);
    bench.control("sales", json!({"sku": "OBS-S", "quantity": 5}));
    bench.control("sales", json!({"sku": "OBS-M", "quantity": 3}));
    assert_eq!(check().await.unwrap().presence, Some(Presence::OutOfStock));
    bench.control("expire", json!({"id": external_id}));
    let expired = check().await.unwrap();
    assert_eq!(expired.presence, Some(Presence::Inactive));
    assert_eq!(expired.issues[0].code, "expired");
}

#[tokio::test]
async fn a_sold_out_listing_is_renewed_by_publishing_it_again() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.control("sales", json!({"sku": "OBS-S", "quantity": 5}));
    bench.control("sales", json!({"sku": "OBS-M", "quantity": 3}));
    bench.listing["payload"] = json!({"status": "active"});
    bench.listing["product"]["variants"][0]["inventory"] = json!(6);
    bench.listing["payload"] = json!({"status": "active"});
    let outcome = bench.publish().await;
    assert_eq!(outcome.result["state"], "active");
    assert_eq!(bench.only()["state"], "active");
}

#[tokio::test]
async fn listings_of_all_states_are_read_page_by_page() {
    let mut bench = Bench::new().await;
    for number in 0..3 {
        let body = json!({"title": format!("Old {number}"), "sku": format!("OLD-{number}"), "quantity": 1});
        bench.control("listings", body);
    }
    bench.publish().await;
    bench.listing["payload"] = json!({"status": "archived"});
    bench.job("update_listing").await.unwrap();
    let mut titles = Vec::new();
    let mut cursor = None;
    for _ in 0..9 {
        let action = Action::ListProducts { cursor, limit: 2 };
        let page = bench.act(action).await.unwrap();
        assert!(page.products.len() <= 2);
        titles.extend(
            page.products
                .iter()
                .map(|it| (it.title.clone(), it.status.clone())),
        );
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(cursor, None);
    assert_eq!(titles.len(), 4, "{titles:?}");
    assert_eq!(
        titles[3],
        ("Ocean Blue Shirt".to_owned(), "inactive".to_owned())
    );
}

#[tokio::test]
async fn a_listing_is_read_with_its_variants() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let action = Action::ListProducts {
        cursor: None,
        limit: 500,
    };
    let page = bench.act(action).await.unwrap();
    let product = &page.products[0];
    assert_eq!(product.handle, "ocean-blue-shirt");
    let updated = product.updated_at.as_deref().unwrap();
    assert!(updated.parse::<jiff::Timestamp>().is_ok(), "{updated}");
    let variant = &product.variants[0];
    assert_eq!(variant.sku.as_deref(), Some("OBS-S"));
    assert_eq!(variant.price, "11.00");
    assert_eq!(variant.inventory_quantity, Some(5));
    assert_eq!(variant.option_values, ["S"]);
    let wrong = Action::ListProducts {
        cursor: Some("x".to_owned()),
        limit: 5,
    };
    let error = bench.act(wrong).await.unwrap_err();
    assert!(error.to_string().contains("cursor"), "{error}");
    assert_eq!(bench.shop()["listings"][0]["state"], Value::from("active"));
}
