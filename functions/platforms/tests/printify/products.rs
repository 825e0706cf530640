use crate::support::{Bench, refused};
use common::platform::{Action, Presence};
use serde_json::{Value, json};

#[tokio::test]
async fn publishing_makes_a_product_with_everything() {
    let mut bench = Bench::new().await;
    let outcome = bench.publish().await;
    let product = bench.product();
    assert_eq!(outcome.external_id.as_deref(), product["id"].as_str());
    assert_eq!(outcome.result["created"], true);
    assert_eq!(outcome.presence, None);
    assert_eq!(product["title"], "Linen Shirt");
    assert_eq!(product["description"], "<b>Soft</b>");
    assert_eq!(
        product["tags"],
        json!(["men", "blue", "hub-listing:0192-l1"])
    );
    let offered: Vec<Value> = bench
        .offered()
        .iter()
        .map(|it| json!([it["sku"], it["title"], it["price"]]))
        .collect();
    assert_eq!(
        offered,
        [
            json!(["LS-S", "White / S", 2100]),
            json!(["LS-M", "Navy / M", 2490])
        ]
    );
    let placed = &product["print_areas"][0]["placeholders"][0];
    assert_eq!(placed["position"], "front");
    assert_eq!(placed["images"][0]["name"], "artwork.png");
    let state = bench.sandbox.state("printify");
    assert_eq!(placed["images"][0]["id"], state["uploads"][0]["id"]);
}

#[tokio::test]
async fn what_was_made_is_remembered() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let product = bench.product();
    let data = &bench.listing["listing"]["platform_data"];
    assert_eq!(data["product_id"], product["id"]);
    assert_eq!(data["blueprint_id"], 6);
    assert_eq!(data["print_provider_id"], 29);
    assert_eq!(data["variants"].as_object().unwrap().len(), 2);
    assert_eq!(data["tags"], json!(["men", "blue"]));
    assert_eq!(data["printify"], json!({}), "what people give stays theirs");
}

#[tokio::test]
async fn publishing_again_makes_no_second_product() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let before = bench.product();
    let again = bench.publish().await;
    assert_eq!(again.result["created"], false);
    let mut after = bench.product();
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(before, after);
    assert_eq!(bench.count("/uploads/"), 1, "the picture is there already");
}

#[tokio::test]
async fn publishing_again_without_any_memory_finds_the_product_by_its_mark() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let made = bench.product();
    bench.listing["listing"]["external_id"] = Value::Null;
    bench.listing["listing"]["platform_data"] = json!({});
    let again = bench.publish().await;
    assert_eq!(again.external_id.as_deref(), made["id"].as_str());
    assert_eq!(bench.skus(), ["LS-S", "LS-M"]);
}

#[tokio::test]
async fn a_product_is_found_among_many() {
    let mut bench = Bench::new().await;
    bench.tell(
        "limits",
        json!({"global": null, "catalog": null, "publish": null}),
    );
    bench.publish().await;
    let first = bench.product()["id"].clone();
    for number in 0..53 {
        bench.listing["listing"] =
            json!({"id": format!("other-{number}"), "price": "20.00", "inventory": 1});
        bench.job("publish_listing").await.unwrap();
    }
    bench.listing["listing"] = json!({"id": "0192-l1", "price": "20.00", "inventory": 1});
    let again = bench.publish().await;
    assert_eq!(again.external_id.as_deref(), first.as_str());
    assert_eq!(bench.products().len(), 54);
    assert!(
        bench.count("products.json?limit=50&page=2") > 0,
        "it is on the second page"
    );
}

#[tokio::test]
async fn an_update_changes_texts_and_prices_and_publishes_again() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["title"] = json!("Deep Blue Shirt");
    bench.listing["product"]["variants"][0]["price"] = json!("19.99");
    let outcome = bench.job("update_listing").await.unwrap();
    let product = bench.product();
    assert_eq!(outcome.result["created"], false);
    assert_eq!(product["title"], "Deep Blue Shirt");
    assert_eq!(bench.offered()[0]["price"], 1999);
    assert_eq!(product["is_locked"], false);
    assert_eq!(product["external"]["id"], "0192-l1");
    assert_eq!(bench.count("/publish.json"), 2);
    assert!(
        bench.sent("PUT")["print_areas"].is_null(),
        "the artwork is the same"
    );
}

#[tokio::test]
async fn an_update_leaves_what_is_switched_off_alone() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["product"]["variants"][0]["inventory"] = json!(0);
    bench.job("sync_inventory").await.unwrap();
    assert_eq!(bench.skus(), ["LS-M"]);
    bench.listing["product"]["variants"][0]["inventory"] = json!(9);
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.skus(), ["LS-M"], "stock is not what was asked for");
}

#[tokio::test]
async fn variants_come_and_go() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let variants = bench.listing["product"]["variants"].as_array_mut().unwrap();
    variants.remove(1);
    variants.push(
        json!({"id": "v3", "sku": "LS-L", "price": "30.00", "inventory": 4, "position": 3,
        "option_values": ["L", "Red"]}),
    );
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    let offered = bench.offered();
    assert_eq!(bench.skus(), ["LS-S", "LS-L"]);
    assert_eq!(
        (&offered[1]["title"], &offered[1]["price"]),
        (&json!("Red / L"), &json!(3000))
    );
    let known = &bench.listing["listing"]["platform_data"]["variants"];
    assert!(
        known["LS-M"].is_null() && known["LS-L"].is_number(),
        "{known}"
    );
}

