//! Confirms a shipment, never twice.
//!
//! `confirmShipment` takes no idempotency key, but each package of an order has a number of the seller's: ours
//! comes from the job, so the order itself tells whether an earlier attempt was heard.

use super::answer::{accept, found};
use super::call::{Ask, Call};
use super::carrier;
use super::limits;
use super::order::{self, Order, Status};
use crate::wire::{percent_encode, recall};
use common::platform::{OrderFulfilment, OrderLine, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const DATA: &str = "FULFILLMENT,PACKAGES";

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading the order.
    Look,
    /// Telling of the package.
    Confirm { package: String },
}

#[derive(Deserialize)]
struct One {
    order: Order,
}

pub fn begin(call: Call<'_>, asked: &OrderFulfilment) -> Result<Step, PlatformError> {
    tracking(asked)?;
    call.send(order::get(&asked.external_order_id, DATA), &Phase::Look)
}

pub fn resume(
    call: Call<'_>,
    asked: &OrderFulfilment,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Look => {
            let one = found::<One>(response)?.ok_or_else(|| {
                PlatformError::rejected_field(
                    "external_order_id",
                    "Amazon has no order of this number in this seller's account",
                )
            })?;
            look(call, asked, &one.order)
        }
        Phase::Confirm { package } => {
            accept(response)?;
            Ok(done(asked, Some(&package)))
        }
    }
}

struct Parcel<'a> {
    company: &'a str,
    number: &'a str,
}

/// Amazon's model asks for both.
fn tracking(asked: &OrderFulfilment) -> Result<Parcel<'_>, PlatformError> {
    let given = asked.tracking.as_ref();
    let missing = |field: &str, what: &str| {
        PlatformError::rejected_field(
            format!("tracking.{field}"),
            format!("is missing: Amazon confirms a shipment only with {what}"),
        )
    };
    let company = given.and_then(|it| it.company.as_deref()).map(str::trim);
    let number = given.and_then(|it| it.number.as_deref()).map(str::trim);
    Ok(Parcel {
        company: company
            .filter(|it| !it.is_empty())
            .ok_or_else(|| missing("company", "the carrier's name"))?,
        number: number
            .filter(|it| !it.is_empty())
            .ok_or_else(|| missing("number", "the carrier's number"))?,
    })
}

fn look(call: Call<'_>, asked: &OrderFulfilment, order: &Order) -> Result<Step, PlatformError> {
    let parcel = tracking(asked)?;
    let package = package_number(call, asked);
    let is_told = order.packages.iter().any(|it| {
        it.package_reference_id == package || it.tracking_number.as_deref() == Some(parcel.number)
    });
    if is_told {
        return Ok(done(asked, None));
    }
    if order.is_sent_by_amazon() {
        return Err(PlatformError::rejected(
            "Amazon itself sends this order (FBA): there is nothing to confirm",
        ));
    }
    match order.status() {
        Status::Unshipped | Status::PartiallyShipped => {}
        Status::Shipped if asked.lines.is_empty() => return Ok(done(asked, None)),
        Status::Shipped => {
            return Err(PlatformError::rejected("all of the order was sent already"));
        }
        Status::Pending | Status::PendingAvailability => {
            return Err(PlatformError::rejected(
                "the order is not paid yet: Amazon says when it may be sent",
            ));
        }
        Status::Cancelled | Status::Unfulfillable => {
            return Err(PlatformError::rejected("the order was cancelled"));
        }
    }
    let items = items(order, &asked.lines)?;
    let body = body(call, order, &parcel, &package, &items)?;
    let path = format!(
        "/orders/v0/orders/{}/shipmentConfirmation",
        percent_encode(&asked.external_order_id)
    );
    let ask = Ask::write(Method::POST, limits::CONFIRM_SHIPMENT, path).json(&body);
    call.send(ask, &Phase::Confirm { package })
}

/// The seller's number of the package: a positive number, the same for every attempt of the job.
fn package_number(call: Call<'_>, asked: &OrderFulfilment) -> String {
    let key = call
        .operation
        .write_key("package", &json!(asked.external_order_id));
    let digits: String = key
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(12)
        .collect();
    let number = u64::from_str_radix(&digits, 16).unwrap_or(0);
    (1 + number % 999_999_999).to_string()
}

/// The lines of the package: what was asked for, or all that is open.
fn items(order: &Order, lines: &[OrderLine]) -> Result<Vec<Value>, PlatformError> {
    let mut left: Vec<(&str, Option<&str>, i64)> = order
        .order_items
        .iter()
        .map(|line| (line.order_item_id.as_str(), line.sku(), line.open()))
        .collect();
    let mut items = Vec::new();
    if lines.is_empty() {
        let open = left.iter().filter(|(_, _, open)| *open > 0);
        items.extend(open.map(|(id, _, open)| json!({"orderItemId": id, "quantity": open})));
    }
    for line in lines {
        let mut wanted = line.quantity;
        for (id, sku, open) in &mut left {
            let taken = wanted.min(*open);
            if *sku == Some(line.sku.as_str()) && taken > 0 {
                items.push(json!({"orderItemId": id, "quantity": taken}));
                *open -= taken;
                wanted -= taken;
            }
        }
        if wanted > 0 {
            return Err(PlatformError::rejected_field(
                "lines",
                format!(
                    "{wanted} of {} `{}` are not open in this order",
                    line.quantity, line.sku
                ),
            ));
        }
    }
    match items.is_empty() {
        true => Err(PlatformError::rejected("nothing of the order is open")),
        false => Ok(items),
    }
}

fn body(
    call: Call<'_>,
    order: &Order,
    parcel: &Parcel<'_>,
    package: &str,
    items: &[Value],
) -> Result<Value, PlatformError> {
    let (code, name) = carrier::code(parcel.company);
    let mut detail = Map::new();
    detail.insert("packageReferenceId".to_owned(), json!(package));
    detail.insert("carrierCode".to_owned(), json!(code));
    if let Some(name) = name {
        detail.insert("carrierName".to_owned(), json!(name));
    }
    detail.insert("trackingNumber".to_owned(), json!(parcel.number));
    // When it was asked for is when somebody said that it was sent. The order's own last change is the latest
    // time that is known otherwise, and the same in a repeat.
    let sent_at = call.operation.asked_at.as_deref();
    let sent_at = sent_at.unwrap_or_else(|| order.updated_at());
    detail.insert("shipDate".to_owned(), json!(sent_at));
    detail.insert("orderItems".to_owned(), json!(items));
    let market = match order.market_id() {
        Some(market) => market,
        None => call.market_id()?,
    };
    Ok(json!({"marketplaceId": market, "packageDetail": detail}))
}

fn done(asked: &OrderFulfilment, package: Option<&str>) -> Step {
    Step::done(Outcome {
        result: json!({
            "order_id": asked.external_order_id,
            "package": package,
            "was_fulfilled": package.is_none(),
        }),
        ..Outcome::default()
    })
}
