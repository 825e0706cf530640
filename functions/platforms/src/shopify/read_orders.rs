//! Reads orders, one page or one of them, with all their lines.
//!
//! A page names the first lines of each order; an order that has more is read to its end on its own.

mod picture;

use super::answer::{Connection, PageInfo, data};
use super::call::Call;
use super::documents::{GET_ORDER, LIST_ORDERS};
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use picture::Order;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Orders a page: more would cost over the 1,000 points that one query may.
const PAGE: u32 = 10;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Asked for a page.
    List,
    /// Asked for one order.
    Get,
    /// Asked for more lines of `unread`'s last order.
    Lines(Reading),
}

/// Orders on their way.
#[derive(Default, Serialize, Deserialize)]
struct Reading {
    complete: Vec<Order>,
    /// In reverse.
    unread: Vec<Order>,
    next_cursor: Option<String>,
}

pub fn list(
    call: Call<'_>,
    since: Option<&str>,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Step, PlatformError> {
    let query = since.map(changed_since).transpose()?;
    let first = limit.clamp(1, PAGE);
    let variables = json!({"first": first, "after": cursor, "query": query});
    call.graphql(LIST_ORDERS, &variables, &Phase::List)
}

/// A search in Shopify's syntax. The time is quoted, and has none but a time's characters.
fn changed_since(time: &str) -> Result<String, PlatformError> {
    let is_time = !time.is_empty()
        && time
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"TZtz:.+-".contains(&byte));
    if is_time {
        Ok(format!("updated_at:>='{time}'"))
    } else {
        Err(PlatformError::rejected_field(
            "since",
            "has to be a time such as 2026-11-23T05:00:00Z",
        ))
    }
}

pub fn get(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    let id = match id.starts_with("gid://") {
        true => id.to_owned(),
        false => format!("gid://shopify/Order/{id}"),
    };
    ask(call, &id, None, &Phase::Get)
}

fn ask(
    call: Call<'_>,
    id: &str,
    after: Option<&str>,
    phase: &Phase,
) -> Result<Step, PlatformError> {
    call.graphql(GET_ORDER, &json!({"id": id, "after": after}), phase)
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::List => {
            let page = data::<List>(response)?.orders;
            let next_cursor = page.page_info.next()?;
            go_on(
                call,
                Reading {
                    complete: Vec::new(),
                    unread: page.nodes.into_iter().rev().collect(),
                    next_cursor,
                },
            )
        }
        Phase::Get => go_on(
            call,
            Reading {
                unread: data::<One>(response)?.order.into_iter().collect(),
                ..Reading::default()
            },
        ),
        Phase::Lines(mut reading) => {
            let more = data::<One>(response)?.order;
            match (reading.unread.last_mut(), more) {
                (Some(order), Some(more)) => order.add(more),
                // Deleted while it was read.
                _ => drop(reading.unread.pop()),
            }
            go_on(call, reading)
        }
    }
}

#[derive(Deserialize)]
struct List {
    orders: Connection<Order>,
}

#[derive(Deserialize)]
struct One {
    order: Option<Order>,
}

/// Asks for the lines that are missing, or ends.
fn go_on(call: Call<'_>, mut reading: Reading) -> Result<Step, PlatformError> {
    while let Some(order) = reading.unread.pop() {
        match order.lines_after()? {
            None => reading.complete.push(order),
            Some(cursor) => {
                let id = order.id.clone();
                reading.unread.push(order);
                return ask(call, &id, Some(&cursor), &Phase::Lines(reading));
            }
        }
    }
    let orders: Vec<_> = reading.complete.into_iter().map(Order::external).collect();
    Ok(Step::done(Outcome {
        result: json!({"orders": orders.len(), "next_cursor": reading.next_cursor}),
        orders,
        next_cursor: reading.next_cursor,
        ..Outcome::default()
    }))
}

impl Order {
    /// Where its lines go on.
    fn lines_after(&self) -> Result<Option<String>, PlatformError> {
        let info: &PageInfo = &self.line_items.page_info;
        info.next()
    }
}
