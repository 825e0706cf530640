//! Products, stores and listings as a team works with them.

use crate::scenario::{Shop, id, store_on};
use e2e::{App, Setup};
use hub::token::Role;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_keeps_its_variants_and_options() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let product = json!({
        "sku": "TEE", "title": "A tee", "tags": ["summer"],
        "images": [{"src": "https://img.example/tee.jpg", "alt": "A tee"}],
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {"sku": "TEE-S", "option_values": ["S"], "price": "20.00", "inventory": 3},
            {"option_values": ["M"], "price": "21.50", "inventory": 0},
        ],
    });
    let made = owner.post("/products", &product).await.expect(201);
    assert_eq!(made["variants"][0]["price"], "20.00");
    assert_eq!(made["variants"][1]["price"], "21.50");
    assert!(
        made["variants"][1]["sku"]
            .as_str()
            .is_some_and(|sku| !sku.is_empty()),
        "a missing SKU is derived"
    );
    let path = format!("/products/{}", id(&made));
    assert_eq!(owner.get(&path).await.expect(200), made);

    let variants = json!({"variants": [{"sku": "TEE-S", "option_values": ["S"], "price": "19.00", "inventory": 2}]});
    let changed = owner.patch(&path, &variants).await.expect(200);
    assert_eq!(changed["variants"].as_array().unwrap().len(), 1);
    assert_eq!(changed["variants"][0]["id"], made["variants"][0]["id"]);
    assert_eq!(changed["variants"][0]["price"], "19.00");
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect_error(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_sku_is_a_conflict_that_names_the_field() {
    let shop = Shop::open().await;
    let error = shop
        .operator
        .post("/products", &json!({"sku": "MUG-1", "title": "Again"}))
        .await
        .expect_error(409, "CONFLICT");
    assert_eq!(
        error["details"],
        json!({"field": "sku", "issue": "SKU already exists"})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_exact_and_has_the_decimals_of_its_currency() {
    let shop = Shop::open().await;
    for (sku, currency, price, shown) in [
        ("YEN", "JPY", json!("1200"), "1200"),
        ("EUR", "EUR", json!(19.99), "19.99"),
        ("KWD", "KWD", json!("1.234"), "1.234"),
    ] {
        let product = shop
            .operator
            .post("/products", &json!({"sku": sku, "title": sku}))
            .await
            .expect(201);
        let listing = json!({"product_id": product["id"], "store_id": shop.store["id"], "price": price, "currency": currency});
        let listing = shop.operator.post("/listings", &listing).await.expect(201);
        assert_eq!(listing["price"], shown);
        assert_eq!(
            shop.operator
                .get(&format!(
                    "/listings?price=eq.{shown}&currency=eq.{currency}"
                ))
                .await
                .expect(200)["count"],
            1
        );
    }
    let product = shop
        .operator
        .post("/products", &json!({"sku": "YEN2", "title": "x"}))
        .await
        .expect(201);
    let listing = json!({"product_id": product["id"], "store_id": shop.store["id"], "price": "1.50", "currency": "JPY"});
    let error = shop
        .operator
        .post("/listings", &listing)
        .await
        .expect_error(400, "VALIDATION_ERROR");
    assert_eq!(error["details"]["field"], "price");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_listing_is_changed_and_removed_freely() {
    let shop = Shop::open().await;
    let path = format!("/listings/{}", id(&shop.listing));
    let changed = shop
        .operator
        .patch(&path, &json!({"price": "11.00", "inventory": 2}))
        .await
        .expect(200);
    assert_eq!(
        (
            &changed["price"],
            &changed["inventory"],
            &changed["version"]
        ),
        (&json!("11.00"), &json!(2), &json!(2))
    );
    shop.operator.delete(&path).await.expect(204);
    shop.operator
        .delete(&format!("/products/{}", id(&shop.product)))
        .await
        .expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_are_connected_changed_and_removed_by_who_may() {
    let shop = Shop::open().await;
    let another = store_on(&shop.sandbox, "Second shop");
    shop.operator
        .post("/stores", &another)
        .await
        .expect_error(403, "FORBIDDEN");
    let store = shop.owner.post("/stores", &another).await.expect(201);
    let path = format!("/stores/{}", id(&store));
    let renamed = shop
        .owner
        .patch(&path, &json!({"name": "Outlet"}))
        .await
        .expect(200);
    assert_eq!(
        (&renamed["name"], &renamed["status"]),
        (&json!("Outlet"), &json!("active"))
    );
    let error = shop
        .owner
        .patch(&path, &json!({"name": "Main shop"}))
        .await
        .expect_error(409, "CONFLICT");
    assert_eq!(error["details"]["field"], "name");
    let off = shop
        .owner
        .patch(&path, &json!({"status": "disconnected"}))
        .await
        .expect(200);
    assert_eq!(off["status_reason"], "disconnected by a member");
    shop.owner.delete(&path).await.expect(204);
    let error = shop
        .owner
        .delete(&format!("/stores/{}", id(&shop.store)))
        .await
        .expect_error(409, "CONFLICT");
    assert!(error["message"].as_str().unwrap().contains("listings"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_a_quantity_is_on_record() {
    let shop = Shop::open().await;
    shop.operator
        .patch(
            &format!("/listings/{}", id(&shop.listing)),
            &json!({"inventory": 4}),
        )
        .await
        .expect(200);
    let rows = shop.app.admin().await
        .query("select quantity_before, quantity_after from hub.inventory_logs where listing_id is not null order by id", &[])
        .await.unwrap();
    let steps: Vec<(i32, i32)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(steps, [(0, 7), (7, 4)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_megabytes_of_csv_pass_through_an_instance_that_has_less_memory() {
    const ROWS: usize = 1_000;
    let app = Setup::default().memory(24 * 1024 * 1024).start().await;
    let owner = app
        .member("owner@shop.example", "shop", Role::Owner)
        .await
        .with("content-type", "text/csv");
    let text = "lorem ipsum ".repeat(4_400);
    let mut csv = "Handle,Title,Body (HTML),Variant SKU,Variant Price\n".to_owned();
    for row in 0..ROWS {
        csv.push_str(&format!(
            "item-{row},Item {row},\"{text}\",SKU-{row},1.00\n"
        ));
    }
    assert!(csv.len() > 50 * 1024 * 1024, "{}", csv.len());
    let report = owner
        .send(Method::POST, "/products/import", Some(csv.into()))
        .await
        .expect(200);
    assert_eq!(
        (&report["created"], &report["errors_total"]),
        (&json!(ROWS), &json!(0)),
        "{report:#}"
    );
}
