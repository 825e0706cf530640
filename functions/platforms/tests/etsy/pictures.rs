use crate::support::{Bench, rejected};
use sandbox::etsy::IMAGE_ID;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

/// The product's pictures lie on the sandbox, which the store trusts.
async fn hosted(names: &[&str]) -> Bench {
    let mut bench = Bench::new().await;
    bench.store.config["image_hosts"] = json!([bench.sandbox.address().to_string()]);
    bench.store.config["default_image_ids"] = Value::Null;
    show(&mut bench, names);
    bench
}

fn show(bench: &mut Bench, names: &[&str]) {
    let base = bench.sandbox.url("etsy");
    let images: Vec<Value> = names
        .iter()
        .zip(1..)
        .map(|(name, position)| {
            json!({"src": format!("{base}/pictures/{name}.png"), "alt": name, "position": position})
        })
        .collect();
    bench.listing["product"]["images"] = json!(images);
}

fn shown(bench: &Bench) -> Vec<String> {
    let listing = bench.only();
    let images = listing["images"].as_array().unwrap().iter();
    images
        .map(|it| it["alt_text"].as_str().unwrap().to_owned())
        .collect()
}

fn uploads(bench: &Bench) -> u64 {
    bench.count("POST shops/{}/listings/{}/images")
}

#[tokio::test]
async fn pictures_are_fetched_and_uploaded_in_their_order() {
    let mut bench = hosted(&["front", "back"]).await;
    bench.publish().await;
    assert_eq!(shown(&bench), ["front", "back"]);
    let kept = bench.shop()["pictures"][1].clone();
    assert_eq!(kept["bytes"], 67, "not a byte is lost");
    let fetch = bench
        .sent
        .borrow()
        .iter()
        .position(|it| it.contains("/pictures/"));
    assert!(fetch.is_some());
}

#[tokio::test]
async fn the_pictures_host_gets_neither_token_nor_key() {
    let bench = hosted(&["front"]).await;
    let host = crate::native::Native::default();
    let operation =
        common::platform::Operation::from_job("publish_listing", &bench.listing, "job").unwrap();
    let etsy = &platforms::etsy::Etsy;
    common::platform::drive(&host, etsy, &operation, &bench.store, &bench.limits)
        .await
        .unwrap();
    let exchanges = host.exchanges.lock().unwrap();
    let fetches: Vec<_> = exchanges
        .iter()
        .filter(|it| it.request.uri().path().contains("/pictures/"))
        .collect();
    assert_eq!(fetches.len(), 1);
    let headers = fetches[0].request.headers();
    assert!(!headers.contains_key("authorization") && !headers.contains_key("x-api-key"));
}

#[tokio::test]
async fn only_what_changed_is_uploaded_again_and_what_went_is_removed() {
    let mut bench = hosted(&["front", "back", "side"]).await;
    bench.publish().await;
    let first = uploads(&bench);
    bench.job("update_listing").await.unwrap();
    assert_eq!(uploads(&bench), first, "nothing changed");
    show(&mut bench, &["front", "sole"]);
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    assert_eq!(shown(&bench), ["front", "sole"]);
    assert_eq!(uploads(&bench), first + 1);
}

#[tokio::test]
async fn a_lost_reply_to_an_upload_leaves_no_picture_twice() {
    let mut bench = hosted(&["front", "back"]).await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "/images"));
    bench.job("publish_listing").await.unwrap_err();
    bench.publish().await;
    assert_eq!(shown(&bench), ["front", "back"]);
}

#[tokio::test]
async fn a_picture_on_another_host_is_named_and_never_asked_for() {
    let mut bench = hosted(&["front"]).await;
    let images = bench.listing["product"]["images"].as_array_mut().unwrap();
    images.push(json!({"src": "http://169.254.169.254/latest", "alt": null, "position": 2}));
    let error = bench.job("publish_listing").await.unwrap_err();
    assert_eq!(error.requests, 0, "refused before the draft");
    let (field, reason) = rejected(error);
    assert_eq!(field, "images[1]");
    assert!(reason.contains("config.image_hosts"), "{reason}");
}

#[tokio::test]
async fn a_file_that_is_no_picture_is_named() {
    let mut bench = hosted(&["front"]).await;
    let url = format!("{}/pictures/readme.txt", bench.sandbox.url("etsy"));
    bench.listing["product"]["images"] = json!([{"src": url, "alt": null, "position": 1}]);
    let (field, reason) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "images[0]");
    assert!(reason.contains("404"), "{reason}");
    let url = format!("{}/pictures/page.html", bench.sandbox.url("etsy"));
    bench.listing["product"]["images"] = json!([{"src": url, "alt": null, "position": 1}]);
    let (field, reason) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "images[0]");
    assert!(reason.contains("text/html"), "{reason}");
}

#[tokio::test]
async fn pictures_that_the_shop_has_already_are_used_by_their_numbers() {
    let mut bench = hosted(&[]).await;
    let (field, _) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "images");
    bench.listing["listing"]["platform_data"]["etsy"] = json!({"image_ids": [IMAGE_ID]});
    bench.publish().await;
    assert_eq!(bench.only()["images"][0]["listing_image_id"], IMAGE_ID);
    assert_eq!(uploads(&bench), 0);
}
