//! `/products` but for the import.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod changes;
mod refusals;

use catalogue::{Answer, Member, Shop, request};
use http::Method;
use serde_json::{Value, json};

async fn shop() -> (Shop, Member) {
    let shop = Shop::open().await;
    let owner = shop.member("main", "owner").await;
    (shop, owner)
}

async fn post(shop: &Shop, member: &Member, body: Value) -> Answer {
    shop.send(member, Method::POST, "/products", &body).await
}

/// Makes a product of two sizes and returns its row and its path.
async fn shirt(shop: &Shop, member: &Member) -> (Value, String) {
    let body = json!({"sku": "SHIRT", "title": "Shirt", "handle": "shirt", "options": [{"name": "Size"}], "variants": [
        {"option_values": ["S"], "price": "19.90", "inventory": 5},
        {"option_values": ["M"], "price": 21, "compare_at_price": "25.00", "barcode": "4006381333931"}]});
    let row = post(shop, member, body).await.expect(201);
    let path = format!("/products/{}", row["id"].as_str().unwrap());
    (row, path)
}

async fn patch(shop: &Shop, member: &Member, path: &str, body: Value) -> Answer {
    shop.send(member, Method::PATCH, path, &body).await
}
