//! PostgREST's query language: from a query string to one SQL statement and its bound values.
//!
//! `?status=eq.pending&or=(attempts.gt.3,error.not.is.null)&order=created_at.desc.nullslast&limit=20&select=id,type`
//!
//! - A parameter that is a column filters by it: `column=[not.]operator.value`. Operators: `eq neq gt gte lt lte`,
//!   `like ilike` (`*` or `%` for any characters, `_` for one, `\` before one that means itself), `in.(a,"b,c")`,
//!   `is` (`null not_null true false unknown`), and for arrays `cs cd ov` with `{a,b}`. All filters must hold.
//! - `or=(…)`, `and=(…)`, `not.or=(…)`, `not.and=(…)` combine `column.operator.value`, and nest.
//! - `order=column[.asc|.desc][.nullsfirst|.nullslast],…`, `limit` (1 to 200, 20 if not given), `offset`,
//!   `select=column,…`. Rows that the order leaves equal are ordered by id.
//!
//! What is asked for decides the statement's shape; names come from the [`Resource`] and values are bound, so
//! that nothing of the caller's text is ever part of a statement (`statement`'s tests hold it to that).

mod array;
mod condition;
mod cursor;
mod order;
pub(crate) mod parameters;
mod statement;
mod value;

use crate::error::{Error, Result};
use condition::{Condition, Filter};
use order::Order;

/// Rows of a page when `limit` is not given.
const DEFAULT_LIMIT: u32 = 20;
/// Most rows of a page.
const MAX_LIMIT: u32 = 200;
/// Most rows that can be passed over.
const MAX_OFFSET: u32 = 1_000_000;

/// What a list can be filtered, ordered and projected by.
#[derive(Debug)]
pub struct Resource {
    /// The view that holds its rows, with its schema.
    pub view: &'static str,
    /// Its columns, in the order of the JSON object.
    pub columns: &'static [Column],
    /// The order when none is asked for, as the parameter `order` has it.
    pub default_order: &'static str,
}

/// A column of a view.
#[derive(Debug)]
pub struct Column {
    /// Its name in the view, in the query string and in JSON.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether it comes from a table that the view joins.
    joined: bool,
}

impl Column {
    /// A column of `kind`.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            joined: false,
        }
    }

    /// A column of `kind` from a table that the view joins. A resource that has such columns has a second view,
    /// named as its view with `_rows` added, of the others only: rows are counted there when no filter
    /// needs a joined column. (Postgres before 18 drops an unused join from the plan, but does not count
    /// in an index alone then: 20,000 rows took 16 ms, and 4 ms without the join.)
    pub const fn joined(name: &'static str, kind: Kind) -> Self {
        Self {
            joined: true,
            ..Self::new(name, kind)
        }
    }
}

/// What a column's values are: decides which operators it takes and how a value is read and bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `text`.
    Text,
    /// `uuid`.
    Uuid,
    /// Any whole number.
    Int,
    /// `boolean`.
    Bool,
    /// `timestamptz`; takes RFC 3339, or a date for its midnight UTC.
    Time,
    /// An amount as decimal text (`12.50`), compared as a number.
    Money,
    /// Structured; can be selected, and filtered by `is` only.
    Json,
    /// `text[]`.
    TextArray,
}

impl Resource {
    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of that name, or the 400 that lists what there is.
    fn known(&self, name: &str) -> Result<&Column> {
        self.column(name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
            Error::field(
                shortened(name),
                format!("is no column here; there are: {}", names.join(", ")),
            )
        })
    }
}

/// The caller's text, as far as an error message repeats it.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A query string that was understood.
#[derive(Debug)]
pub struct Query {
    resource: &'static Resource,
    select: Vec<&'static Column>,
    conditions: Vec<Condition>,
    values: Vec<String>,
    order: Vec<Order>,
    limit: u32,
    offset: u32,
}

impl Query {
    /// Reads `query`, the part of an address after `?`, as a query of `resource`.
    ///
    /// # Errors
    /// 400 naming the parameter or column and what it takes.
    pub fn parse(resource: &'static Resource, query: &str) -> Result<Self> {
        let mut filter = Filter::new(resource);
        let (mut select, mut order, mut limit, mut offset) = (None, None, None, None);
        for (name, value) in parameters::decode(query)? {
            match name.as_str() {
                "select" => once("select", &mut select, columns(resource, &value)?)?,
                "order" => once("order", &mut order, order::parse(resource, &value)?)?,
                "limit" => once("limit", &mut limit, number("limit", &value, 1, MAX_LIMIT)?)?,
                "offset" => {
                    let rows = number("offset", &value, 0, MAX_OFFSET)?;
                    once("offset", &mut offset, rows)?;
                }
                "or" | "and" | "not.or" | "not.and" => filter.group(&name, &value)?,
                column => filter.column(column, &value)?,
            }
        }
        let order = match order {
            Some(order) => order,
            None => order::parse(resource, resource.default_order)?,
        };
        let (conditions, values) = filter.finish();
        Ok(Self {
            resource,
            select: select.unwrap_or_else(|| resource.columns.iter().collect()),
            conditions,
            values,
            order: order::with_tie_breaker(resource, order),
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            offset: offset.unwrap_or(0),
        })
    }
}

/// Sets what may be given once.
fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::field(name, "is given twice; give it once")),
    }
}

fn number(name: &str, text: &str, min: u32, max: u32) -> Result<u32> {
    text.parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| Error::field(name, format!("takes a whole number from {min} to {max}")))
}

/// The columns of `select`; `*` stands for all.
fn columns(resource: &'static Resource, text: &str) -> Result<Vec<&'static Column>> {
    let mut columns: Vec<&Column> = Vec::new();
    for name in text.split(',').map(str::trim) {
        let named = match name {
            "*" => resource.columns,
            "" => {
                return Err(Error::field(
                    "select",
                    "takes column names, separated by commas",
                ));
            }
            name => std::slice::from_ref(resource.known(name)?),
        };
        for column in named {
            if columns.iter().any(|known| known.name == column.name) {
                return Err(Error::field(
                    "select",
                    format!("names {} twice", column.name),
                ));
            }
            columns.push(column);
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests;
