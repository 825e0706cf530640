//! Orders, from draft to parcel.

use super::order_body::{self, LineItem};
use super::page::Asked;
use super::refusal::{Answer, invalid, not_found};
use super::shop::Shop;
use super::time;
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::{Value, json};

/// The most orders that a page has.
const PAGE: usize = 10;

const NEVER: &str = "1970-01-01 00:00:00+00:00";

/// An order, as the vendor shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    pub id: String,
    address_to: Value,
    pub line_items: Vec<LineItem>,
    metadata: Value,
    total_price: i64,
    total_shipping: i64,
    total_tax: i64,
    pub status: String,
    shipping_method: i64,
    is_printify_express: bool,
    is_economy_shipping: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shipments: Vec<Value>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_to_production_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fulfilled_at: Option<String>,
    printify_connect: Value,
    /// How often it was paid for.
    #[serde(skip)]
    charges: u32,
}

/// Where an order comes from, and what is known of it.
pub struct Draft {
    pub order_type: &'static str,
    pub external_id: Value,
    pub label: Value,
    pub lines: Vec<LineItem>,
    pub shipping_method: i64,
    pub address_to: Value,
}

impl Order {
    pub fn new(id: String, draft: Draft, at: Stamp) -> Self {
        let sum = |of: fn(&LineItem) -> i64| draft.lines.iter().map(of).sum();
        Self {
            total_price: sum(LineItem::retail),
            total_shipping: sum(|line| line.shipping_cost),
            total_tax: 0,
            metadata: json!({
                "order_type": draft.order_type, "shop_order_id": draft.external_id,
                "shop_order_label": draft.label, "shop_fulfilled_at": NEVER,
            }),
            address_to: draft.address_to,
            line_items: draft.lines,
            status: "on-hold".to_owned(),
            is_economy_shipping: draft.shipping_method == 4,
            is_printify_express: draft.shipping_method == 3,
            shipping_method: draft.shipping_method,
            shipments: Vec::new(),
            created_at: time(at),
            sent_to_production_at: None,
            fulfilled_at: None,
            printify_connect: json!({"url": format!("https://example.com/{id}"), "id": id}),
            charges: 0,
            id,
        }
    }

    /// With what the vendor does not show.
    pub fn dump(&self) -> Value {
        let mut view = json!(self);
        view["charges"] = json!(self.charges);
        view
    }

    fn has(&self, sku: &str) -> bool {
        self.line_items.iter().any(|it| it.sku() == Some(sku))
    }

    fn set_status(&mut self, status: &str) {
        self.status = status.to_owned();
        for line in &mut self.line_items {
            line.status = status.to_owned();
        }
    }
}

/// What a request to a shop's orders needs beside the shop.
pub struct Around<'a> {
    pub query: &'a [(String, String)],
    pub body: &'a Value,
    pub at: Stamp,
    pub outbox: &'a mut Outbox,
    /// For what is new.
    pub id: String,
}

/// Answers `/v1/shops/{shop}/orders…`.
pub fn answer(shop: &mut Shop, method: &str, path: &[&str], around: Around<'_>) -> Answer {
    match (method, path) {
        ("GET", ["orders.json"]) => Ok(list(shop, around.query)),
        ("POST", ["orders.json"]) => {
            let draft = order_body::draft(shop, around.body)?;
            let id = around.id.clone();
            place(
                shop,
                Order::new(around.id, draft, around.at),
                around.at,
                around.outbox,
            );
            Ok(json!({ "id": id }))
        }
        ("POST", ["orders", "shipping.json"]) => order_body::shipping(shop, around.body),
        ("GET", ["orders", last]) => {
            let id = last.strip_suffix(".json").ok_or_else(not_found)?;
            Ok(json!(shop.order(id)?))
        }
        ("POST", ["orders", id, "send_to_production.json"]) => {
            let order = shop.order(id)?;
            let waits = ["pending", "on-hold", "payment-not-received"];
            if !waits.contains(&order.status.as_str()) {
                let reason = format!(
                    "Order can not be sent to production in status {}",
                    order.status
                );
                return Err(invalid(8509, reason));
            }
            send_to_production(shop, id, around.at, around.outbox);
            Ok(json!(shop.order(id)?))
        }
        ("POST", ["orders", id, "cancel.json"]) => {
            let order = shop.order(id)?;
            if !["on-hold", "payment-not-received"].contains(&order.status.as_str()) {
                let reason = format!("Order can not be canceled in status {}", order.status);
                return Err(invalid(8510, reason));
            }
            progress(shop, id, "canceled", around.at, around.outbox);
            Ok(json!(shop.order(id)?))
        }
        _ => Err(not_found()),
    }
}

