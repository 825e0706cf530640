//! What the fake Shopify can be told, each with `"token"` for another shop than that of the ready store:
//!
//! | `what` | body | |
//! |---|---|---|
//! | `orders` | `{"lines": [{"sku", "quantity"}]}` | a customer orders and pays; answers `{"id"}` |
//! | `order` | `{"id", "financial_status"?, "cancel"?}` | an order is paid back, cancelled … |
//! | `sales` | `{"sku", "quantity"}` | stock falls as by a sale |
//! | `merchant` | `{"product_id", …}` | the merchant adds something to a product, see [`super::merchant`] |
//! | `product` | `{"handle"}` | the merchant makes a product of the same kind as ours; answers it |
//! | `bucket` | `{"maximum"?, "restore_rate"?, "available"?}` | another plan; the bucket's level |
//! | `webhooks` | `{"address"}` | every topic is subscribed to for the address |
//! | `rotate_secret` | `{"secret"}` | the app gets a new secret; the old one signs for an hour yet |
//! | `uninstall` | `{}` | the app is removed: `app/uninstalled`, and no token works any more |

use super::merchant;
use super::resource;
use super::shop::{Bucket, Shop};
use super::token::TOKEN;
use super::vendor::Shopify;
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Topics that the fake tells of.
const TOPICS: [&str; 7] = [
    "APP_UNINSTALLED",
    "INVENTORY_LEVELS_UPDATE",
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "PRODUCTS_CREATE",
    "PRODUCTS_DELETE",
    "PRODUCTS_UPDATE",
];

#[derive(Deserialize)]
struct NewOrder {
    lines: Vec<NewLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLine {
    sku: String,
    quantity: i64,
}

#[derive(Deserialize)]
struct OrderChange {
    id: String,
    financial_status: Option<String>,
    #[serde(default)]
    cancel: bool,
}

#[derive(Deserialize)]
struct Sale {
    sku: String,
    quantity: i64,
}

#[derive(Deserialize)]
struct Address {
    address: String,
}

#[derive(Deserialize)]
struct NewProduct {
    handle: String,
}

#[derive(Deserialize)]
struct Rotation {
    secret: String,
}

#[derive(Deserialize)]
struct Level {
    maximum: Option<f64>,
    restore_rate: Option<f64>,
    available: Option<f64>,
}

pub fn run(
    shopify: &mut Shopify,
    what: &str,
    body: &Value,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<Value, String> {
    let token = body["token"].as_str().unwrap_or(TOKEN).to_owned();
    let answer = match what {
        "rotate_secret" => {
            let rotation: Rotation = read(body)?;
            shopify.tokens.rotate_secret(&rotation.secret, at);
            json!({"rotated": true})
        }
        "uninstall" => uninstall(shopify, &token, at),
        _ => in_shop(shopify, &token, what, body, at)?,
    };
    shopify.post_events(&token, at, outbox);
    if what == "uninstall" {
        shopify.shop(&token, at).subscriptions.clear();
    }
    Ok(answer)
}

fn uninstall(shopify: &mut Shopify, token: &str, at: Stamp) -> Value {
    let shop = shopify.shop(token, at);
    let body = resource::shop(shop);
    shop.tell("app/uninstalled", body);
    shopify.tokens.close(token);
    json!({"uninstalled": true})
}

fn in_shop(
    shopify: &mut Shopify,
    token: &str,
    what: &str,
    body: &Value,
    at: Stamp,
) -> Result<Value, String> {
    let shop = shopify.shop(token, at);
    match what {
        "orders" => order(shop, read(body)?, at),
        "order" => change(shop, read(body)?, at),
        "sales" => {
            let sale: Sale = read(body)?;
            shop.sell(&sale.sku, sale.quantity, at);
            Ok(json!({"sold": sale.quantity}))
        }
        "product" => {
            let new: NewProduct = read(body)?;
            Ok(merchant::make(shop, &new.handle, at))
        }
        "merchant" => merchant::add(shop, &read(body)?, at),
        "bucket" => Ok(refill(shop, &read(body)?, at)),
        "webhooks" => {
            let to: Address = read(body)?;
            for topic in TOPICS {
                shop.subscribe(topic, &to.address);
            }
            Ok(json!({"subscribed": TOPICS}))
        }
        other => Err(format!("the fake Shopify can't be told `{other}`")),
    }
}

fn order(shop: &mut Shop, order: NewOrder, at: Stamp) -> Result<Value, String> {
    let lines = order.lines.iter();
    let lines: Vec<(&str, i64)> = lines.map(|it| (it.sku.as_str(), it.quantity)).collect();
    Ok(json!({"id": shop.add_order(&lines, at)}))
}

fn change(shop: &mut Shop, change: OrderChange, at: Stamp) -> Result<Value, String> {
    shop.change_order(&change.id, at, |order| {
        if let Some(status) = change.financial_status {
            order.financial_status = status;
        }
        if change.cancel {
            order.cancelled_at = Some(at.text());
            for part in &mut order.fulfilment_orders {
                part.status = "CANCELLED".to_owned();
            }
        }
    })?;
    Ok(json!({"changed": change.id}))
}

fn refill(shop: &mut Shop, level: &Level, at: Stamp) -> Value {
    let has = shop.bucket;
    let mut bucket = Bucket::new(
        level.maximum.unwrap_or(has.maximum),
        level.restore_rate.unwrap_or(has.restore_rate),
    );
    bucket.seconds = at.seconds;
    bucket.available = level.available.unwrap_or(bucket.maximum);
    shop.bucket = bucket;
    bucket.status()
}

fn read<T: DeserializeOwned>(body: &Value) -> Result<T, String> {
    T::deserialize(body).map_err(|error| error.to_string())
}
