use crate::support::{Bench, family};
use common::platform::{PlatformError, Severity};
use serde_json::json;

#[tokio::test]
async fn a_preview_says_what_amazon_has_against_a_product_and_makes_nothing() {
    let mut bench = Bench::new().await;
    bench.store.config["attributes"] = json!({});
    bench.listing["product"]["vendor"] = json!(null);
    let outcome = bench.job("preview_listing").await.unwrap();
    assert_eq!(outcome.result["valid"], false);
    let issue = &outcome.issues[0];
    assert_eq!(issue.severity, Severity::Error);
    assert_eq!(issue.field.as_deref(), Some("brand"));
    assert!(issue.message.contains("MUG-1"), "{}", issue.message);
    assert_eq!(bench.skus(), [""; 0]);
    assert_eq!(outcome.external_id, None);
    assert_eq!(outcome.presence, None);
}

#[tokio::test]
async fn a_good_product_has_no_issues() {
    let mut bench = Bench::new().await;
    let outcome = bench.job("preview_listing").await.unwrap();
    assert_eq!(outcome.result["valid"], true);
    assert_eq!(outcome.issues, []);
}

#[tokio::test]
async fn a_change_is_previewed_as_the_change_that_it_is() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    bench.listing["payload"] = json!({"price": "0"});
    let outcome = bench.job("preview_listing").await.unwrap();
    assert_eq!(bench.sent.last().unwrap().0, "PATCH");
    assert_eq!(
        outcome.issues[0].field.as_deref(),
        Some("purchasable_offer")
    );
    bench.settle();
    let offer = bench.attribute("MUG-1", "purchasable_offer");
    assert_eq!(offer["our_price"][0]["schedule"][0]["value_with_tax"], 12.5);
}

#[tokio::test]
async fn without_a_product_type_amazon_suggests_some() {
    let mut bench = Bench::new().await;
    bench.store.config["product_type"] = json!(null);
    bench.listing["listing"]["platform_data"] = json!({});
    let error = bench.job("preview_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("platform_data.product_type"));
    assert!(reason.contains("HAT, LUGGAGE, MUG"), "{reason}");
}

#[tokio::test]
async fn a_large_family_is_previewed_in_part_and_says_so() {
    let mut bench = Bench::new().await;
    let sizes: Vec<String> = (0..18).map(|size| format!("{size:02}")).collect();
    let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
    family(&mut bench.listing, &sizes);
    let outcome = bench.job("preview_listing").await.unwrap();
    let last = outcome.issues.last().unwrap();
    assert_eq!(last.severity, Severity::Info);
    assert!(last.message.starts_with("4 more"), "{}", last.message);
    assert_eq!(outcome.result["valid"], true);
}