fn list(shop: &Shop, query: &[(String, String)]) -> Value {
    let given = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let rows: Vec<Value> = shop
        .orders
        .iter()
        .rev()
        .filter(|it| given("status").is_none_or(|status| it.status == *status))
        .filter(|it| given("sku").is_none_or(|sku| it.has(sku)))
        .map(|it| json!(it))
        .collect();
    Asked::read(query, PAGE).of(&rows)
}

/// Takes an order in. The same `external_id` is taken twice: the vendor does not say that it refuses it.
pub fn place(shop: &mut Shop, order: Order, at: Stamp, outbox: &mut Outbox) {
    let id = json!(order.id);
    shop.orders.push(order);
    let data = json!({"shop_id": shop.id});
    shop.emit("order:created", &id, data, at, outbox);
}

fn send_to_production(shop: &mut Shop, id: &str, at: Stamp, outbox: &mut Outbox) {
    if let Ok(order) = shop.order(id) {
        order.charges += 1;
        order.sent_to_production_at = Some(time(at));
        for line in &mut order.line_items {
            line.sent_to_production_at = Some(time(at));
        }
    }
    let data = json!({"shop_id": shop.id});
    shop.emit("order:sent-to-production", &json!(id), data, at, outbox);
    progress(shop, id, "sending-to-production", at, outbox);
}

/// An order gets another status.
pub fn progress(shop: &mut Shop, id: &str, status: &str, at: Stamp, outbox: &mut Outbox) {
    if let Ok(order) = shop.order(id) {
        order.set_status(status);
        if status == "fulfilled" {
            order.fulfilled_at = Some(time(at));
            order.metadata["shop_fulfilled_at"] = json!(time(at));
            for line in &mut order.line_items {
                line.fulfilled_at = Some(time(at));
            }
        }
    }
    let data = json!({"shop_id": shop.id, "status": status});
    shop.emit("order:updated", &json!(id), data, at, outbox);
}

/// The parcel of an order is sent.
pub fn ship(
    shop: &mut Shop,
    id: &str,
    carrier: &str,
    number: &str,
    at: Stamp,
    outbox: &mut Outbox,
) -> Result<(), String> {
    let url = format!("https://example.com/track/{number}");
    let order = shop
        .order(id)
        .map_err(|_| format!("there is no order {id}"))?;
    let skus: Vec<String> = order
        .line_items
        .iter()
        .filter_map(|it| it.sku().map(str::to_owned))
        .collect();
    order
        .shipments
        .push(json!({"carrier": carrier, "number": number, "url": url, "delivered_at": null}));
    let data = json!({"shop_id": shop.id, "shipped_at": time(at), "skus": skus,
        "carrier": {"code": carrier, "tracking_number": number, "tracking_url": url}});
    shop.emit("order:shipment:created", &json!(id), data, at, outbox);
    progress(shop, id, "fulfilled", at, outbox);
    Ok(())
}

/// The parcels of an order arrive.
pub fn deliver(shop: &mut Shop, id: &str, at: Stamp, outbox: &mut Outbox) -> Result<(), String> {
    let order = shop
        .order(id)
        .map_err(|_| format!("there is no order {id}"))?;
    let skus: Vec<String> = order
        .line_items
        .iter()
        .filter_map(|it| it.sku().map(str::to_owned))
        .collect();
    let mut sent = Vec::new();
    for parcel in &mut order.shipments {
        parcel["delivered_at"] = json!(time(at));
        sent.push(
            json!({"code": parcel["carrier"], "tracking_number": parcel["number"],
            "tracking_url": parcel["url"]}),
        );
    }
    for carrier in sent {
        let data =
            json!({"shop_id": shop.id, "delivered_at": time(at), "carrier": carrier, "skus": skus});
        shop.emit("order:shipment:delivered", &json!(id), data, at, outbox);
    }
    Ok(())
}
