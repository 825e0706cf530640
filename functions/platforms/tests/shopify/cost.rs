//! What requests cost, and what answers say of it.

use crate::native::Native;
use crate::support::Bench;
use common::platform::{Action, Operation, Platform, Step};
use common::ports::HttpClient;
use platforms::shopify::{DOCUMENTS, Shopify};
use sandbox::TOKEN;
use serde_json::{Value, json};

#[test]
fn every_document_says_what_it_costs_at_most() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let first = if document.name == "ListOrders" {
            10
        } else {
            20
        };
        let body = json!({"query": document.text, "variables": {"first": first}});
        let cost = sandbox::requested_cost(body.to_string().as_bytes()).unwrap();
        if document.cost != cost || cost > 1000 {
            wrong.push((document.name, document.cost, cost));
        }
    }
    assert_eq!(wrong, [], "name, what is said, what it is");
}

/// Does `operation` step by step; gives what each request of `name` was said to cost and what it did.
async fn prices(bench: &Bench, operation: &Operation, name: &str) -> Vec<(u32, u64)> {
    let host = Native::default();
    let mut prices = Vec::new();
    let mut step = Shopify.begin(operation, &bench.store).unwrap();
    while let Step::Send(exchange) = step {
        let is_meant = String::from_utf8_lossy(exchange.request.body()).contains(name);
        let time = std::time::Duration::from_secs(5);
        let response = host.send(exchange.request, time).await.unwrap();
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let cost = body["extensions"]["cost"]["requestedQueryCost"].as_u64();
        let cost = cost.unwrap();
        assert!(u64::from(exchange.units) >= cost, "{body}");
        if is_meant {
            prices.push((exchange.units, cost));
        }
        step = Shopify
            .resume(operation, &bench.store, exchange.state, &response)
            .unwrap();
    }
    prices
}

#[tokio::test]
async fn a_product_costs_more_by_its_variants_pictures_and_metafields() {
    let bench = Bench::new().await;
    let publish = Operation::from_job("publish_listing", &bench.listing, "job").unwrap();
    // Two variants, two pictures, one metafield: 0.4 + 3.8 + 0.4.
    let said = document("SetProduct") + 5;
    let prices = prices(&bench, &publish, "SetProduct").await;
    assert_eq!(prices, [(said, u64::from(said))]);
}

#[tokio::test]
async fn no_request_costs_more_than_was_said() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    for name in [
        "update_listing",
        "sync_inventory",
        "check_listing",
        "read_orders",
        "list_products",
        "delete_listing",
    ] {
        let operation = Operation::from_job(name, &bench.listing, name).unwrap();
        prices(&bench, &operation, "").await;
    }
}

fn document(name: &str) -> u32 {
    DOCUMENTS.iter().find(|it| it.name == name).unwrap().cost
}

#[tokio::test]
async fn an_answer_says_what_is_left_in_the_bucket() {
    let bench = Bench::new().await;
    bench.sandbox.set_bucket(TOKEN, 4000.0, 200.0);
    let operation = Operation::new(Action::Authenticate, "job");
    let host = bench.drive(&operation).await.0;
    let exchanges = host.exchanges.lock().unwrap();
    let response = exchanges[0].response.as_ref().unwrap();
    let said = Shopify.allowances(response);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].remaining, 3999.0);
    assert_eq!(said[0].capacity, Some(4000.0));
    assert_eq!(said[0].per_second, Some(200.0));
    let limits = Shopify.descriptor().constraints.rate_limits;
    let limit = limits.iter().find(|it| it.name == said[0].limit).unwrap();
    let Ok(Step::Send(sent)) = Shopify.begin(&operation, &bench.store) else {
        panic!("a request");
    };
    assert_eq!((sent.class, sent.units), (limit.class, document("Shop")));
}

#[test]
fn an_answer_without_a_bucket_says_nothing() {
    for body in [
        "{}",
        "<html>",
        r#"{"extensions":{"cost":{"throttleStatus":{}}}}"#,
    ] {
        let response = http::Response::new(body.as_bytes().to_vec());
        assert_eq!(Shopify.allowances(&response), [], "{body}");
    }
}

#[test]
fn only_what_may_be_sent_twice_is_repeatable() {
    let repeatable = |name: &str| {
        DOCUMENTS
            .iter()
            .find(|it| it.name == name)
            .unwrap()
            .is_repeatable
    };
    for document in DOCUMENTS {
        if document.text.starts_with("query ") {
            assert!(document.is_repeatable, "{}", document.name);
        }
    }
    assert!(!repeatable("SetProduct") && !repeatable("Fulfil"));
    assert!(repeatable("SetStock") && repeatable("DeleteProduct"));
}