#[tokio::test]
async fn what_the_merchant_added_in_printify_survives_an_update() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    // To the listing, everything that it does not remember is the merchant's.
    let data = &mut bench.listing["listing"]["platform_data"];
    data["variants"].as_object_mut().unwrap().remove("LS-M");
    data["tags"] = json!(["blue"]);
    bench.listing["product"]["variants"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    bench.listing["product"]["tags"] = json!(["green"]);
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.skus(), ["LS-S", "LS-M"]);
    assert_eq!(
        bench.product()["tags"],
        json!(["green", "men", "hub-listing:0192-l1"])
    );
}

#[tokio::test]
async fn new_artwork_covers_every_variant_of_the_product() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["listing"]["platform_data"]["printify"] =
        json!({"artwork_url": "https://images.example/back.jpg?v=2", "artwork_position": "back"});
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    let areas = &bench.product()["print_areas"];
    assert_eq!(areas[0]["variant_ids"].as_array().unwrap().len(), 16);
    let back = &areas[0]["placeholders"][0];
    assert_eq!(
        (&back["position"], &back["images"][0]["name"]),
        (&json!("back"), &json!("back.jpg"))
    );
    bench.job("update_listing").await.unwrap();
    assert!(
        bench.sent("PUT")["print_areas"].is_null(),
        "it is there now"
    );
}

#[tokio::test]
async fn artwork_that_is_said_in_full_is_placed_as_it_is_said() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = bench.sandbox.state("printify")["uploads"][0]["id"].clone();
    let image = json!({"id": id, "x": 0.25, "y": 0.75, "scale": 0.5, "angle": 90});
    let front = json!([{"position": "front", "images": [image]}]);
    bench.listing["listing"] = json!({"id": "0192-l2", "price": "20.00", "inventory": 1,
        "platform_data": {"printify": {"print_areas": [{"placeholders": front}]}}});
    bench.publish().await;
    let products = bench.products();
    let placed = &products[1]["print_areas"][0]["placeholders"][0]["images"][0];
    assert_eq!((&placed["x"], &placed["angle"]), (&json!(0.25), &json!(90)));
}

#[tokio::test]
async fn deleting_removes_the_product_and_deleting_again_is_no_error() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let first = bench.job("delete_listing").await.unwrap();
    assert_eq!(first.result["deleted"], true);
    assert_eq!(bench.products(), [Value::Null; 0]);
    assert_eq!(
        bench.count("/unpublish.json"),
        1,
        "it was taken off the channel before"
    );
    let second = bench.job("delete_listing").await.unwrap();
    assert_eq!(second.result["was_gone"], true);
}

#[tokio::test]
async fn a_listing_whose_product_was_removed_is_made_anew() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let old = bench.product()["id"].clone();
    bench.job("delete_listing").await.unwrap();
    let outcome = bench.publish().await;
    assert_eq!(outcome.result["created"], true);
    assert_ne!(bench.product()["id"], old);
}

#[tokio::test]
async fn updating_what_is_gone_says_what_to_do() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.job("delete_listing").await.unwrap();
    for job in ["update_listing", "sync_inventory"] {
        let (field, reason) = refused(bench.job(job).await);
        assert_eq!(field, "external_id");
        assert!(reason.contains("publish the listing again"), "{reason}");
    }
}

#[tokio::test]
async fn a_draft_is_made_without_being_published_and_published_when_it_is_active() {
    let mut bench = Bench::new().await;
    bench.listing["payload"] = json!({"status": "draft"});
    let outcome = bench.publish().await;
    assert_eq!(outcome.presence, Some(Presence::Inactive));
    assert_eq!(bench.count("/publish.json"), 0);
    assert_eq!(bench.product()["visible"], false);
    bench.listing["payload"] = json!({"status": "active"});
    bench.job("update_listing").await.unwrap();
    assert_eq!(bench.product()["external"]["id"], "0192-l1");
    assert_eq!(bench.product()["visible"], true);
    bench.listing["payload"] = json!({"status": "archived"});
    let outcome = bench.job("update_listing").await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Inactive));
    assert!(bench.product()["external"].is_null());
}

#[tokio::test]
async fn what_is_sold_below_its_cost_is_told() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["variants"][0]["price"] = json!("1.00");
    let outcome = bench.publish().await;
    assert_eq!(outcome.issues.len(), 1);
    let issue = &outcome.issues[0];
    assert_eq!(issue.field.as_deref(), Some("variants.LS-S.price"));
    assert!(
        issue.message.contains("is sold for 1.00"),
        "{}",
        issue.message
    );
    let external_id = outcome.external_id.unwrap();
    let check = bench
        .act(Action::CheckProduct { external_id })
        .await
        .unwrap();
    assert_eq!(check.issues, outcome.issues);
}
