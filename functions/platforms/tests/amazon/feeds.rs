use crate::support::{Bench, family};
use common::platform::{PlatformError, Presence};
use sandbox::FaultKind;
use serde_json::json;
use std::time::Duration;

fn large(bench: &mut Bench, count: usize) {
    let sizes: Vec<String> = (0..count).map(|size| format!("{size:02}")).collect();
    let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
    family(&mut bench.listing, &sizes);
}

/// A family of 31 items, published.
async fn published() -> Bench {
    let mut bench = Bench::new().await;
    bench.tell("acceptance", json!({"seconds": 0.0}));
    large(&mut bench, 30);
    bench.publish_and_settle().await;
    bench
}

#[tokio::test]
async fn many_items_go_as_one_feed() {
    let bench = published().await;
    assert_eq!(bench.skus().len(), 31);
    assert_eq!(bench.served("putListingsItem"), 0);
    assert_eq!(bench.served("createFeed"), 1);
    assert_eq!(bench.attribute("SHIRT-07", "size")["value"], "07");
}

#[tokio::test]
async fn many_stocks_go_as_one_feed_and_its_report_is_read() {
    let mut bench = published().await;
    for variant in bench.listing["product"]["variants"].as_array_mut().unwrap() {
        variant["inventory"] = json!(8);
    }
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(outcome.result["amazon"]["state"], "done");
    assert_eq!(outcome.result["amazon"]["accepted"], 30);
    assert_eq!(bench.served("patchListingsItem"), 0);
    bench.settle();
    assert_eq!(bench.quantity("SHIRT-29"), 8);
    let listing = bench
        .sent
        .iter()
        .find(|(_, _, body)| body["messages"].is_array());
    let (method, path, body) = listing.unwrap();
    assert_eq!(method, "PUT");
    assert!(path.starts_with("/_documents/"), "{path}");
    assert_eq!(body["header"]["version"], "2.0");
}

#[tokio::test]
async fn a_slow_feed_is_left_to_itself_and_done_later() {
    let mut bench = published().await;
    bench.tell("acceptance", json!({"seconds": 600.0}));
    for variant in bench.listing["product"]["variants"].as_array_mut().unwrap() {
        variant["inventory"] = json!(8);
    }
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(outcome.result["amazon"]["state"], "under_way");
    assert_eq!(bench.quantity("SHIRT-29"), 3);
    bench.sandbox.advance(Duration::from_secs(1300));
    bench.settle();
    assert_eq!(bench.quantity("SHIRT-29"), 8);
}

#[tokio::test]
async fn a_refused_message_names_its_sku_and_attribute() {
    let mut bench = Bench::new().await;
    bench.tell("acceptance", json!({"seconds": 0.0}));
    large(&mut bench, 30);
    bench.listing["product"]["variants"][4]["price"] = json!("0");
    let error = bench.job("publish_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("purchasable_offer"));
    assert!(reason.contains("`SHIRT-04`"), "{reason}");
    assert!(reason.contains("1 of 31"), "{reason}");
}

#[tokio::test]
async fn a_large_family_is_withdrawn_as_one_feed() {
    let mut bench = published().await;
    bench.job("delete_listing").await.unwrap();
    assert_eq!(bench.skus(), [""; 0]);
    assert_eq!(bench.served("deleteListingsItem"), 0);
}

#[tokio::test]
async fn a_lost_reply_to_a_feed_makes_nothing_twice() {
    let mut bench = Bench::new().await;
    bench.tell("acceptance", json!({"seconds": 0.0}));
    large(&mut bench, 30);
    bench.inject(FaultKind::LostReply, "POST /amazon/feeds/2021-06-30/feeds");
    let error = bench.attempt("publish_listing", "one").await.unwrap_err();
    assert!(error.cause.is_transient(), "{error}");
    let outcome = bench.attempt("publish_listing", "one").await.unwrap();
    bench.settle();
    assert_eq!(bench.skus().len(), 31);
    assert_ne!(outcome.presence, Some(Presence::Refused));
}
