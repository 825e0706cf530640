use crate::support::Bench;
use common::platform::{Action, PlatformError, Presence, list_products};
use platforms::amazon::Amazon;
use serde_json::json;

async fn presence(bench: &mut Bench) -> Option<Presence> {
    bench.job("check_listing").await.unwrap().presence
}

#[tokio::test]
async fn publishing_submits_an_item_with_everything_and_leaves_it_pending() {
    let mut bench = Bench::new().await;
    let outcome = bench.publish().await;
    assert_eq!(outcome.external_id.as_deref(), Some("MUG-1"));
    assert_eq!(outcome.presence, Some(Presence::Pending));
    assert_eq!(outcome.result["created"], true);
    bench.settle();
    let value = |name: &str| bench.attribute("MUG-1", name)["value"].clone();
    assert_eq!(value("item_name"), "Enamel Mug");
    assert_eq!(value("brand"), "Acme");
    assert_eq!(value("product_description"), "Soft & warm");
    assert_eq!(value("condition_type"), "new_new");
    assert_eq!(value("country_of_origin"), "US", "the store's default");
    assert_eq!(value("item_package_weight"), 310);
    let code = bench.attribute("MUG-1", "externally_assigned_product_identifier");
    assert_eq!(
        (&code["type"], &code["value"]),
        (&json!("ean"), &json!("4006381333931"))
    );
    let offer = bench.attribute("MUG-1", "purchasable_offer");
    assert_eq!(offer["currency"], "USD");
    assert_eq!(offer["our_price"][0]["schedule"][0]["value_with_tax"], 12.5);
    assert_eq!(bench.quantity("MUG-1"), 7);
    let picture = bench.attribute("MUG-1", "other_product_image_locator_1");
    assert_eq!(picture["media_location"], "https://cdn.example/2.jpg");
    assert_eq!(bench.item("MUG-1")["product_type"], "MUG");
}

#[tokio::test]
async fn accepted_is_not_live_until_amazon_says_so() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    assert_eq!(presence(&mut bench).await, Some(Presence::Pending));
    bench.settle();
    let outcome = bench.job("check_listing").await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Live));
    assert_eq!(outcome.external_id.as_deref(), Some("MUG-1"));
    let product = &outcome.products[0];
    assert_eq!(product.title, "Enamel Mug");
    assert_eq!(product.variants[0].price, "12.50");
    assert_eq!(product.variants[0].inventory_quantity, Some(7));
}

#[tokio::test]
async fn what_amazon_refuses_later_is_refused_with_its_reason() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["title"] = json!("COUNTERFEIT Mug");
    bench.publish_and_settle().await;
    let outcome = bench.job("check_listing").await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Refused));
    assert_eq!(outcome.issues[0].code, "18155");
    assert_eq!(outcome.issues[0].field.as_deref(), Some("item_name"));
}

#[tokio::test]
async fn a_sold_out_item_is_out_of_stock_and_a_removed_one_is_gone() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.tell("sales", json!({"sku": "MUG-1", "quantity": 7}));
    assert_eq!(presence(&mut bench).await, Some(Presence::OutOfStock));
    bench.job("delete_listing").await.unwrap();
    assert_eq!(presence(&mut bench).await, Some(Presence::Gone));
}

#[tokio::test]
async fn an_update_changes_what_we_sent_and_keeps_what_the_merchant_added() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    let business = json!({"marketplace_id": "ATVPDKIKX0DER", "currency": "USD", "audience": "B2B",
        "our_price": [{"schedule": [{"value_with_tax": 9.0}]}]});
    let ours = bench.attribute("MUG-1", "purchasable_offer");
    let theirs = json!({"care_instructions": [{"value": "dishwasher"}], "purchasable_offer": [ours, business]});
    bench.tell("edit", json!({"sku": "MUG-1", "attributes": theirs}));
    bench.listing["product"]["title"] = json!("Blue Enamel Mug");
    bench.listing["product"]["images"] = json!([{"src": "https://cdn.example/9.jpg"}]);
    bench.listing["payload"] = json!({"price": "10.00"});
    let outcome = bench.job("update_listing").await.unwrap();
    assert_eq!(
        outcome.presence,
        Some(Presence::Live),
        "it was on sale and stays so"
    );
    bench.settle();
    let value = |name: &str| bench.attribute("MUG-1", name)["value"].clone();
    assert_eq!(value("item_name"), "Blue Enamel Mug");
    assert_eq!(value("care_instructions"), "dishwasher");
    let gone = bench.attribute("MUG-1", "other_product_image_locator_1");
    assert!(
        gone.is_null(),
        "a picture that we sent and the product lost: {gone}"
    );
    let offers = bench.item("MUG-1")["attributes"]["purchasable_offer"].clone();
    assert_eq!(
        offers[0]["our_price"][0]["schedule"][0]["value_with_tax"],
        10.0
    );
    assert_eq!(offers[1], business);
}

