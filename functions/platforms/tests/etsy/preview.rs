use crate::support::Bench;
use common::platform::{Operation, Severity};
use serde_json::json;

async fn errors(bench: &Bench) -> Vec<String> {
    let operation = Operation::from_job("preview_listing", &bench.listing, "job").unwrap();
    let outcome = bench.run(&operation).await.unwrap();
    let errors = outcome.issues.into_iter();
    let errors = errors.filter(|issue| issue.severity == Severity::Error);
    errors
        .map(|issue| issue.field.unwrap_or(issue.message))
        .collect()
}

#[tokio::test]
async fn a_good_product_has_nothing_against_it_and_nothing_is_made() {
    let bench = Bench::new().await;
    assert_eq!(errors(&bench).await, [""; 0]);
    assert_eq!(bench.shop()["listings"], json!([]));
    let sent = bench.sent.borrow().clone();
    assert!(sent.iter().all(|it| it.starts_with("GET ")), "{sent:?}");
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let mut bench = Bench::new().await;
    bench.listing["product"]["title"] = json!("A & B & C");
    bench.listing["product"]["tags"] = json!(["this tag is much too long for it"]);
    bench.listing["listing"]["currency"] = json!("EUR");
    bench.listing["listing"]["platform_data"]["etsy"] = json!({"taxonomy_id": 562});
    bench.control(
        "shipping_profiles",
        json!({"profiles": {"61000001": false}}),
    );
    let mut errors = errors(&bench).await;
    errors.sort();
    assert_eq!(
        errors,
        [
            "currency",
            "platform_data.etsy.shipping_profile_id",
            "platform_data.etsy.taxonomy_id",
            "tags",
            "title"
        ]
    );
}

#[tokio::test]
async fn what_it_says_no_to_is_refused_too() {
    let mut bench = Bench::new().await;
    bench.listing["listing"]["platform_data"]["etsy"] = json!({"taxonomy_id": 99});
    assert_eq!(errors(&bench).await, ["platform_data.etsy.taxonomy_id"]);
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(error.to_string().contains("taxonomy_id"), "{error}");
}
