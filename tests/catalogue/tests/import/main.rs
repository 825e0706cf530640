//! `POST /products/import` on a real Postgres.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod merging;
mod refusals;

use catalogue::{Member, Shop, request};
use common::request::{Body, Chunk};
use http::Method;
use serde_json::{Value, json};

const HEADER: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Image Src,Image Position";

async fn shop() -> (Shop, Member) {
    let shop = Shop::open().await;
    let operator = shop.member("main", "operator").await;
    (shop, operator)
}

/// Imports `rows` under [`HEADER`]: the first of them is line 2.
async fn import(shop: &Shop, member: &Member, rows: &[&str]) -> Value {
    let file = format!("{HEADER}\n{}\n", rows.join("\n"));
    shop.import(member, file).await.expect(200)
}

fn counts(report: &Value) -> [i64; 4] {
    ["created", "updated", "unchanged", "failed"].map(|name| report[name].as_i64().unwrap())
}

/// The line and field of each error.
fn errors(report: &Value) -> Vec<(u64, &str)> {
    let entries = report["errors"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let field = entry["field"].as_str().unwrap_or_default();
            (entry["line"].as_u64().unwrap(), field)
        })
        .collect()
}

async fn product(shop: &Shop, member: &Member, handle: &str) -> Value {
    let path = format!("/products?handle=eq.{handle}");
    shop.get(member, &path).await.expect(200)["data"][0].clone()
}
