//! Reports that an order was sent, never twice: each report e-mails the buyer.
//!
//! `createReceiptShipment` takes no idempotency key, so the receipt itself tells what an earlier attempt did:
//! a parcel is known by its tracking number, a report without one by the receipt's `is_shipped`. Etsy marks
//! the whole receipt as sent with its first parcel, so a part is refused until all is sent.

use super::answer::{content, found};
use super::call::{Call, number};
use super::carriers;
use super::receipt::Receipt;
use crate::wire::recall;
use common::platform::{OrderFulfilment, OrderStatus, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
enum Phase {
    Read,
    Report,
}

pub fn begin(call: Call<'_>, order: &OrderFulfilment) -> Result<Step, PlatformError> {
    let path = path(call, order)?;
    Ok(call.get(&path, &[], &Phase::Read)?.step())
}

pub fn resume(
    call: Call<'_>,
    order: &OrderFulfilment,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Read => decide(call, order, response),
        Phase::Report => {
            let receipt: Receipt = content(response)?;
            Ok(done(order, &receipt, false))
        }
    }
}

fn path(call: Call<'_>, order: &OrderFulfilment) -> Result<String, PlatformError> {
    let id = number(&Value::from(order.external_order_id.as_str())).ok_or_else(|| {
        PlatformError::rejected_field("external_order_id", "is not the number of a receipt")
    })?;
    call.shop(&format!("/receipts/{id}"))
}

fn decide(
    call: Call<'_>,
    order: &OrderFulfilment,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let receipt: Receipt = found(response)?.ok_or_else(|| {
        PlatformError::rejected_field("external_order_id", "the shop has no such order")
    })?;
    let code = tracking_number(order);
    let reported = match code {
        Some(code) => receipt.shipments.iter().any(|it| {
            let known = it.tracking_code.as_deref().unwrap_or_default();
            same_parcel(known, code)
        }),
        None => receipt.is_shipped,
    };
    if reported {
        return Ok(done(order, &receipt, true));
    }
    let status = receipt.order_status();
    if matches!(status, OrderStatus::Cancelled | OrderStatus::Refunded) {
        return Err(PlatformError::rejected_field(
            "external_order_id",
            format!("order {} is {}", receipt.receipt_id, receipt.status),
        ));
    }
    if !receipt.is_shipped {
        check_lines(order, &receipt)?;
    }
    report(call, order, code)
}

fn report(
    call: Call<'_>,
    order: &OrderFulfilment,
    code: Option<&str>,
) -> Result<Step, PlatformError> {
    let mut fields = Vec::new();
    if let Some(code) = code {
        fields.push(("tracking_code".to_owned(), code.to_owned()));
        fields.push(("carrier_name".to_owned(), carrier(call, order)));
    }
    fields.push(("send_bcc".to_owned(), "false".to_owned()));
    let path = format!("{}/tracking", path(call, order)?);
    Ok(call
        .form(Method::POST, &path, &fields, &Phase::Report)?
        .step())
}

fn tracking_number(order: &OrderFulfilment) -> Option<&str> {
    let number = order.tracking.as_ref()?.number.as_deref()?.trim();
    (!number.is_empty()).then_some(number)
}

/// Numbers are the same whatever their spaces and case: people and APIs write them differently.
fn same_parcel(one: &str, other: &str) -> bool {
    let bare = |text: &str| -> String {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        kept.collect::<String>().to_ascii_lowercase()
    };
    bare(one) == bare(other)
}

/// The carrier as Etsy calls it, by the store's own names first.
fn carrier(call: Call<'_>, order: &OrderFulfilment) -> String {
    let company = order.tracking.as_ref().and_then(|it| it.company.as_deref());
    let company = company.unwrap_or_default().trim();
    let mapped = call.store.config.get("carriers");
    let mapped = mapped.and_then(|map| map.get(company)?.as_str());
    mapped.unwrap_or_else(|| carriers::name(company)).to_owned()
}

/// Whether `order` names all that was bought, when it names anything.
fn check_lines(order: &OrderFulfilment, receipt: &Receipt) -> Result<(), PlatformError> {
    if order.lines.is_empty() {
        return Ok(());
    }
    let mut left: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &receipt.transactions {
        *left
            .entry(line.sku.as_deref().unwrap_or_default())
            .or_default() += line.quantity;
    }
    for line in &order.lines {
        *left.entry(&line.sku).or_default() -= line.quantity;
    }
    match left.into_iter().find(|(_, quantity)| *quantity != 0) {
        None => Ok(()),
        Some((sku, quantity)) if quantity < 0 => Err(PlatformError::rejected_field(
            format!("lines.{sku}"),
            format!(
                "is {} more than order {} has",
                -quantity, receipt.receipt_id
            ),
        )),
        Some((sku, _)) => Err(PlatformError::rejected_field(
            "lines",
            format!(
                "leave out a part (`{sku}`): Etsy marks the whole order as sent with its first parcel. Report it when all is sent"
            ),
        )),
    }
}

fn done(order: &OrderFulfilment, receipt: &Receipt, was_fulfilled: bool) -> Step {
    let parcels = receipt.shipments.iter();
    let parcels: Vec<u64> = parcels.filter_map(|it| it.receipt_shipping_id).collect();
    Step::done(Outcome {
        result: json!({
            "order_id": order.external_order_id,
            "fulfilments": parcels,
            "was_fulfilled": was_fulfilled,
            "buyer_notified": !was_fulfilled,
        }),
        ..Outcome::default()
    })
}
