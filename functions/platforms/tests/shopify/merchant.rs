//! What a merchant adds to our product in Shopify survives our updates.

use crate::native::Native;
use crate::support::Bench;
use common::platform::{Operation, PlatformError, drive};
use common::ports::{Clock, HttpClient, HttpError, HttpRequest, HttpResponse, Log};
use platforms::shopify::Shopify;
use serde_json::{Value, json};

/// A published product to which the merchant added `additions`; gives it as it is then.
async fn added(additions: Value) -> (Bench, Value) {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id;
    let mut body = additions;
    body["product_id"] = json!(id);
    let product = bench.control("merchant", body);
    (bench, product)
}

/// Everything of ours changes.
async fn update(bench: &mut Bench) {
    let product = &mut bench.listing["product"];
    product["title"] = json!("Renamed");
    product["tags"] = json!(["ours"]);
    product["images"] = json!([{"src": "https://cdn.example/new.jpg"}]);
    product["variants"][1]["price"] = json!("99.00");
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    assert_eq!(bench.product()["title"], "Renamed");
}

#[tokio::test]
async fn a_variant_of_the_merchants_stays_with_all_it_has() {
    let new = json!({"sku": "THEIRS", "values": ["XL"]});
    let (mut bench, theirs) = added(json!({"variant": new, "metafield": "custom.care"})).await;
    update(&mut bench).await;
    let product = bench.product();
    assert_eq!(product["variants"][2], theirs["variants"][2]);
    assert_eq!(bench.stock("THEIRS"), 10);
    update(&mut bench).await;
    assert_eq!(bench.product()["variants"][2], theirs["variants"][2]);
}

#[tokio::test]
async fn metafields_of_product_and_variants_stay() {
    let (mut bench, theirs) = added(json!({"metafield": "custom.care"})).await;
    update(&mut bench).await;
    let product = bench.product();
    assert_eq!(product["metafields"], theirs["metafields"]);
    assert_eq!(
        product["metafields"].as_array().unwrap().len(),
        2,
        "our mark and theirs"
    );
    for (index, variant) in theirs["variants"].as_array().unwrap().iter().enumerate() {
        let metafields = &product["variants"][index]["metafields"];
        assert_eq!(*metafields, variant["metafields"]);
        assert_eq!(metafields[0]["key"], "care");
    }
}

#[tokio::test]
async fn collections_and_tags_stay() {
    let (mut bench, theirs) = added(json!({"collection": "Summer", "tag": "hot"})).await;
    update(&mut bench).await;
    let product = bench.product();
    assert_eq!(product["collections"], theirs["collections"]);
    assert_eq!(product["tags"], json!(["hot", "ours"]));
}

#[tokio::test]
async fn a_picture_of_the_merchants_stays_while_ours_are_replaced() {
    let (mut bench, theirs) = added(json!({"image": "https://merchant.example/1.jpg"})).await;
    update(&mut bench).await;
    let media = bench.product()["media"].clone();
    assert_eq!(media.as_array().unwrap().len(), 2);
    assert_eq!(media[0]["url"], "https://cdn.example/new.jpg");
    assert_eq!(media[1], theirs["media"][2]);
    update(&mut bench).await;
    assert_eq!(bench.product()["media"], media);
}

#[tokio::test]
async fn an_option_of_the_merchants_stays_on_every_variant() {
    let (mut bench, theirs) = added(json!({"option": ["Colour", "Blue"]})).await;
    update(&mut bench).await;
    let product = bench.product();
    assert_eq!(product["options"], theirs["options"]);
    let values = json!([["Size", "S"], ["Colour", "Blue"]]);
    assert_eq!(product["variants"][0]["options"], values);
    assert_eq!(product["variants"][0]["id"], theirs["variants"][0]["id"]);
}

