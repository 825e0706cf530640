//! Reads receipts.

use super::PAGE;
use super::answer::{content, found};
use super::call::{Call, number};
use super::model::Page;
use super::receipt::Receipt;
use super::time;
use crate::wire::recall;
use common::platform::{ExternalOrder, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde_json::{Value, json};

/// Asks for a page, the latest changes first: a receipt that changes while the pages are read comes to the
/// front, so none is missed that has not changed, and the changed one is there the next time.
pub fn begin(
    call: Call<'_>,
    since: Option<&str>,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Step, PlatformError> {
    let offset: u64 = match cursor {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| PlatformError::rejected_field("cursor", "is not one that we gave"))?,
    };
    let (limit, start) = (limit.clamp(1, PAGE).to_string(), offset.to_string());
    let mut query = vec![
        ("sort_on", "updated"),
        ("sort_order", "desc"),
        ("limit", limit.as_str()),
        ("offset", start.as_str()),
    ];
    let since = since.map(|text| {
        time::seconds(text)
            .map(|seconds| seconds.to_string())
            .ok_or_else(|| PlatformError::rejected_field("since", "is no RFC 3339 time"))
    });
    let since = since.transpose()?;
    query.extend(since.as_deref().map(|text| ("min_last_modified", text)));
    Ok(call.get(&call.shop("/receipts")?, &query, &offset)?.step())
}

pub fn resume(state: State, response: &HttpResponse) -> Result<Step, PlatformError> {
    let offset: u64 = recall(state)?;
    let page: Page<Receipt> = content(response)?;
    let next = offset + page.results.len() as u64;
    let more = !page.results.is_empty() && next < page.count;
    let orders: Result<Vec<ExternalOrder>, _> =
        page.results.into_iter().map(Receipt::external).collect();
    let (orders, next_cursor) = (orders?, more.then(|| next.to_string()));
    Ok(Step::done(Outcome {
        result: json!({"orders": orders.len(), "next_cursor": next_cursor}),
        orders,
        next_cursor,
        ..Outcome::default()
    }))
}

/// Asks for one. What is no number is no receipt of Etsy's.
pub fn begin_one(call: Call<'_>, external_order_id: &str) -> Result<Step, PlatformError> {
    match number(&Value::from(external_order_id)) {
        Some(id) => {
            let path = call.shop(&format!("/receipts/{id}"))?;
            Ok(call.get(&path, &[], &())?.step())
        }
        None => Ok(done(None)),
    }
}

pub fn resume_one(response: &HttpResponse) -> Result<Step, PlatformError> {
    let receipt: Option<Receipt> = found(response)?;
    Ok(done(receipt.map(Receipt::external).transpose()?))
}

fn done(order: Option<ExternalOrder>) -> Step {
    Step::done(Outcome {
        result: json!({"found": order.is_some()}),
        orders: order.into_iter().collect(),
        ..Outcome::default()
    })
}
