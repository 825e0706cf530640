//! `order=created_at.desc.nullslast,id`.

use super::{Column, Kind, Resource, shortened};
use crate::error::{Error, Result};

/// Most columns of an order.
const MAX_COLUMNS: usize = 10;

/// One column of an order.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) column: &'static Column,
    pub(super) descending: bool,
    pub(super) nulls_first: Option<bool>,
}

/// Reads the value of `order`.
///
/// # Errors
/// 400 naming the column, or `order` when it is malformed.
pub(super) fn parse(resource: &'static Resource, text: &str) -> Result<Vec<Order>> {
    let orders = text
        .split(',')
        .map(|term| one(resource, term.trim()))
        .collect::<Result<Vec<_>>>()?;
    if orders.len() > MAX_COLUMNS {
        return Err(Error::field(
            "order",
            format!("takes {MAX_COLUMNS} columns at most"),
        ));
    }
    Ok(orders)
}

fn one(resource: &'static Resource, term: &str) -> Result<Order> {
    let mut parts = term.split('.').peekable();
    let column = resource.known(parts.next().unwrap_or_default())?;
    if matches!(column.kind, Kind::Json | Kind::TextArray) {
        return Err(Error::field(column.name, "has no order"));
    }
    let descending = parts.next_if(|part| ["asc", "desc"].contains(part)) == Some("desc");
    let nulls_first = parts
        .next_if(|part| ["nullsfirst", "nullslast"].contains(part))
        .map(|part| part == "nullsfirst");
    match parts.next() {
        None => Ok(Order {
            column,
            descending,
            nulls_first,
        }),
        Some(_) => Err(Error::field(
            "order",
            format!(
                "takes column[.asc|.desc][.nullsfirst|.nullslast], not \"{}\"",
                shortened(term)
            ),
        )),
    }
}

/// Adds the id, in the last column's direction (as the indexes have it), so that pages never overlap.
pub(super) fn with_tie_breaker(resource: &'static Resource, mut order: Vec<Order>) -> Vec<Order> {
    if let Some(id) = resource.column("id")
        && order.iter().all(|order| order.column.name != id.name)
    {
        order.push(Order {
            column: id,
            descending: order.last().is_some_and(|last| last.descending),
            nulls_first: None,
        });
    }
    order
}
