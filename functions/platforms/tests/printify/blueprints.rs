//! What a listing needs of Printify's catalogue, and what a preview says of it.

use crate::support::{Bench, refused};
use common::platform::{Outcome, Severity};
use serde_json::{Value, json};

async fn preview(bench: &Bench) -> Outcome {
    bench.job("preview_listing").await.unwrap()
}

fn fields(outcome: &Outcome) -> Vec<&str> {
    let issues = outcome.issues.iter();
    issues
        .map(|issue| issue.field.as_deref().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn a_good_product_has_nothing_against_it_and_a_preview_makes_nothing() {
    let bench = Bench::new().await;
    let outcome = preview(&bench).await;
    assert_eq!(outcome.issues, []);
    assert_eq!(bench.products(), [Value::Null; 0]);
    assert_eq!(bench.count("POST"), 0);
}

#[tokio::test]
async fn a_preview_says_everything_that_a_publication_would_refuse() {
    let mut bench = Bench::new().await;
    bench.configure("artwork_url", Value::Null);
    bench.listing["listing"]["currency"] = json!("EUR");
    bench.listing["product"]["variants"][0]["option_values"] = json!(["S", "Mauve"]);
    let outcome = preview(&bench).await;
    let wrong = [
        "currency",
        "platform_data.printify.artwork_url",
        "variants.LS-S.option_values",
    ];
    assert_eq!(fields(&outcome), wrong);
    assert!(
        outcome
            .issues
            .iter()
            .all(|issue| issue.severity == Severity::Error)
    );
    refused(bench.job("publish_listing").await);
}

#[tokio::test]
async fn settings_that_are_missing_are_named_with_what_to_do() {
    for (name, field) in [
        ("blueprint_id", "platform_data.printify.blueprint_id"),
        (
            "print_provider_id",
            "platform_data.printify.print_provider_id",
        ),
        ("artwork_url", "platform_data.printify.artwork_url"),
    ] {
        let mut bench = Bench::new().await;
        bench.configure(name, Value::Null);
        assert_eq!(fields(&preview(&bench).await), [field]);
        let (named, reason) = refused(bench.job("publish_listing").await);
        assert_eq!(named, field);
        assert!(reason.contains("give"), "{reason}");
        assert_eq!(bench.count("POST"), 0);
    }
}

#[tokio::test]
async fn the_listings_own_settings_go_before_the_stores() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["platform_data"]["printify"] =
        json!({"blueprint_id": "68", "print_provider_id": 9});
    bench.listing["product"]["options"] = json!([]);
    bench.listing["product"]["variants"] = json!([]);
    bench.publish().await;
    let product = bench.product();
    assert_eq!(product["blueprint_id"], 68);
    assert_eq!(bench.skus(), ["0192-l1"]);
}

#[tokio::test]
async fn a_product_without_options_takes_the_default_ones() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["options"] = json!([]);
    bench.listing["product"]["variants"] = json!([]);
    bench.publish().await;
    assert_eq!(bench.offered()[0]["title"], "White / M");
    bench.configure("option_defaults", Value::Null);
    bench.listing["listing"] = json!({"id": "other", "price": "20.00", "inventory": 1});
    let (field, reason) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "variants.other.option_values");
    assert!(reason.contains("option_defaults"), "{reason}");
}

#[tokio::test]
async fn a_variant_can_be_named_by_its_number() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["platform_data"]["printify"] =
        json!({"variant_ids": {"LS-S": 11_959}});
    bench.publish().await;
    let title = bench
        .offered()
        .iter()
        .find(|it| it["sku"] == "LS-S")
        .unwrap()["title"]
        .clone();
    assert_eq!(title, "Black / XL");
}

#[tokio::test]
async fn two_variants_can_not_be_one() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["variants"][1]["option_values"] = json!(["S", "White"]);
    let (field, _) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "variants.LS-M");
}

#[tokio::test]
async fn a_print_provider_that_does_not_make_the_blueprint_is_named() {
    let mut bench = Bench::new().await;
    bench.configure("print_provider_id", json!(9));
    let (field, _) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "platform_data.printify.print_provider_id");
    assert_eq!(fields(&preview(&bench).await), [field.as_str()]);
}

#[tokio::test]
async fn a_print_area_that_the_blueprint_lacks_is_named_with_those_it_has() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["platform_data"]["printify"] = json!({"artwork_position": "sleeve"});
    let (field, reason) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "platform_data.printify.artwork_position");
    assert!(reason.contains("front, back"), "{reason}");
    assert_eq!(fields(&preview(&bench).await), [field.as_str()]);
}

#[tokio::test]
async fn a_picture_that_printify_can_not_fetch_is_named() {
    let mut bench = Bench::new().await;
    bench.configure("artwork_url", json!("https://nowhere.invalid/a.png"));
    let (field, reason) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "platform_data.printify.artwork_url");
    assert!(reason.contains("Could not resolve host"), "{reason}");
    bench.configure("artwork_url", json!("ftp://images.example/a.png"));
    let (field, _) = refused(bench.job("publish_listing").await);
    assert_eq!(field, "platform_data.printify.artwork_url");
}

#[tokio::test]
async fn another_blueprint_for_a_product_that_is_there_is_refused_because_the_vendor_would_ignore_it()
 {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.listing["listing"]["platform_data"]["printify"] =
        json!({"blueprint_id": 68, "print_provider_id": 9});
    let (field, reason) = refused(bench.job("update_listing").await);
    assert_eq!(field, "platform_data.printify.blueprint_id");
    assert!(reason.contains("delete the listing"), "{reason}");
    assert!(fields(&preview(&bench).await).contains(&field.as_str()));
}

#[tokio::test]
async fn amounts_that_are_no_whole_cents_are_refused_before_anything_is_sent() {
    for price in ["12.505", "0.00"] {
        let mut bench = Bench::new().await;
        bench.listing["product"]["variants"][0]["price"] = json!(price);
        let (field, _) = refused(bench.job("publish_listing").await);
        assert_eq!(field, "variants.LS-S.price");
        assert_eq!(bench.host.exchanges.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn the_catalogue_is_reference_data() {
    use common::platform::{Operation, Platform, Step};
    use platforms::printify::Printify;
    let bench = Bench::new().await;
    let operation = Operation::from_job("preview_listing", &bench.listing, "job").unwrap();
    let Ok(Step::Send(exchange)) = Printify.begin(&operation, &bench.store) else {
        panic!("a request");
    };
    assert_eq!(exchange.class, "catalog");
    assert!(exchange.cache_for.is_some() && exchange.is_repeatable);
}
