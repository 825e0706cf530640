//! Orders, what is to be sent of them and what was.

use super::maybe;
use super::shop::Shop;
use crate::graphql::{Field, Object, connection, leaf, list, nullable, object};
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Debug, Serialize)]
pub struct Order {
    pub id: String,
    pub name: String,
    pub cancelled_at: Option<String>,
    pub fulfilment_orders: Vec<FulfilmentOrder>,
    pub sent: Vec<Sent>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FulfilmentOrder {
    pub id: String,
    pub status: String,
    pub location_id: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub id: String,
    pub sku: String,
    pub total: i64,
    pub remaining: i64,
}

/// A fulfilment.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    pub id: String,
    pub status: String,
    pub tracking: Value,
    pub notify_customer: bool,
    /// SKU and quantity.
    pub lines: Vec<(String, i64)>,
}

impl Shop {
    /// Adds an open order, to be sent from the last location; gives its id.
    pub fn add_order(&mut self, lines: &[(&str, i64)]) -> String {
        let lines: Vec<Line> = lines
            .iter()
            .map(|(sku, quantity)| Line {
                id: self.id("FulfillmentOrderLineItem"),
                sku: (*sku).to_owned(),
                total: *quantity,
                remaining: *quantity,
            })
            .collect();
        let location = self.locations.last();
        let part = FulfilmentOrder {
            location_id: location.map_or_else(String::new, |it| it.id.clone()),
            id: self.id("FulfillmentOrder"),
            status: "OPEN".to_owned(),
            lines,
        };
        let order = Order {
            id: self.id("Order"),
            name: format!("#{}", 1001 + self.orders.len()),
            cancelled_at: None,
            fulfilment_orders: vec![part],
            sent: Vec::new(),
        };
        let id = order.id.clone();
        self.orders.push(order);
        id
    }
}

/// What can be selected from an order.
pub fn view(order: &Order) -> Object {
    let sent = order.sent.clone();
    object(
        "Order",
        [
            ("id", leaf(order.id.clone())),
            ("name", leaf(order.name.clone())),
            ("cancelledAt", maybe(order.cancelled_at.clone())),
            (
                "fulfillmentOrders",
                connection(order.fulfilment_orders.iter().map(part)),
            ),
            (
                "fulfillments",
                Field::With(Box::new(move |arguments| {
                    let first = arguments.get("first").and_then(Value::as_u64);
                    let first = first.map_or(usize::MAX, |first| first as usize);
                    let taken = sent.iter().take(first).map(fulfilment);
                    Ok(crate::graphql::Item::List(
                        taken.map(crate::graphql::Item::Object).collect(),
                    ))
                })),
            ),
        ],
    )
}

fn part(part: &FulfilmentOrder) -> Object {
    let open = matches!(part.status.as_str(), "OPEN" | "IN_PROGRESS");
    let actions = open.then(|| object("Action", [("action", leaf("CREATE_FULFILLMENT"))]));
    let location = object("Location", [("id", leaf(part.location_id.clone()))]);
    object(
        "FulfillmentOrder",
        [
            ("id", leaf(part.id.clone())),
            ("status", leaf(part.status.clone())),
            (
                "assignedLocation",
                nullable(Some(object(
                    "FulfillmentOrderAssignedLocation",
                    [("location", nullable(Some(location)))],
                ))),
            ),
            ("supportedActions", list(actions)),
            ("lineItems", connection(part.lines.iter().map(line))),
        ],
    )
}

fn line(line: &Line) -> Object {
    object(
        "FulfillmentOrderLineItem",
        [
            ("id", leaf(line.id.clone())),
            ("sku", leaf(line.sku.clone())),
            ("totalQuantity", leaf(line.total)),
            ("remainingQuantity", leaf(line.remaining)),
        ],
    )
}

/// What can be selected from a fulfilment.
pub fn fulfilment(sent: &Sent) -> Object {
    let tracking = (!sent.tracking.is_null()).then(|| {
        let field = |name: &'static str| (name, leaf(sent.tracking[name].clone()));
        object(
            "FulfillmentTrackingInfo",
            [field("company"), field("number"), field("url")],
        )
    });
    let lines = sent.lines.iter().map(|(sku, quantity)| {
        let item = object("LineItem", [("sku", leaf(sku.clone()))]);
        object(
            "FulfillmentLineItem",
            [
                ("id", leaf(sku.clone())),
                ("quantity", leaf(*quantity)),
                ("lineItem", nullable(Some(item))),
            ],
        )
    });
    object(
        "Fulfillment",
        [
            ("id", leaf(sent.id.clone())),
            ("status", leaf(sent.status.clone())),
            ("trackingInfo", list(tracking)),
            ("fulfillmentLineItems", connection(lines)),
        ],
    )
}
