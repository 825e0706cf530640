//! Reads orders: a page, or one.

use super::answer;
use super::call::{Call, currency};
use super::list_products::page;
use super::order::{Order, status};
use super::pager::Page;
use super::search::is_oldest_first;
use super::time;
use common::platform::{ExternalOrder, OrderStatus, Outcome, PlatformError, Step};
use common::ports::HttpResponse;
use serde_json::json;

/// The most orders that a page has.
pub const PAGE: u32 = 10;

/// The vendor filters by no time. An order that was placed this long before the time that is asked for is not
/// expected to have changed since; with a list that begins with the newest the reading ends there.
const SETTLED_S: i64 = 60 * 24 * 60 * 60;

pub fn begin(call: Call<'_>, cursor: Option<&str>, limit: u32) -> Result<Step, PlatformError> {
    let path = format!(
        "orders.json?limit={}&page={}",
        limit.clamp(1, PAGE),
        page(cursor)?
    );
    Ok(call.get(&call.in_shop(&path)?, &())?.step())
}

pub fn resume(
    call: Call<'_>,
    since: Option<&str>,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let since = match since {
        None => None,
        Some(text) => {
            let moment = time::moment(text);
            let wrong = || PlatformError::rejected_field("since", "is not a time of RFC 3339");
            Some(moment.ok_or_else(wrong)?.seconds)
        }
    };
    let page: Page<Order> = answer::read(response)?;
    let settled = match since {
        Some(since) => is_settled(&page.data, since - SETTLED_S)?,
        None => false,
    };
    let next_cursor = page
        .next()
        .filter(|_| !settled)
        .map(|page| page.to_string());
    let mut orders = Vec::new();
    for order in page.data {
        if may_have_changed(&order, since)? {
            orders.push(order.external(currency(call.store))?);
        }
    }
    Ok(done(orders, next_cursor))
}

/// Whether all of a page that goes from new to old was placed before `time`.
fn is_settled(orders: &[Order], time: i64) -> Result<bool, PlatformError> {
    for order in orders {
        if order.created()?.seconds >= time {
            return Ok(false);
        }
    }
    Ok(orders.len() > 1 && !is_oldest_first(orders))
}

/// The vendor gives no time of a change: only what is at its end can be told not to have changed.
fn may_have_changed(order: &Order, since: Option<i64>) -> Result<bool, PlatformError> {
    let Some(since) = since else {
        return Ok(true);
    };
    let is_final = status(&order.status) == OrderStatus::Fulfilled;
    Ok(!is_final || order.changed()?.seconds >= since)
}

pub fn begin_one(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    Ok(call.get(&call.order(id, "")?, &())?.step())
}

pub fn resume_one(call: Call<'_>, response: &HttpResponse) -> Result<Step, PlatformError> {
    let order: Option<Order> = answer::found(response)?;
    let orders: Result<Vec<ExternalOrder>, PlatformError> = order
        .into_iter()
        .map(|order| order.external(currency(call.store)))
        .collect();
    Ok(done(orders?, None))
}

fn done(orders: Vec<ExternalOrder>, next_cursor: Option<String>) -> Step {
    Step::done(Outcome {
        result: json!({"orders": orders.len(), "next_cursor": next_cursor}),
        orders,
        next_cursor,
        ..Outcome::default()
    })
}
