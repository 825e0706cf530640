//! Finding what an earlier attempt made.

use crate::support::{Bench, rejected};
use sandbox::{Fault, FaultKind};
use serde_json::json;

#[tokio::test]
async fn a_lost_reply_to_any_step_makes_no_second_listing() {
    for step in [
        "POST /etsy/v3/application/shops/51000001/listings",
        "PUT /etsy/v3/application/listings",
        "PATCH",
    ] {
        for kind in [FaultKind::LostReply, FaultKind::Cut] {
            let mut bench = Bench::new().await;
            bench.sandbox.inject(Fault::new(kind, step));
            let error = bench.job("publish_listing").await.unwrap_err();
            assert!(error.cause.is_transient(), "{step}: {error}");
            assert_eq!(bench.sandbox.waiting_faults(), 0, "{step}");
            let made = bench.only()["listing_id"].clone();
            let outcome = bench.publish().await;
            assert_eq!(outcome.external_id, Some(made.to_string()), "{step}");
            assert_eq!(outcome.result["created"], false);
            let listing = bench.only();
            assert_eq!(listing["state"], "active", "{step}");
            assert_eq!(
                listing["description"], "Soft & warm\n\n• Cotton",
                "no mark is left"
            );
            assert_eq!(listing["quantity"], 8);
        }
    }
}

#[tokio::test]
async fn a_draft_is_marked_until_it_is_shown() {
    let bench = Bench::new().await;
    bench.sandbox.inject(Fault::new(
        FaultKind::Status,
        "PUT /etsy/v3/application/listings",
    ));
    bench.job("publish_listing").await.unwrap_err();
    let draft = bench.only();
    assert_eq!(draft["state"], "draft");
    let description = draft["description"].as_str().unwrap();
    assert!(description.ends_with("[0192-l1]"), "{description}");
}

#[tokio::test]
async fn another_listings_draft_is_left_alone() {
    let mut bench = Bench::new().await;
    bench.sandbox.inject(Fault::new(
        FaultKind::Status,
        "PUT /etsy/v3/application/listings",
    ));
    bench.job("publish_listing").await.unwrap_err();
    bench.listing["listing"]["id"] = json!("0192-l2");
    let outcome = bench.publish().await;
    assert_eq!(outcome.result["created"], true);
    assert_eq!(bench.shop()["listings"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_older_listing_with_the_same_skus_is_named_and_left_alone() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = bench.only()["listing_id"].clone();
    bench.forget();
    bench.asked_at = "2099-01-01T00:00:00Z".to_owned();
    let (field, reason) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "variants");
    assert!(reason.contains(&id.to_string()), "{reason}");
    assert_eq!(bench.shop()["listings"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_older_listing_is_taken_over_when_it_is_named() {
    let mut bench = Bench::new().await;
    let listed = bench.control(
        "listings",
        json!({"title": "Old", "sku": "OLD", "quantity": 4}),
    );
    bench.listing["listing"]["platform_data"]["etsy"] = json!({"listing_id": listed["id"]});
    let outcome = bench.publish().await;
    assert_eq!(outcome.external_id.as_deref(), listed["id"].as_str());
    let listing = bench.only();
    assert_eq!(listing["title"], "Ocean Blue Shirt");
    let products = listing["inventory"]["products"].as_array().unwrap().len();
    assert_eq!(products, 2, "what it showed before is replaced");
}

#[tokio::test]
async fn it_is_found_among_more_than_a_page_of_listings() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "PATCH"));
    bench.job("publish_listing").await.unwrap_err();
    for number in 0..130 {
        let body = json!({"title": "Other", "sku": format!("O-{number}"), "quantity": 1});
        bench.control("listings", body);
    }
    let outcome = bench.publish().await;
    assert_eq!(
        outcome.result["created"], false,
        "it lies on the second page"
    );
}
