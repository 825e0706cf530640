//! Reports that an order was sent, never twice.
//!
//! `fulfillmentCreate` takes no idempotency key, so the order itself has to tell what an earlier
//! attempt did. Everything that is open: a repeat finds nothing open. A part: the tracking number
//! marks it, and what the shop already has under that number is taken off what is asked for.

use super::answer::{Id, UserError, accept, data};
use super::call::Call;
use super::documents::{FULFIL, READ_ORDER, READ_SHIPMENTS};
use super::order::{Order, shipped_under};
use crate::wire::recall;
use common::platform::{OrderFulfilment, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is to be sent, by SKU; `None` is everything that is open.
pub type Wanted = Option<BTreeMap<String, i64>>;

/// One shipment to be reported: all of it lies at one location.
#[derive(Serialize, Deserialize)]
pub struct Shipment {
    /// Fulfilment order, and its lines with quantities.
    pub parts: Vec<(String, Vec<(String, i64)>)>,
}

#[derive(Serialize, Deserialize)]
enum Phase {
    Shipments,
    Order {
        wanted: Wanted,
    },
    Fulfil {
        left: Vec<Shipment>,
        made: Vec<String>,
    },
}

pub fn begin(call: Call<'_>, order: &OrderFulfilment) -> Result<Step, PlatformError> {
    let id = order_id(order);
    if order.lines.is_empty() {
        return call.graphql(
            READ_ORDER,
            &json!({"id": id}),
            &Phase::Order { wanted: None },
        );
    }
    tracking_number(order)?;
    call.graphql(READ_SHIPMENTS, &json!({"id": id}), &Phase::Shipments)
}

pub fn resume(
    call: Call<'_>,
    order: &OrderFulfilment,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Shipments => {
            let done = shipped_under(tracking_number(order)?, response)?;
            let wanted = Some(still_wanted(order, done));
            let id = order_id(order);
            call.graphql(READ_ORDER, &json!({"id": id}), &Phase::Order { wanted })
        }
        Phase::Order { wanted } => {
            let mut left = Order::read(response)?.shipments(wanted)?;
            left.reverse();
            ship(call, order, left, Vec::new())
        }
        Phase::Fulfil { left, mut made } => {
            made.push(fulfilled(response)?);
            ship(call, order, left, made)
        }
    }
}

fn tracking_number(order: &OrderFulfilment) -> Result<&str, PlatformError> {
    order
        .tracking
        .as_ref()
        .and_then(|tracking| tracking.number.as_deref())
        .filter(|number| !number.is_empty())
        .ok_or_else(|| {
            PlatformError::rejected_field(
                "tracking.number",
                "is needed when only some lines are sent: a repeat is recognised by it",
            )
        })
}

fn order_id(order: &OrderFulfilment) -> String {
    let id = &order.external_order_id;
    if id.starts_with("gid://") {
        id.clone()
    } else {
        format!("gid://shopify/Order/{id}")
    }
}

fn still_wanted(order: &OrderFulfilment, done: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut wanted = BTreeMap::new();
    for line in &order.lines {
        *wanted.entry(line.sku.clone()).or_insert(0) += line.quantity;
    }
    for (sku, quantity) in done {
        if let Some(left) = wanted.get_mut(&sku) {
            *left -= quantity;
        }
    }
    wanted.retain(|_, left| *left > 0);
    wanted
}

/// Reports the last of `left`, or ends.
fn ship(
    call: Call<'_>,
    order: &OrderFulfilment,
    mut left: Vec<Shipment>,
    made: Vec<String>,
) -> Result<Step, PlatformError> {
    let Some(shipment) = left.pop() else {
        return Ok(Step::done(Outcome {
            result: json!({
                "order_id": order_id(order),
                "fulfilments": made,
                "was_fulfilled": made.is_empty(),
            }),
            ..Outcome::default()
        }));
    };
    let parts: Vec<Value> = shipment
        .parts
        .iter()
        .map(|(id, lines)| {
            let lines: Vec<Value> = lines
                .iter()
                .map(|(id, quantity)| json!({"id": id, "quantity": quantity}))
                .collect();
            json!({"fulfillmentOrderId": id, "fulfillmentOrderLineItems": lines})
        })
        .collect();
    let mut fulfilment = Map::new();
    fulfilment.insert("lineItemsByFulfillmentOrder".to_owned(), json!(parts));
    fulfilment.insert("notifyCustomer".to_owned(), json!(order.notify_customer));
    if let Some(tracking) = &order.tracking {
        let fields = [
            ("company", &tracking.company),
            ("number", &tracking.number),
            ("url", &tracking.url),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
        fulfilment.insert("trackingInfo".to_owned(), Value::Object(given.collect()));
    }
    call.graphql(
        FULFIL,
        &json!({"fulfillment": fulfilment}),
        &Phase::Fulfil { left, made },
    )
}

fn fulfilled(response: &HttpResponse) -> Result<String, PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        fulfillment_create: Payload,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        fulfillment: Option<Id>,
        user_errors: Vec<UserError>,
    }
    let payload = data::<Answer>(response)?.fulfillment_create;
    accept(&payload.user_errors)?;
    payload.fulfillment.map(|it| it.id).ok_or_else(|| {
        PlatformError::protocol("`data.fulfillmentCreate.fulfillment` is null without errors")
    })
}
