//! Has an order made and sent: Printify is the fulfiller.
//!
//! An order that Printify has is sent to production. Another channel's is made first, under that channel's id,
//! unless an earlier attempt made it: the vendor takes the same `external_id` twice, so it is looked for. Sending
//! to production costs money and is told by the order's status, so that a repeat does not pay twice.

use super::answer;
use super::call::Call;
use super::list_orders::PAGE;
use super::order::Order;
use super::pager::Page;
use super::search::{Look, Search};
use super::settings::Settings;
use crate::wire::{self, recall};
use common::platform::{OrderFulfilment, Outcome, PlatformError, Recipient, State, Step};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading an order that Printify has.
    Read,
    /// Looking for what an earlier attempt made.
    Search(Search),
    /// Made.
    Create,
    /// Sent to production.
    Send { id: String, created: bool },
}

/// Ids of the vendor are 24 hexadecimal digits, which no other channel's are.
fn is_own(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub fn begin(call: Call<'_>, order: &OrderFulfilment) -> Result<Step, PlatformError> {
    let id = &order.external_order_id;
    if is_own(id) {
        return Ok(call.get(&call.order(id, "")?, &Phase::Read)?.step());
    }
    recipient(order)?;
    search(call, order, Search::begin())
}

pub fn resume(
    call: Call<'_>,
    order: &OrderFulfilment,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Read => {
            let found: Option<Order> = answer::found(response)?;
            let found = found.ok_or_else(|| {
                PlatformError::rejected_field("external_order_id", "the shop has no such order")
            })?;
            is_whole(order, &found)?;
            produce(call, order, &found)
        }
        Phase::Search(at) => {
            let page: Page<Order> = answer::read(response)?;
            let id = Some(order.external_order_id.as_str());
            match at.look(page, |found: &Order| found.of_channel().as_deref() == id) {
                Look::Found(found) => produce(call, order, &found),
                Look::Further(next) => search(call, order, next),
                Look::Nothing => create(call, order),
            }
        }
        Phase::Create => {
            #[derive(Deserialize)]
            struct Created {
                id: String,
            }
            let Created { id } = answer::read::<Created>(response).map_err(of_recipient)?;
            send(call, &id, true)
        }
        Phase::Send { id, created } => {
            answer::accept(response)?;
            Ok(finish(order, &id, created, true))
        }
    }
}

fn recipient(order: &OrderFulfilment) -> Result<&Recipient, PlatformError> {
    if order.lines.is_empty() {
        return Err(PlatformError::rejected_field(
            "lines",
            "are needed for an order that Printify does not have yet",
        ));
    }
    order.recipient.as_ref().ok_or_else(|| {
        PlatformError::rejected_field(
            "recipient",
            "is needed for an order that Printify does not have yet",
        )
    })
}

/// One of the SKUs narrows the list to the orders that have it.
fn search(call: Call<'_>, order: &OrderFulfilment, at: Search) -> Result<Step, PlatformError> {
    let sku = order.lines.first().map(|line| line.sku.as_str());
    let query = wire::form([
        ("limit", PAGE.to_string().as_str()),
        ("page", at.page.to_string().as_str()),
        ("sku", sku.unwrap_or_default()),
    ]);
    let path = call.in_shop(&format!("orders.json?{query}"))?;
    Ok(call.get(&path, &Phase::Search(at))?.step())
}

/// Printify makes orders as a whole.
fn is_whole(order: &OrderFulfilment, found: &Order) -> Result<(), PlatformError> {
    if order.lines.is_empty() {
        return Ok(());
    }
    let mut left: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &found.line_items {
        *left.entry(line.sku().unwrap_or_default()).or_default() += line.quantity;
    }
    for line in &order.lines {
        *left.entry(line.sku.as_str()).or_default() -= line.quantity;
    }
    match left.into_iter().find(|(_, left)| *left != 0) {
        None => Ok(()),
        Some((sku, _)) => Err(PlatformError::rejected_field(
            format!("lines.{sku}"),
            "Printify makes orders as a whole: ask for all lines or name none",
        )),
    }
}

fn create(call: Call<'_>, order: &OrderFulfilment) -> Result<Step, PlatformError> {
    let settings = Settings::new(&Value::Null, call.store);
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| json!({"sku": line.sku, "quantity": line.quantity}))
        .collect();
    let body = json!({
        "external_id": order.external_order_id,
        "label": order.external_order_id,
        "line_items": lines,
        "shipping_method": settings.number("shipping_method")?.unwrap_or(1),
        "send_shipping_notification": order.notify_customer,
        "address_to": address(recipient(order)?),
    });
    let path = call.in_shop("orders.json")?;
    Ok(call
        .send(Method::POST, &path, &body, &Phase::Create)?
        .step())
}

fn address(to: &Recipient) -> Value {
    let mut fields = Map::new();
    let given = [
        ("first_name", Some(&to.first_name)),
        ("last_name", Some(&to.last_name)),
        ("email", to.email.as_ref()),
        ("phone", to.phone.as_ref()),
        ("country", Some(&to.country)),
        ("address1", Some(&to.address1)),
        ("address2", to.address2.as_ref()),
        ("city", Some(&to.city)),
        ("zip", Some(&to.zip)),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    // Required even where a country has none.
    fields.insert(
        "region".to_owned(),
        json!(to.region.as_deref().unwrap_or_default()),
    );
    Value::Object(fields)
}

/// The vendor names the fields of an address without saying that it is one.
fn of_recipient(error: PlatformError) -> PlatformError {
    const FIELDS: [&str; 10] = [
        "first_name",
        "last_name",
        "email",
        "phone",
        "country",
        "region",
        "address1",
        "address2",
        "city",
        "zip",
    ];
    match error {
        PlatformError::Rejected {
            reason,
            field: Some(field),
        } => {
            let name = field.trim_start_matches("address_to.");
            let is_address = FIELDS.contains(&name);
            let field = if is_address {
                format!("recipient.{name}")
            } else {
                field
            };
            PlatformError::rejected_field(field, reason)
        }
        other => other,
    }
}

/// Sends to production what waits for it.
fn produce(call: Call<'_>, order: &OrderFulfilment, found: &Order) -> Result<Step, PlatformError> {
    match found.status.as_str() {
        "pending" | "on-hold" | "payment-not-received" | "cost-calculation" => {
            send(call, &found.id, false)
        }
        "canceled" | "cancelled" => Err(PlatformError::rejected_field(
            "external_order_id",
            "the order was cancelled in Printify",
        )),
        "had-issues" | "has-issues" => Err(PlatformError::rejected_field(
            "external_order_id",
            "Printify has an issue with the order: settle it there",
        )),
        _ => Ok(finish(order, &found.id, false, false)),
    }
}

fn send(call: Call<'_>, id: &str, created: bool) -> Result<Step, PlatformError> {
    let path = call.order(id, "/send_to_production")?;
    let id = id.to_owned();
    let phase = Phase::Send { id, created };
    Ok(call.bare(Method::POST, &path, &phase)?.step())
}

fn finish(order: &OrderFulfilment, id: &str, created: bool, sent: bool) -> Step {
    let mut result = json!({
        "order_id": order.external_order_id,
        "printify_order_id": id,
        "created": created,
        "sent_to_production": sent,
        "was_in_production": !sent,
    });
    if let (Some(_), Some(fields)) = (&order.tracking, result.as_object_mut()) {
        let note = "not passed on: Printify sends the order itself and has its own number";
        fields.insert("tracking".to_owned(), json!(note));
    }
    Step::done(Outcome {
        result,
        ..Outcome::default()
    })
}
