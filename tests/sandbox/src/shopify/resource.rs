//! Bodies of notifications: the REST resources, whatever API the app speaks.

use super::order::Order;
use super::shop::{Product, Shop, Variant};
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// The number behind a global id.
pub fn number(id: &str) -> u64 {
    id.rsplit('/')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

pub fn product(it: &Product) -> Value {
    let variants: Vec<Value> = it.variants.iter().map(|row| variant(it, row)).collect();
    let options: Vec<Value> = it
        .options
        .iter()
        .map(|option| {
            let values: Vec<&str> = option
                .values
                .iter()
                .map(|(_, name)| name.as_str())
                .collect();
            json!({"id": number(&option.id), "name": option.name, "values": values})
        })
        .collect();
    json!({
        "admin_graphql_api_id": it.id,
        "id": number(&it.id),
        "title": it.title,
        "body_html": it.description_html,
        "vendor": it.vendor,
        "product_type": it.product_type,
        "handle": it.handle,
        "status": it.status.to_lowercase(),
        "tags": it.tags.join(", "),
        "updated_at": it.updated_at,
        "variants": variants,
        "options": options,
    })
}

fn variant(product: &Product, it: &Variant) -> Value {
    json!({
        "admin_graphql_api_id": it.id,
        "id": number(&it.id),
        "product_id": number(&product.id),
        "sku": it.sku,
        "price": it.price,
        "compare_at_price": it.compare_at_price,
        "barcode": it.barcode,
        "inventory_item_id": number(&it.inventory_item_id),
        "inventory_quantity": it.levels.values().sum::<i64>(),
    })
}

pub fn level(item: &str, location: &str, available: i64, at: Stamp) -> Value {
    let (item, location) = (number(item), number(location));
    json!({
        "inventory_item_id": item,
        "location_id": location,
        "available": available,
        "updated_at": at.text(),
        "admin_graphql_api_id":
            format!("gid://shopify/InventoryLevel/{location}?inventory_item_id={item}"),
    })
}

pub fn order(shop: &Shop, it: &Order) -> Value {
    let lines: Vec<Value> = it
        .lines
        .iter()
        .map(|line| {
            json!({
                "admin_graphql_api_id": line.id,
                "id": number(&line.id),
                "sku": line.sku,
                "title": line.title,
                "quantity": line.quantity,
                "price": line.price,
                "product_id": line.product_id.as_deref().map(number),
            })
        })
        .collect();
    let fulfilment = match it.fulfilment_status() {
        "FULFILLED" => json!("fulfilled"),
        "PARTIALLY_FULFILLED" => json!("partial"),
        _ => Value::Null,
    };
    json!({
        "admin_graphql_api_id": it.id,
        "id": number(&it.id),
        "name": it.name,
        "created_at": it.created_at,
        "updated_at": it.updated_at,
        "cancelled_at": it.cancelled_at,
        "currency": shop.currency,
        "total_price": it.total(),
        "financial_status": it.financial_status.to_lowercase(),
        "fulfillment_status": fulfilment,
        "line_items": lines,
    })
}

pub fn shop(it: &Shop) -> Value {
    json!({
        "id": 1,
        "name": it.name,
        "domain": it.domain,
        "myshopify_domain": it.domain,
        "currency": it.currency,
    })
}
