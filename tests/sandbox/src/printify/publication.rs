//! Answers `/v1/shops/{shop}/products…`: products, and the lock while one is published.

use super::catalog::Blueprint;
use super::page::Asked;
use super::product::Product;
use super::refusal::{Answer, invalid, locked, not_found, required};
use super::shop::{NONE, Shop};
use super::upload::Upload;
use super::{product_body, time};
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// The most products that a page has.
const PAGE: usize = 100;

/// What a request to a shop's products needs beside the shop.
pub struct Around<'a> {
    pub uploads: &'a [Upload],
    pub query: &'a [(String, String)],
    pub body: &'a Value,
    pub at: Stamp,
    pub outbox: &'a mut Outbox,
    /// For what is new.
    pub id: String,
}

pub fn answer(shop: &mut Shop, method: &str, path: &[&str], around: Around<'_>) -> Answer {
    match (method, path) {
        ("GET", ["products.json"]) => {
            let rows: Vec<Value> = shop.products.iter().rev().map(|it| json!(it)).collect();
            Ok(Asked::read(around.query, PAGE).of(&rows))
        }
        ("POST", ["products.json"]) => create(shop, around),
        (_, ["products", last]) => {
            let id = last.strip_suffix(".json").ok_or_else(not_found)?;
            match method {
                "GET" => Ok(json!(shop.product(id)?)),
                "PUT" => change(shop, id, &around),
                "DELETE" => delete(shop, id, around),
                _ => Err(not_found()),
            }
        }
        ("POST", ["products", id, what]) => {
            let what = what.strip_suffix(".json").ok_or_else(not_found)?;
            publication(shop, id, what, around)
        }
        _ => Err(not_found()),
    }
}

fn create(shop: &mut Shop, around: Around<'_>) -> Answer {
    let (blueprint, provider) = product_body::blueprint(around.body)?;
    let mut product = Product::new(around.id, shop.id, blueprint, provider, around.at);
    product_body::texts(&mut product, around.body, true)?;
    let offers = product_body::offers(&product, around.body, true)?;
    let (body, uploads) = (around.body, around.uploads);
    product_body::print_areas(&mut product, body, Some(&offers), uploads, blueprint)?;
    product.offer(offers);
    let view = json!(product);
    shop.products.push(product);
    Ok(view)
}

fn change(shop: &mut Shop, id: &str, around: &Around<'_>) -> Answer {
    let product = shop.product(id)?;
    if product.is_locked() {
        return Err(locked());
    }
    let mut changed = product.clone();
    let blueprint = Blueprint::find(product.blueprint_id, product.print_provider_id);
    let blueprint = blueprint.ok_or_else(not_found)?;
    // Another blueprint or print provider is taken without a word and without effect.
    product_body::texts(&mut changed, around.body, false)?;
    let offers = product_body::offers(&changed, around.body, false)?;
    product_body::print_areas(&mut changed, around.body, None, around.uploads, blueprint)?;
    changed.offer(offers);
    changed.updated_at = time(around.at);
    *product = changed;
    Ok(json!(product))
}

fn delete(shop: &mut Shop, id: &str, around: Around<'_>) -> Answer {
    if shop.product(id)?.is_locked() {
        return Err(locked());
    }
    remove(shop, id, around.at, around.outbox);
    Ok(json!({}))
}

/// Removes a product and tells so.
pub fn remove(shop: &mut Shop, id: &str, at: Stamp, outbox: &mut Outbox) {
    shop.products.retain(|it| it.id != id);
    let data = json!({"shop_id": shop.id});
    shop.emit("product:deleted", &json!(id), data, at, outbox);
}

fn publication(shop: &mut Shop, id: &str, what: &str, around: Around<'_>) -> Answer {
    let (body, at) = (around.body, around.at);
    let product = shop.product(id)?;
    match what {
        "publish" => publish(shop, id, around),
        "publishing_succeeded" => {
            let external = &body["external"];
            for name in ["id", "handle"] {
                if !external[name].is_string() {
                    return Err(required(&format!("external.{name}")));
                }
            }
            product.external = Some(json!({"id": external["id"], "handle": external["handle"]}));
            product.updated_at = time(at);
            product.unlock();
            Ok(json!({"product_id": id}))
        }
        "publishing_failed" => {
            body["reason"].as_str().ok_or_else(|| required("reason"))?;
            product.unlock();
            Ok(json!({"product_id": id}))
        }
        "unpublish" => {
            product.external = None;
            Ok(json!({}))
        }
        _ => Err(not_found()),
    }
}

fn publish(shop: &mut Shop, id: &str, around: Around<'_>) -> Answer {
    for name in ["title", "description", "images", "variants", "tags"] {
        if !around.body[name].is_boolean() {
            return Err(required(name));
        }
    }
    if shop.sales_channel == NONE {
        let number = shop.id;
        let title = &shop.product(id)?.title;
        let reason =
            format!("Shop #{number} of product \"{title}\" is not connected to sales channel");
        return Err(invalid(8254, reason));
    }
    let action = match shop.product(id)?.external.is_some() {
        true => "update",
        false => "create",
    };
    begin(shop, id, action, around.body, around.at, around.outbox);
    Ok(json!({}))
}

/// Locks a product and tells its channel.
pub fn begin(
    shop: &mut Shop,
    id: &str,
    action: &str,
    wanted: &Value,
    at: Stamp,
    outbox: &mut Outbox,
) {
    let Ok(product) = shop.product(id) else {
        return;
    };
    product.lock(at);
    let wants = |name: &str| wanted[name].as_bool().unwrap_or(true);
    let data = match action {
        "delete" => json!({"action": "delete"}),
        _ => json!({
            "shop_id": shop.id,
            "publish_details": {
                "title": wants("title"), "description": wants("description"), "images": wants("images"),
                "variants": wants("variants"), "tags": wants("tags"), "key_features": wants("keyFeatures"),
                "shipping_template": wants("shipping_template"),
            },
            "action": action,
            "out_of_stock_publishing": 0,
        }),
    };
    if shop.is_custom() {
        shop.emit("product:publish:started", &json!(id), data, at, outbox);
    }
}
