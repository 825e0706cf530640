//! What tests and people may tell the account to do.

use super::order::{self, Draft, Order};
use super::order_body::LineItem;
use super::shop::Shop;
use super::{Printify, SHOP, WEBHOOK_SECRET, event, publication, route};
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// Does `what`, in the shop of `body.shop_id` or in that of the ready store.
pub fn obey(
    account: &mut Printify,
    what: &str,
    body: &Value,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<Value, String> {
    match what {
        "limits" => {
            account.limits.set(body);
            return Ok(json!({}));
        }
        "shops" => return Ok(add_shop(account, body)),
        _ => {}
    }
    let new = account.id(at);
    let shop = body["shop_id"].as_u64().unwrap_or(SHOP);
    let shop = account
        .shops
        .get_mut(&shop)
        .ok_or_else(|| format!("there is no shop {shop}"))?;
    match what {
        "orders" => add_order(shop, new, body, at, outbox),
        "webhooks" => {
            let address = text(body, "address")?;
            let secret = body["secret"].as_str().unwrap_or(WEBHOOK_SECRET);
            for (index, topic) in event::topics().enumerate() {
                shop.register(
                    format!("{index:08x}{}", &new[8..]),
                    topic,
                    address,
                    Some(secret),
                );
            }
            Ok(json!({"registered": event::topics().count()}))
        }
        "uninstall" => {
            route::disconnect(shop, at, outbox);
            Ok(json!({}))
        }
        "sales" => Err("Printify makes to order: it has no stock that could fall".to_owned()),
        "publish" => {
            let id = text(body, "id")?;
            shop.product(id)
                .map_err(|_| format!("there is no product {id}"))?;
            let action = body["action"].as_str().unwrap_or("create");
            publication::begin(shop, id, action, &Value::Null, at, outbox);
            Ok(json!({"id": id}))
        }
        "delete_product" => {
            publication::remove(shop, text(body, "id")?, at, outbox);
            Ok(json!({}))
        }
        "availability" => set_availability(shop, body),
        _ => of_order(shop, what, body, at, outbox),
    }
}

fn of_order(
    shop: &mut Shop,
    what: &str,
    body: &Value,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<Value, String> {
    let status = match what {
        "produce" => "in-production",
        "cancel" => "canceled",
        "issue" => "had-issues",
        "unpaid" => "payment-not-received",
        "ship" | "deliver" => "",
        _ => return Err(format!("the fake Printify can't be told to do `{what}`")),
    };
    let id = text(body, "id")?;
    shop.order(id)
        .map_err(|_| format!("there is no order {id}"))?;
    match what {
        "ship" => {
            let carrier = body["carrier"].as_str().unwrap_or("usps");
            let number = body["number"].as_str().unwrap_or("94001116990045395649372");
            order::ship(shop, id, carrier, number, at, outbox)?;
        }
        "deliver" => order::deliver(shop, id, at, outbox)?,
        _ => order::progress(shop, id, status, at, outbox),
    }
    Ok(json!({"id": id}))
}

fn text<'b>(body: &'b Value, name: &str) -> Result<&'b str, String> {
    body[name]
        .as_str()
        .ok_or_else(|| format!("`{name}` is missing"))
}

fn add_shop(account: &mut Printify, body: &Value) -> Value {
    let id = account
        .shops
        .keys()
        .next_back()
        .map_or(SHOP, |last| last + 1);
    let title = body["title"].as_str().unwrap_or("Another");
    let channel = body["sales_channel"].as_str().unwrap_or(super::shop::OURS);
    account.shops.insert(id, Shop::new(id, title, channel));
    json!({ "id": id })
}

/// A customer of the sales channel orders.
fn add_order(
    shop: &mut Shop,
    id: String,
    body: &Value,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<Value, String> {
    let wanted = body["lines"].as_array().ok_or("`lines` is missing")?;
    let mut lines = Vec::new();
    for line in wanted {
        let sku = text(line, "sku")?;
        let quantity = line["quantity"].as_i64().unwrap_or(1);
        let sold = shop
            .sold_as(sku)
            .ok_or_else(|| format!("the shop sells no `{sku}`"))?;
        lines.push(LineItem::of(sold.0, sold.1, quantity));
    }
    let number = 1_370_762_297 + u64::try_from(shop.orders.len()).unwrap_or(0);
    let draft = Draft {
        order_type: "external",
        external_id: json!(number),
        label: json!(number.to_string()),
        lines,
        shipping_method: 1,
        address_to: json!({"first_name": "John", "last_name": "Smith", "region": "", "address1": "ExampleBaan 121",
            "city": "Retie", "zip": "2470", "email": "example@msn.com", "phone": "0574 69 21 90", "country": "BE",
            "company": "MSN"}),
    };
    order::place(shop, Order::new(id.clone(), draft, at), at, outbox);
    Ok(json!({ "id": id }))
}

fn set_availability(shop: &mut Shop, body: &Value) -> Result<Value, String> {
    let sku = text(body, "sku")?;
    let is_available = body["available"].as_bool().unwrap_or(false);
    let products = shop.products.iter_mut();
    let variants = products
        .flat_map(|it| &mut it.variants)
        .filter(|it| it.sku == sku);
    let changed = variants.map(|it| it.is_available = is_available).count();
    match changed {
        0 => Err(format!("the shop sells no `{sku}`")),
        _ => Ok(json!({"changed": changed})),
    }
}
