use crate::support::Bench;
use common::platform::{Action, Presence, list_products};
use platforms::printify::Printify;
use serde_json::json;

async fn fill(bench: &mut Bench, count: usize) {
    bench.tell(
        "limits",
        json!({"global": null, "catalog": null, "publish": null}),
    );
    for index in 0..count {
        bench.listing["listing"] =
            json!({"id": format!("l{index}"), "price": "20.00", "inventory": 1});
        bench.listing["product"]["handle"] = json!(format!("product-{index}"));
        bench.job("publish_listing").await.unwrap();
    }
}

#[tokio::test]
async fn products_are_listed_page_by_page() {
    let mut bench = Bench::new().await;
    fill(&mut bench, 5).await;
    let mut cursor = None;
    let mut handles = Vec::new();
    loop {
        let page = bench
            .act(Action::ListProducts { cursor, limit: 2 })
            .await
            .unwrap();
        assert!(page.products.len() <= 2);
        handles.extend(page.products.into_iter().map(|product| product.handle));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let all: Vec<String> = (0..5)
        .rev()
        .map(|index| format!("product-{index}"))
        .collect();
    assert_eq!(handles, all);
}

#[tokio::test]
async fn a_whole_catalogue_is_read_with_what_it_offers() {
    let mut bench = Bench::new().await;
    fill(&mut bench, 52).await;
    let all = list_products(&bench.host, &Printify, &bench.store, None, &bench.limits)
        .await
        .unwrap();
    assert_eq!((all.products.len(), all.requests), (52, 2));
    let product = &all.products[0];
    assert_eq!(product.status, "published");
    assert_eq!(product.tags, ["men", "blue"], "our mark is not a tag");
    assert_eq!(
        product.variants.len(),
        2,
        "not the sixteen of the blueprint"
    );
    let medium = product
        .variants
        .iter()
        .find(|it| it.sku.as_deref() == Some("LS-M"))
        .unwrap();
    assert_eq!(
        (medium.price.as_str(), medium.inventory_quantity),
        ("20.00", None)
    );
    assert_eq!(medium.option_values, ["Navy", "M"]);
    assert!(product.updated_at.as_deref().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_cursor_that_was_not_given_out_is_refused() {
    let bench = Bench::new().await;
    for cursor in ["x", "0", "-1", "1&limit=9"] {
        let cursor = Some(cursor.to_owned());
        let (field, _) =
            crate::support::refused(bench.act(Action::ListProducts { cursor, limit: 2 }).await);
        assert_eq!(field, "cursor");
    }
}

#[tokio::test]
async fn a_check_tells_how_a_product_is_shown() {
    let mut bench = Bench::new().await;
    let external_id = bench.publish().await.external_id.unwrap();
    let check = || {
        bench.act(Action::CheckProduct {
            external_id: external_id.clone(),
        })
    };
    let outcome = check().await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Live));
    assert_eq!(outcome.products[0].external_id, external_id);
    for sku in ["LS-S", "LS-M"] {
        assert_eq!(check().await.unwrap().presence, Some(Presence::Live));
        bench.tell("availability", json!({"sku": sku, "available": false}));
    }
    assert_eq!(check().await.unwrap().presence, Some(Presence::OutOfStock));
    bench.tell("delete_product", json!({"id": external_id}));
    let outcome = check().await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Gone));
    assert_eq!(outcome.external_id.as_deref(), Some(external_id.as_str()));
}

#[tokio::test]
async fn an_id_of_another_shop_and_one_that_is_none_are_gone() {
    let mut bench = Bench::new().await;
    let external_id = bench.publish().await.external_id.unwrap();
    bench.connect("custom_integration");
    for id in [
        external_id.as_str(),
        "../../shops",
        "no id",
        "0123456789abcdef01234567",
    ] {
        let external_id = id.to_owned();
        // Such addresses are not the reference's.
        let operation =
            common::platform::Operation::new(Action::CheckProduct { external_id }, "check");
        let ended = common::platform::drive(
            &bench.host,
            &Printify,
            &operation,
            &bench.store,
            &bench.limits,
        );
        assert_eq!(ended.await.unwrap().presence, Some(Presence::Gone), "{id}");
    }
}
