use crate::platform::{Action, JobError, Operation, ProductInput, ProductStatus};
use serde_json::{Value, json};

fn payload() -> Value {
    json!({
        "listing": {"id": "l1", "external_id": null, "price": "12.50", "currency": "EUR",
            "inventory": 7, "status": "draft", "platform_data": null},
        "product": {"id": "p1", "title": "Shirt", "description": null, "vendor": "Acme",
            "product_type": null, "handle": "shirt", "tags": ["new"], "status": "draft",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "images": [{"src": "https://x/2.jpg", "alt": null, "position": 2},
                       {"url": "https://x/1.jpg", "alt": "front", "position": 1}],
            "variants": [
                {"id": "v2", "sku": "S-M", "price": null, "compare_at_price": null, "barcode": "",
                 "inventory": 3, "weight_grams": null, "option_values": ["M"], "position": 2},
                {"id": "v1", "sku": "S-S", "price": "11.00", "compare_at_price": "15.00",
                 "barcode": "123", "inventory": 2, "weight_grams": 200, "option_values": ["S"],
                 "position": 1}]},
        "payload": {}
    })
}

fn operation(job_type: &str, payload: &Value) -> Result<Operation, JobError> {
    Operation::from_job(job_type, payload, "job-1")
}

fn published(payload: &Value) -> ProductInput {
    match operation("publish_listing", payload).unwrap().action {
        Action::CreateProduct(product) => *product,
        other => panic!("{other:?}"),
    }
}

#[test]
fn several_variants_have_their_own_prices_and_stock_in_their_own_order() {
    let product = published(&payload());
    let skus: Vec<&str> = product.variants.iter().map(|it| it.sku.as_str()).collect();
    assert_eq!(skus, ["S-S", "S-M"]);
    assert_eq!(product.variants[0].price, "11.00");
    assert_eq!(
        product.variants[1].price, "12.50",
        "falls back to the listing's"
    );
    assert_eq!(product.variants[1].inventory_quantity, 3);
    assert_eq!(product.variants[1].barcode, None);
    assert_eq!(product.images[0].url, "https://x/1.jpg");
    assert_eq!(product.status, Some(ProductStatus::Active));
}

#[test]
fn one_variant_takes_price_and_stock_from_the_listing() {
    let mut payload = payload();
    payload["product"]["variants"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    let product = published(&payload);
    assert_eq!(product.variants[0].price, "12.50");
    assert_eq!(product.variants[0].inventory_quantity, 7);
}

#[test]
fn a_product_without_variants_gets_one() {
    let mut payload = payload();
    payload["product"]["variants"] = json!(null);
    payload["product"]["options"] = json!(null);
    let product = published(&payload);
    assert_eq!(product.variants.len(), 1);
    assert_eq!(product.variants[0].sku, "l1");
}

#[test]
fn what_the_approval_asks_for_stands_in_for_the_rows() {
    let mut payload = payload();
    payload["listing"]["external_id"] = json!("gid://shopify/Product/1");
    payload["product"]["variants"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    payload["payload"] = json!({"price": 9.5, "inventory": 4, "title": "Sale shirt"});
    let Action::UpdateProduct {
        external_id,
        product,
    } = operation("update_listing", &payload).unwrap().action
    else {
        panic!("an update");
    };
    assert_eq!(external_id, "gid://shopify/Product/1");
    assert_eq!(product.title, "Sale shirt");
    assert_eq!(product.variants[0].price, "9.5");
    assert_eq!(product.variants[0].inventory_quantity, 4);
    assert!(product.set_stock);
    assert_eq!(
        product.status, None,
        "an update leaves the channel's status alone"
    );
}

#[test]
fn an_update_without_a_stock_leaves_the_channels_stock_alone() {
    let mut payload = payload();
    payload["listing"]["external_id"] = json!("1");
    let Action::UpdateProduct { product, .. } =
        operation("update_listing", &payload).unwrap().action
    else {
        panic!("an update");
    };
    assert!(!product.set_stock);
}

#[test]
fn stock_is_taken_from_every_variant() {
    let mut payload = payload();
    payload["listing"]["external_id"] = json!("1");
    let Action::SyncInventory(sync) = operation("sync_inventory", &payload).unwrap().action else {
        panic!("a sync");
    };
    let levels: Vec<(&str, i64)> = sync
        .levels
        .iter()
        .map(|it| (it.sku.as_str(), it.quantity))
        .collect();
    assert_eq!(levels, [("S-S", 2), ("S-M", 3)]);
}

#[test]
fn an_order_names_its_lines_and_its_parcel() {
    let payload = json!({"payload": {"external_order_id": "7", "lines": [{"sku": "A", "quantity": 2}],
        "tracking": {"number": "1Z"}, "notify_customer": true}});
    let Action::ProcessOrder(order) = operation("process_order", &payload).unwrap().action else {
        panic!("an order");
    };
    assert_eq!(order.lines[0].quantity, 2);
    assert_eq!(order.tracking.unwrap().number.as_deref(), Some("1Z"));
    assert!(order.notify_customer);
}

#[test]
fn what_is_wrong_with_a_payload_is_named() {
    let field = |job_type: &str, change: &dyn Fn(&mut Value)| {
        let mut payload = payload();
        change(&mut payload);
        operation(job_type, &payload).unwrap_err().field
    };
    assert_eq!(field("paint", &|_| {}), "type");
    assert_eq!(field("update_listing", &|_| {}), "listing.external_id");
    assert_eq!(field("delete_listing", &|_| {}), "listing.external_id");
    assert_eq!(
        field("publish_listing", &|it| it["product"]["title"] = json!(3)),
        "product.title"
    );
    assert_eq!(
        field("publish_listing", &|it| it["listing"]["price"] =
            json!("12,50")),
        "listing.price"
    );
    assert_eq!(
        field("publish_listing", &|it| it["listing"]["price"] =
            Value::Null),
        "product.variants[1].price"
    );
    let one_price = |it: &mut Value| it["payload"] = json!({"price": "9"});
    assert_eq!(field("publish_listing", &one_price), "payload.price");
    let one_stock = |it: &mut Value| it["payload"] = json!({"inventory": 9});
    assert_eq!(field("sync_inventory", &one_stock), "payload.inventory");
    let twice = |it: &mut Value| it["product"]["variants"][0]["sku"] = json!("S-S");
    assert_eq!(field("publish_listing", &twice), "product.variants");
    let none = |it: &mut Value| {
        it["payload"] = json!({"external_order_id": "7", "lines": [{"sku": "A", "quantity": 0}]});
    };
    assert_eq!(field("process_order", &none), "payload.lines");
}

#[test]
fn a_price_asked_for_goes_to_every_variant_without_its_own() {
    let mut payload = payload();
    payload["product"]["variants"][1]["price"] = Value::Null;
    payload["payload"] = json!({"price": "9.00"});
    let product = published(&payload);
    assert!(
        product
            .variants
            .iter()
            .all(|variant| variant.price == "9.00")
    );
}
