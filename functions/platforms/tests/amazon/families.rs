use crate::support::{Bench, family};
use common::platform::{Action, PlatformError, Presence};
use serde_json::json;

async fn published(sizes: &[&str]) -> Bench {
    let mut bench = Bench::new().await;
    family(&mut bench.listing, sizes);
    bench.publish_and_settle().await;
    bench
}

#[tokio::test]
async fn several_variants_become_children_of_a_parent() {
    let mut bench = published(&["S", "M"]).await;
    assert_eq!(bench.listing["listing"]["external_id"], "linen-shirt");
    assert_eq!(bench.skus(), ["SHIRT-M", "SHIRT-S", "linen-shirt"]);
    let level = |sku: &str| bench.attribute(sku, "parentage_level")["value"].clone();
    assert_eq!(level("linen-shirt"), "parent");
    assert_eq!(level("SHIRT-S"), "child");
    let parent = bench.attribute("SHIRT-S", "child_parent_sku_relationship");
    assert_eq!(parent["parent_sku"], "linen-shirt");
    assert_eq!(bench.attribute("SHIRT-S", "size")["value"], "S");
    assert_eq!(
        bench.attribute("SHIRT-S", "variation_theme")["name"],
        "SIZE"
    );
    assert!(
        bench
            .attribute("linen-shirt", "purchasable_offer")
            .is_null()
    );
    assert_eq!(bench.quantity("SHIRT-M"), 3);
    let outcome = bench.job("check_listing").await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Live));
    assert_eq!(outcome.products[0].variants.len(), 2);
}

#[tokio::test]
async fn a_notification_about_a_child_is_answered_for_the_family() {
    let mut bench = published(&["S", "M"]).await;
    let action = Action::CheckProduct {
        external_id: "SHIRT-M".to_owned(),
    };
    let outcome = bench.act(action).await.unwrap();
    assert_eq!(outcome.external_id.as_deref(), Some("linen-shirt"));
    assert_eq!(outcome.presence, Some(Presence::Live));
}

#[tokio::test]
async fn a_family_is_listed_as_one_product() {
    let mut bench = published(&["S", "M", "L"]).await;
    let action = Action::ListProducts {
        cursor: None,
        limit: 20,
    };
    let page = bench.act(action).await.unwrap();
    assert_eq!(page.products.len(), 1);
    assert_eq!(page.products[0].external_id, "linen-shirt");
    let skus: Vec<&str> = page.products[0]
        .variants
        .iter()
        .map(|variant| variant.sku.as_deref().unwrap())
        .collect();
    assert_eq!(skus, ["SHIRT-L", "SHIRT-M", "SHIRT-S"]);
}

#[tokio::test]
async fn variants_come_and_go() {
    let mut bench = published(&["S", "M"]).await;
    let memory = bench.listing["listing"].clone();
    family(&mut bench.listing, &["M", "L"]);
    bench.listing["listing"] = memory;
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    bench.settle();
    assert_eq!(bench.skus(), ["SHIRT-L", "SHIRT-M", "linen-shirt"]);
    assert_eq!(outcome.external_id.as_deref(), Some("linen-shirt"));
}

#[tokio::test]
async fn withdrawing_a_family_removes_the_children_and_the_parent() {
    let mut bench = published(&["S", "M", "L"]).await;
    bench.job("delete_listing").await.unwrap();
    assert_eq!(bench.skus(), [""; 0]);
    let again = bench.job("delete_listing").await.unwrap();
    assert_eq!(again.result["was_gone"], true);
}

#[tokio::test]
async fn an_item_can_not_become_a_family() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    let memory = bench.listing["listing"].clone();
    family(&mut bench.listing, &["S", "M"]);
    bench.listing["product"]["variants"][0]["sku"] = json!("MUG-1");
    bench.listing["listing"] = memory;
    let error = bench.job("update_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("product.variants"));
    assert!(reason.contains("withdraw"), "{reason}");
    assert_eq!(error.requests, 0);
}

#[tokio::test]
async fn an_option_can_be_another_attribute_of_amazons() {
    let mut bench = Bench::new().await;
    family(&mut bench.listing, &["S", "M"]);
    bench.listing["listing"]["platform_data"]["option_attributes"] = json!({"Size": "shirt_size"});
    bench.listing["listing"]["platform_data"]["variation_theme"] = json!("SHIRT_SIZE/COLOR");
    bench.publish_and_settle().await;
    assert_eq!(bench.attribute("SHIRT-S", "shirt_size")["value"], "S");
    let theme = bench.attribute("SHIRT-S", "variation_theme");
    assert_eq!(theme["name"], "SHIRT_SIZE/COLOR");
}
