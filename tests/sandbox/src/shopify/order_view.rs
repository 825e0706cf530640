//! What can be selected from an order and from what was sent of it.

use super::maybe;
use super::order::{Bought, FulfilmentOrder, Line, Order, Sent};
use super::shop::Shop;
use crate::graphql::{Field, Item, Object, connection, leaf, list, nullable, object};
use serde_json::Value;

/// What can be selected from an order.
pub fn order(shop: &Shop, order: &Order) -> Object {
    object(
        "Order",
        [
            ("id", leaf(order.id.clone())),
            ("name", leaf(order.name.clone())),
            ("createdAt", leaf(order.created_at.clone())),
            ("updatedAt", leaf(order.updated_at.clone())),
            ("cancelledAt", maybe(order.cancelled_at.clone())),
            ("currencyCode", leaf(shop.currency.clone())),
            (
                "displayFinancialStatus",
                leaf(order.financial_status.clone()),
            ),
            ("displayFulfillmentStatus", leaf(order.fulfilment_status())),
            ("totalPriceSet", money(order.total())),
            (
                "lineItems",
                connection(order.lines.iter().map(|line| bought(order, line))),
            ),
            (
                "fulfillmentOrders",
                connection(order.fulfilment_orders.iter().map(part)),
            ),
            ("fulfillments", fulfilments(order.sent.clone())),
        ],
    )
}

/// A list, not a connection: cut by its argument.
fn fulfilments(sent: Vec<Sent>) -> Field {
    Field::With(Box::new(move |arguments| {
        let first = arguments.get("first").and_then(Value::as_u64);
        let first = first.map_or(usize::MAX, |first| first as usize);
        let taken = sent.iter().take(first).map(fulfilment);
        Ok(Item::List(taken.map(Item::Object).collect()))
    }))
}

fn money(amount: String) -> Field {
    let money = object("MoneyV2", [("amount", leaf(amount))]);
    nullable(Some(object(
        "MoneyBag",
        [("shopMoney", nullable(Some(money)))],
    )))
}

fn bought(order: &Order, line: &Bought) -> Object {
    let product = line.product_id.as_ref();
    let product = product.map(|id| object("Product", [("id", leaf(id.clone()))]));
    let is_void = order.cancelled_at.is_some();
    let current = if is_void { 0 } else { line.quantity };
    object(
        "LineItem",
        [
            ("id", leaf(line.id.clone())),
            ("sku", leaf(line.sku.clone())),
            ("title", leaf(line.title.clone())),
            ("quantity", leaf(line.quantity)),
            ("currentQuantity", leaf(current)),
            (
                "unfulfilledQuantity",
                leaf(order.remaining(&line.sku).min(current)),
            ),
            ("originalUnitPriceSet", money(line.price.clone())),
            ("product", nullable(product)),
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