#[tokio::test]
async fn an_update_leaves_the_stock_alone_unless_it_is_asked_for() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.tell("sales", json!({"sku": "MUG-1", "quantity": 2}));
    bench.job("update_listing").await.unwrap();
    bench.settle();
    assert_eq!(bench.quantity("MUG-1"), 5);
    bench.listing["payload"] = json!({"inventory": 9});
    bench.job("update_listing").await.unwrap();
    bench.settle();
    assert_eq!(bench.quantity("MUG-1"), 9);
}

#[tokio::test]
async fn publishing_what_is_there_already_makes_no_second_item() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.listing["listing"]["external_id"] = json!(null);
    let again = bench.publish().await;
    assert_eq!(again.result["created"], false);
    assert_eq!(bench.skus(), ["MUG-1"]);
    assert_eq!(bench.sent.last().unwrap().0, "PATCH");
}

#[tokio::test]
async fn updating_what_is_gone_says_what_to_do() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.job("delete_listing").await.unwrap();
    let error = bench.job("update_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("external_id"));
    assert!(reason.contains("publish the listing again"), "{reason}");
}

#[tokio::test]
async fn what_was_made_a_moment_ago_can_be_changed_before_a_search_knows_it() {
    let mut bench = Bench::new().await;
    bench.tell("search_lag", json!({"seconds": 3600.0}));
    bench.publish_and_settle().await;
    bench.listing["product"]["title"] = json!("Blue Enamel Mug");
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.sent.last().unwrap().0, "PATCH");
    bench.settle();
    let title = bench.attribute("MUG-1", "item_name");
    assert_eq!(title["value"], "Blue Enamel Mug");
}

#[tokio::test]
async fn deleting_removes_the_item_and_deleting_again_is_no_error() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    let first = bench.job("delete_listing").await.unwrap();
    assert_eq!(first.result["deleted"], true);
    assert_eq!(bench.skus(), [""; 0]);
    let second = bench.job("delete_listing").await.unwrap();
    assert_eq!(second.result["was_gone"], true);
}

#[tokio::test]
async fn a_listing_can_offer_what_amazon_has_already() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["platform_data"] = json!({"asin": "B071VG5N9D"});
    bench.store.config["product_type"] = json!(null);
    bench.publish().await;
    let (_, _, body) = bench.sent.last().unwrap();
    assert_eq!(body["requirements"], "LISTING_OFFER_ONLY");
    assert!(body["attributes"]["item_name"].is_null());
    bench.settle();
    let asin = bench.attribute("MUG-1", "merchant_suggested_asin");
    assert_eq!(asin["value"], "B071VG5N9D");
}

#[tokio::test]
async fn a_listings_own_attributes_win() {
    let mut bench = Bench::new().await;
    let own =
        json!({"brand": [{"value": "Other", "marketplace_id": "ATVPDKIKX0DER"}], "color": "blue"});
    bench.listing["listing"]["platform_data"]["attributes"] = own;
    bench.publish_and_settle().await;
    assert_eq!(bench.attribute("MUG-1", "brand")["value"], "Other");
    let colour = bench.attribute("MUG-1", "color");
    assert_eq!(
        colour,
        json!({"value": "blue", "marketplace_id": "ATVPDKIKX0DER"})
    );
}

#[tokio::test]
async fn products_are_listed_page_by_page() {
    let mut bench = Bench::new().await;
    for number in 0..5 {
        bench.listing["listing"]["external_id"] = json!(null);
        bench.listing["product"]["variants"][0]["sku"] = json!(format!("MUG-{number}"));
        bench.job("publish_listing").await.unwrap();
    }
    bench.settle();
    let (mut cursor, mut skus, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = bench
            .act(Action::ListProducts { cursor, limit: 2 })
            .await
            .unwrap();
        assert!(page.products.len() <= 2);
        skus.extend(page.products.into_iter().map(|product| product.external_id));
        pages += 1;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(skus, ["MUG-0", "MUG-1", "MUG-2", "MUG-3", "MUG-4"]);
    assert_eq!(pages, 3);
    let host = crate::native::Native::default();
    let all = list_products(&host, &Amazon, &bench.store, None, &bench.limits)
        .await
        .unwrap();
    assert_eq!(all.products.len(), 5);
    assert_eq!(all.products[0].status, "buyable");
    assert_eq!(all.products[0].vendor, "Acme");
    assert_eq!(all.products[0].product_type, "MUG");
}