#[tokio::test]
async fn a_new_variant_without_a_value_for_the_merchants_option_is_refused() {
    let (mut bench, theirs) = added(json!({"option": ["Colour", "Blue"]})).await;
    let variants = bench.listing["product"]["variants"].as_array_mut().unwrap();
    variants.push(json!({"sku": "OBS-L", "price": "1.00", "inventory": 1,
        "option_values": ["L"], "position": 3}));
    let error = bench.job("update_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("variants.OBS-L.option_values"));
    assert!(reason.contains("Colour"), "{reason}");
    assert_eq!(bench.product()["variants"], theirs["variants"]);
}

#[tokio::test]
async fn an_option_on_a_product_that_had_none_stays_too() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["variants"] = json!([]);
    bench.listing["product"]["options"] = json!([]);
    let id = bench.publish().await.external_id;
    let option = json!({"product_id": id, "option": ["Colour", "Blue"]});
    let theirs = bench.control("merchant", option);
    bench.listing["product"]["title"] = json!("Renamed");
    bench.job("update_listing").await.unwrap();
    let product = bench.product();
    assert_eq!(product["title"], "Renamed");
    assert_eq!(product["options"], theirs["options"]);
    assert_eq!(
        product["variants"][0]["options"],
        json!([["Colour", "Blue"]])
    );
}

#[tokio::test]
async fn an_option_that_our_catalogue_removed_goes() {
    let mut bench = Bench::new().await;
    let product = &mut bench.listing["product"];
    product["options"] = json!([{"name": "Size"}, {"name": "Fit"}]);
    product["variants"][0]["option_values"] = json!(["S", "slim"]);
    product["variants"][1]["option_values"] = json!(["M", "slim"]);
    bench.publish().await;
    let product = &mut bench.listing["product"];
    product["options"] = json!([{"name": "Size"}]);
    product["variants"][0]["option_values"] = json!(["S"]);
    product["variants"][1]["option_values"] = json!(["M"]);
    let outcome = bench.job("update_listing").await.unwrap();
    bench.remember(&outcome);
    let names: Vec<Value> = bench.product()["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["name"].clone())
        .collect();
    assert_eq!(names, ["Size"]);
}

/// Lets the merchant make a product with our handle just before we do.
struct Racing<'a> {
    bench: &'a Bench,
    native: Native,
    is_done: std::sync::atomic::AtomicBool,
}

impl HttpClient for Racing<'_> {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: std::time::Duration,
    ) -> Result<HttpResponse, HttpError> {
        let is_ours = String::from_utf8_lossy(request.body()).contains("SetProduct");
        if is_ours
            && !self
                .is_done
                .swap(true, std::sync::atomic::Ordering::Relaxed)
        {
            self.bench
                .control("product", json!({"handle": "ocean-blue-shirt"}));
        }
        self.native.send(request, timeout).await
    }
}

impl Clock for Racing<'_> {
    fn now_ms(&self) -> i64 {
        self.native.now_ms()
    }

    async fn sleep(&self, time: std::time::Duration) {
        self.native.sleep(time).await;
    }
}

impl Log for Racing<'_> {
    fn log(&self, line: Value) {
        self.native.log(line);
    }
}

#[tokio::test]
async fn a_product_that_got_our_handle_in_the_last_moment_is_not_overwritten() {
    let bench = Bench::new().await;
    let host = Racing {
        bench: &bench,
        native: Native::default(),
        is_done: false.into(),
    };
    let publish = Operation::from_job("publish_listing", &bench.listing, "job").unwrap();
    drive(&host, &Shopify, &publish, &bench.store, &bench.limits)
        .await
        .unwrap();
    let products = bench.shop()["products"].clone();
    assert_eq!(products[0]["title"], "The merchant's own");
    assert_eq!(products[0]["variants"][0]["sku"], "THEIRS");
    assert_eq!(products[1]["title"], "Ocean Blue Shirt");
    let handle = products[1]["handle"].as_str().unwrap();
    assert!(handle.starts_with("ocean-blue-shirt-"), "{handle}");
}
