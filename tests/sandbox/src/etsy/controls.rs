//! What the shop can be told, see the module.

use super::inventory::{Product, PropertyValue};
use super::listing::Listing;
use super::receipts::{Line, Receipt};
use super::reference::SHIPPING_PROFILE;
use super::{Etsy, IMAGE_ID, TAXONOMY_ID, epoch, listing_rules};
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// Does what `what` says.
pub fn control(
    etsy: &mut Etsy,
    what: &str,
    body: &Value,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<Value, String> {
    let number = |name: &str| read_number(body, name);
    match what {
        "orders" => order(etsy, body, at, outbox),
        "sales" => {
            let sku = text(body, "sku")?;
            let quantity = body["quantity"].as_i64().unwrap_or(1);
            let sold = etsy.take(sku, quantity, epoch(at));
            sold.ok_or_else(|| format!("no listing has the SKU {sku}"))?;
            Ok(json!({"sold": quantity}))
        }
        "webhooks" => {
            etsy.endpoint.address = Some(text(body, "address")?.to_owned());
            if let Some(secret) = body["secret"].as_str() {
                etsy.endpoint.secret = secret.to_owned();
            }
            Ok(json!({"address": etsy.endpoint.address}))
        }
        "uninstall" => {
            etsy.tokens.revoke();
            Ok(json!({"revoked": true}))
        }
        "pay" => settle(etsy, number("id")?, "paid", "order.paid", at, outbox),
        "cancel" => settle(
            etsy,
            number("id")?,
            "canceled",
            "order.canceled",
            at,
            outbox,
        ),
        "refund" => settle(
            etsy,
            number("id")?,
            "fully refunded",
            "order.canceled",
            at,
            outbox,
        ),
        "expire" => etsy.expire(number("id")?, epoch(at)),
        "suspend" => etsy.suspend(number("id")?),
        "listings" => list(etsy, body, at),
        "offer" => offer(etsy, body),
        _ => settings(etsy, what, body),
    }
}

fn settings(etsy: &mut Etsy, what: &str, body: &Value) -> Result<Value, String> {
    let size = |name: &str| body[name].as_u64().and_then(|it| usize::try_from(it).ok());
    match what {
        "limits" => {
            etsy.limits.per_second = size("per_second").unwrap_or(etsy.limits.per_second);
            etsy.limits.per_day = size("per_day").unwrap_or(etsy.limits.per_day);
        }
        "strict_rotation" => etsy.tokens.strict = body["on"].as_bool().unwrap_or(true),
        "revoke_refresh_tokens" => etsy.tokens.revoke_refresh(),
        "scopes" => {
            let rows = body["scopes"].as_array().into_iter().flatten();
            let scopes = rows.filter_map(Value::as_str).map(str::to_owned);
            etsy.tokens.allow(scopes.collect());
        }
        "shop" => {
            let set = |name: &str, field: &mut String| {
                if let Some(text) = body[name].as_str() {
                    *field = text.to_owned();
                }
            };
            set("country", &mut etsy.country);
            set("currency", &mut etsy.currency);
        }
        "shipping_profiles" => {
            let rows = body["profiles"].as_object();
            let rows = rows.ok_or("profiles: an object of numbers and whether complete")?;
            etsy.profiles = rows
                .iter()
                .filter_map(|(id, complete)| Some((id.parse().ok()?, complete.as_bool()?)))
                .collect();
        }
        _ => return Err(format!("the Etsy of the sandbox does not know `{what}`")),
    }
    Ok(json!({"done": what}))
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, String> {
    body[name]
        .as_str()
        .ok_or_else(|| format!("{name}: a text is needed"))
}

/// A number, or its digits: orders are named by text elsewhere.
fn read_number(body: &Value, name: &str) -> Result<u64, String> {
    let given = &body[name];
    let number = given.as_u64().or_else(|| given.as_str()?.parse().ok());
    number.ok_or_else(|| format!("{name}: a number is needed"))
}

fn order(etsy: &mut Etsy, body: &Value, at: Stamp, outbox: &mut Outbox) -> Result<Value, String> {
    let now = epoch(at);
    let rows = body["lines"].as_array().ok_or("lines: a list is needed")?;
    let mut lines = Vec::new();
    for row in rows {
        let sku = text(row, "sku")?.to_owned();
        let quantity = row["quantity"].as_i64().unwrap_or(1);
        let sold = etsy.take(&sku, quantity, now);
        let (title, price) = described(etsy, sold, &sku);
        lines.push(Line {
            id: etsy.number(),
            sku,
            title,
            quantity,
            price,
            listing: sold,
        });
    }
    let id = etsy.number();
    let is_paid = body["paid"].as_bool().unwrap_or(true);
    let receipt = Receipt {
        id,
        status: if is_paid { "paid" } else { "open" }.to_owned(),
        country: body["country"].as_str().unwrap_or("DE").to_owned(),
        created: now,
        updated: now,
        lines,
        parcels: Vec::new(),
        shipped: None,
    };
    etsy.receipts.insert(id, receipt);
    if is_paid {
        etsy.notify("order.paid", id, outbox);
    }
    Ok(json!({"id": id.to_string()}))
}

/// Title and price of what was sold, as far as a listing has it.
fn described(etsy: &Etsy, sold: Option<(u64, u64)>, sku: &str) -> (String, i64) {
    let listing = sold.and_then(|(id, _)| etsy.listings.get(&id));
    let title = listing.and_then(|it| it.fields["title"].as_str());
    let products = listing.map(|it| it.inventory.products.iter());
    let price = products.and_then(|mut it| it.find(|product| product.sku == sku));
    (
        title.unwrap_or(sku).to_owned(),
        price.map_or(1999, |product| product.price),
    )
}

fn settle(
    etsy: &mut Etsy,
    id: u64,
    status: &str,
    topic: &str,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<Value, String> {
    let receipt = etsy.receipts.get_mut(&id);
    let receipt = receipt.ok_or_else(|| format!("there is no order {id}"))?;
    receipt.status = status.to_owned();
    receipt.updated = epoch(at).max(receipt.updated + 1);
    etsy.notify(topic, id, outbox);
    Ok(json!({"status": status}))
}

/// Somebody made a listing on Etsy itself.
fn list(etsy: &mut Etsy, body: &Value, at: Stamp) -> Result<Value, String> {
    let (id, product_id, offering_id) = (etsy.number(), etsy.number(), etsy.number());
    let mut listing = Listing::new(id, epoch(at));
    listing.fields = listing_rules::defaults();
    for (name, value) in [
        ("title", json!(text(body, "title")?)),
        ("description", json!("Made on Etsy")),
        ("who_made", json!("i_did")),
        ("when_made", json!("made_to_order")),
        ("is_supply", json!(false)),
        ("taxonomy_id", json!(TAXONOMY_ID)),
        ("shipping_profile_id", json!(SHIPPING_PROFILE)),
    ] {
        listing.fields.insert(name.to_owned(), value);
    }
    listing.state = "active".to_owned();
    listing.images = vec![IMAGE_ID];
    listing.inventory.products = vec![Product {
        product_id,
        offering_id,
        sku: text(body, "sku")?.to_owned(),
        price: body["price"].as_i64().unwrap_or(1999),
        quantity: body["quantity"].as_i64().unwrap_or(1),
        is_enabled: true,
        readiness_state_id: Some(71_000_001),
        values: Vec::new(),
    }];
    etsy.listings.insert(id, listing);
    Ok(json!({"id": id.to_string()}))
}

/// Somebody added a product to a listing on Etsy itself; `values` belong to the listing's properties.
fn offer(etsy: &mut Etsy, body: &Value) -> Result<Value, String> {
    let id = read_number(body, "id")?;
    let (product_id, offering_id) = (etsy.number(), etsy.number());
    let listing = etsy.listings.get(&id);
    let listing = listing.ok_or_else(|| format!("there is no listing {id}"))?;
    let first = listing.inventory.products.first();
    let mut product = first.ok_or("the listing has no product")?.clone();
    product.sku = text(body, "sku")?.to_owned();
    (product.product_id, product.offering_id) = (product_id, offering_id);
    let texts = body["values"].as_array().into_iter().flatten();
    for (value, text) in product.values.iter_mut().zip(texts) {
        *value = PropertyValue {
            value_ids: Vec::new(),
            values: vec![text.as_str().unwrap_or_default().to_owned()],
            ..value.clone()
        };
    }
    etsy.number_values(&mut product);
    let listing = etsy.listings.get_mut(&id);
    let products = listing.map(|it| &mut it.inventory.products);
    products.ok_or("the listing is gone")?.push(product);
    Ok(json!({"product_id": product_id}))
}
