//! Reads orders. A search is allowed once in three minutes, a single order every two seconds: notifications
//! come first, searches are the net below them.

use super::answer::{content, found};
use super::call::{Ask, Call};
use super::limits;
use super::order::{self, DATA, ORDERS, Order};
use common::platform::{ExternalOrder, Outcome, PlatformError, Step};
use common::ports::HttpResponse;
use serde::Deserialize;
use serde_json::json;

/// The most orders that a search gives.
pub const PAGE: u32 = 100;

/// Where reading begins when nobody says since when: orders older than this are no business of ours.
const BEGINNING: &str = "2024-01-01T00:00:00Z";

#[derive(Deserialize)]
struct Page {
    orders: Vec<Order>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct One {
    order: Order,
}

/// Begins a page. The token of a further page is good for the same question only, so the cursor has both.
pub fn list(
    call: Call<'_>,
    since: Option<&str>,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Step, PlatformError> {
    let (since, token) = match cursor {
        Some(cursor) => {
            let (since, token) = cursor.split_once('|').ok_or_else(|| {
                PlatformError::rejected_field("cursor", "is not one that an earlier page gave")
            })?;
            (since, Some(token))
        }
        None => (since.unwrap_or(BEGINNING), None),
    };
    let mut ask = Ask::get(limits::SEARCH_ORDERS, ORDERS)
        .query("lastUpdatedAfter", since)
        .query("marketplaceIds", call.market_id()?)
        .query("maxResultsPerPage", limit.clamp(1, PAGE).to_string())
        .query("includedData", DATA);
    if let Some(token) = token {
        ask = ask.query("paginationToken", token);
    }
    call.send(ask, &since)
}

pub fn listed(call: Call<'_>, since: &str, response: &HttpResponse) -> Result<Step, PlatformError> {
    let page: Page = content(response)?;
    let token = page.pagination.and_then(|it| it.next_token);
    let next_cursor = token
        .filter(|token| !token.is_empty())
        .map(|token| format!("{since}|{token}"));
    let currency = order::currency(call);
    let orders: Vec<ExternalOrder> = page
        .orders
        .into_iter()
        .map(|order| order.external(currency))
        .collect();
    Ok(Step::done(Outcome {
        result: json!({"orders": orders.len(), "next_cursor": next_cursor}),
        orders,
        next_cursor,
        ..Outcome::default()
    }))
}

pub fn get(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    call.send(order::get(id, DATA), &())
}

pub fn got(call: Call<'_>, response: &HttpResponse) -> Result<Step, PlatformError> {
    let currency = order::currency(call);
    let one = found::<One>(response)?;
    let orders: Vec<ExternalOrder> = one
        .into_iter()
        .map(|one| one.order.external(currency))
        .collect();
    Ok(Step::done(Outcome {
        result: json!({"orders": orders.len()}),
        orders,
        ..Outcome::default()
    }))
}
