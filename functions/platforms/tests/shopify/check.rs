use crate::support::Bench;
use common::platform::{Action, Operation, Outcome, PlatformError, Presence};
use serde_json::{Value, json};

async fn check(bench: &Bench, id: &str) -> Outcome {
    let action = Action::CheckProduct {
        external_id: id.to_owned(),
    };
    bench.run(&Operation::new(action, "check")).await.unwrap()
}

#[tokio::test]
async fn a_product_that_is_sold_is_live_and_read_with_its_stock() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id.unwrap();
    let seen = check(&bench, &id).await;
    assert_eq!(seen.presence, Some(Presence::Live));
    assert_eq!(seen.external_id.as_deref(), Some(id.as_str()));
    let product = &seen.products[0];
    assert_eq!(product.title, "Ocean Blue Shirt");
    let stock = product.variants.iter().map(|it| it.inventory_quantity);
    assert_eq!(stock.collect::<Vec<_>>(), [Some(5), Some(3)]);
    let number = id.rsplit('/').next().unwrap();
    assert_eq!(check(&bench, number).await.products, seen.products);
}

#[tokio::test]
async fn a_stock_item_leads_to_its_product() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id;
    let memory = &bench.listing["listing"]["platform_data"];
    let item = memory["variants"]["OBS-M"]["inventory_item_id"]
        .as_str()
        .unwrap();
    let seen = check(&bench, item).await;
    assert_eq!(seen.external_id, id);
    assert_eq!(seen.products[0].variants.len(), 2);
}

#[tokio::test]
async fn what_is_gone_is_gone_and_no_error() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id.unwrap();
    let memory = bench.listing["listing"]["platform_data"].clone();
    let item = memory["variants"]["OBS-M"]["inventory_item_id"]
        .as_str()
        .unwrap();
    bench.job("delete_listing").await.unwrap();
    for gone in [id.as_str(), item] {
        assert_eq!(check(&bench, gone).await.presence, Some(Presence::Gone));
    }
}

#[tokio::test]
async fn sold_out_hidden_and_unpublished_are_told_apart() {
    let mut bench = Bench::new().await;
    let id = bench.publish().await.external_id.unwrap();
    for (sku, quantity) in [("OBS-S", 5), ("OBS-M", 3)] {
        assert_eq!(check(&bench, &id).await.presence, Some(Presence::Live));
        bench.control("sales", json!({"sku": sku, "quantity": quantity}));
    }
    assert_eq!(
        check(&bench, &id).await.presence,
        Some(Presence::OutOfStock)
    );
    bench.listing["payload"] = json!({"status": "draft"});
    bench.job("update_listing").await.unwrap();
    assert_eq!(check(&bench, &id).await.presence, Some(Presence::Inactive));
}

#[tokio::test]
async fn a_product_in_no_sales_channel_says_so() {
    let bench = Bench::new().await;
    // The product is made, its publication is not.
    let fault = sandbox::Fault::new(sandbox::FaultKind::Status, "Publish");
    bench.sandbox.inject(fault.times(3));
    bench.job("publish_listing").await.unwrap_err();
    let id = bench.product()["id"].as_str().unwrap().to_owned();
    let seen = check(&bench, &id).await;
    assert_eq!(seen.presence, Some(Presence::Inactive));
    assert_eq!(seen.issues[0].code, "not_published");
}

#[tokio::test]
async fn a_product_with_more_variants_than_a_page_is_checked_whole() {
    let mut bench = Bench::new().await;
    let variants: Vec<Value> = (0..230)
        .map(|index| {
            json!({"sku": format!("V{index}"), "inventory": i32::from(index == 229),
                "position": index, "option_values": [format!("{index}")]})
        })
        .collect();
    bench.listing["product"]["variants"] = json!(variants);
    let id = bench.publish().await.external_id.unwrap();
    bench.sandbox.set_bucket(sandbox::TOKEN, 2000.0, 100.0);
    let seen = check(&bench, &id).await;
    assert_eq!(seen.products[0].variants.len(), 230);
    assert_eq!(
        seen.presence,
        Some(Presence::Live),
        "the last one can be bought"
    );
}

#[tokio::test]
async fn what_the_channel_can_not_do_is_refused_with_the_published_reason() {
    use common::platform::{Level, OperationKind, Platform};
    use platforms::shopify::Shopify;
    let bench = Bench::new().await;
    let job = Operation::from_job("preview_listing", &bench.listing, "job").unwrap();
    let error = bench.run(&job).await.unwrap_err();
    let capability = Shopify
        .descriptor()
        .capability(OperationKind::PreviewProduct);
    assert_eq!(capability.level, Level::Unsupported);
    assert_eq!(error.cause, PlatformError::rejected(capability.reason));
    assert_eq!(error.requests, 0);
    let answer = Action::AnswerPublish {
        external_id: "1".to_owned(),
        listing_id: None,
    };
    let error = bench.run(&Operation::new(answer, "job")).await.unwrap_err();
    assert!(matches!(error.cause, PlatformError::Rejected { .. }));
}
