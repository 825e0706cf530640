//! `fulfillmentCreate`.

use super::order::FulfilmentOrder;
use super::order_view::fulfilment;
use super::shop::{Sent, Shop};
use super::{UserError, refused, user_errors};
use crate::graphql::{Arguments, Object, nullable, object};
use crate::stamp::Stamp;
use serde_json::Value;

pub fn create(shop: &mut Shop, arguments: &Arguments, at: Stamp) -> Object {
    match accept(shop, &Value::Object(arguments.clone())["fulfillment"], at) {
        Ok(sent) => object(
            "FulfillmentCreatePayload",
            [
                ("fulfillment", nullable(Some(fulfilment(&sent)))),
                ("userErrors", user_errors(Vec::new())),
            ],
        ),
        Err(error) => refused("FulfillmentCreatePayload", &["fulfillment"], vec![error]),
    }
}

fn accept(shop: &mut Shop, input: &Value, at: Stamp) -> Result<Sent, UserError> {
    let refuse = |message: &str| UserError::plain("fulfillment", message);
    let parts = input["lineItemsByFulfillmentOrder"].as_array();
    let parts = parts.ok_or_else(|| refuse("no fulfillment orders are given"))?;
    let wanted: Vec<&str> = parts
        .iter()
        .filter_map(|part| part["fulfillmentOrderId"].as_str())
        .collect();
    let id = shop.id("Fulfillment");
    let order = shop
        .orders
        .iter()
        .find(|order| {
            order
                .fulfilment_orders
                .iter()
                .any(|part| wanted.contains(&part.id.as_str()))
        })
        .ok_or_else(|| refuse("Fulfillment order does not exist."))?;
    let mut after = order.fulfilment_orders.clone();
    let mut lines = Vec::new();
    let mut locations: Vec<String> = Vec::new();
    for part in parts {
        let target = after
            .iter_mut()
            .find(|it| part["fulfillmentOrderId"] == it.id.as_str());
        let target = target.ok_or_else(|| refuse("Fulfillment order does not exist."))?;
        locations.push(target.location_id.clone());
        lines.extend(take(target, &part["fulfillmentOrderLineItems"])?);
    }
    locations.dedup();
    if locations.len() > 1 {
        return Err(refuse(
            "All fulfillment orders must be assigned to one location.",
        ));
    }
    let sent = Sent {
        id,
        status: "SUCCESS".to_owned(),
        tracking: input["trackingInfo"].clone(),
        notify_customer: input["notifyCustomer"].as_bool().unwrap_or(false),
        lines,
    };
    let order_id = order.id.clone();
    let changed = shop.change_order(&order_id, at, |order| {
        order.fulfilment_orders = after;
        order.sent.push(sent.clone());
    });
    changed.map_err(|reason| refuse(&reason))?;
    Ok(sent)
}

fn take(part: &mut FulfilmentOrder, lines: &Value) -> Result<Vec<(String, i64)>, UserError> {
    let refuse = |message: String| UserError::plain("fulfillment", message);
    if !matches!(part.status.as_str(), "OPEN" | "IN_PROGRESS") {
        let message = format!(
            "Fulfillment order {} has an unfulfillable status= {}",
            part.id, part.status
        );
        return Err(refuse(message.to_lowercase()));
    }
    let all: Vec<(String, i64)> = part
        .lines
        .iter()
        .map(|it| (it.id.clone(), it.remaining))
        .collect();
    let wanted = match lines.as_array() {
        Some(lines) => lines
            .iter()
            .map(|line| {
                let id = line["id"].as_str().unwrap_or_default();
                (id.to_owned(), line["quantity"].as_i64().unwrap_or(0))
            })
            .collect(),
        None => all,
    };
    let mut taken = Vec::new();
    for (id, quantity) in wanted {
        let line = part.lines.iter_mut().find(|line| line.id == id);
        let line = line.ok_or_else(|| refuse(format!("line item {id} does not exist")))?;
        if quantity < 1 || quantity > line.remaining {
            return Err(refuse(
                "Invalid fulfillment order line item quantity requested.".to_owned(),
            ));
        }
        line.remaining -= quantity;
        taken.push((line.sku.clone(), quantity));
    }
    let closed = part.lines.iter().all(|line| line.remaining == 0);
    part.status = if closed { "CLOSED" } else { "IN_PROGRESS" }.to_owned();
    Ok(taken)
}
