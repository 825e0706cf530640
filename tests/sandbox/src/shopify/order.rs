//! Orders, what is to be sent of them and what was.

use super::resource;
use super::shop::Shop;
use crate::graphql::GraphqlError;
use crate::stamp::Stamp;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Debug, Serialize)]
pub struct Order {
    pub id: String,
    pub name: String,
    pub created_at: String,
    pub updated_at: String,
    pub cancelled_at: Option<String>,
    /// As the API names it: `PAID`.
    pub financial_status: String,
    pub lines: Vec<Bought>,
    pub fulfilment_orders: Vec<FulfilmentOrder>,
    pub sent: Vec<Sent>,
}

/// What a customer bought.
#[derive(Clone, Debug, Serialize)]
pub struct Bought {
    pub id: String,
    pub sku: String,
    pub title: String,
    pub product_id: Option<String>,
    pub quantity: i64,
    /// Of one piece.
    pub price: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct FulfilmentOrder {
    pub id: String,
    pub status: String,
    pub location_id: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub id: String,
    pub sku: String,
    pub total: i64,
    pub remaining: i64,
}

/// A fulfilment.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    pub id: String,
    pub status: String,
    pub tracking: Value,
    pub notify_customer: bool,
    /// SKU and quantity.
    pub lines: Vec<(String, i64)>,
}

impl Shop {
    /// Adds a paid order, to be sent from the last location; gives its id.
    pub fn add_order(&mut self, lines: &[(&str, i64)], at: Stamp) -> String {
        let bought: Vec<Bought> = lines
            .iter()
            .map(|(sku, quantity)| self.bought(sku, *quantity))
            .collect();
        let lines: Vec<Line> = lines
            .iter()
            .map(|(sku, quantity)| Line {
                id: self.id("FulfillmentOrderLineItem"),
                sku: (*sku).to_owned(),
                total: *quantity,
                remaining: *quantity,
            })
            .collect();
        let location = self.locations.last();
        let part = FulfilmentOrder {
            location_id: location.map_or_else(String::new, |it| it.id.clone()),
            id: self.id("FulfillmentOrder"),
            status: "OPEN".to_owned(),
            lines,
        };
        let order = Order {
            id: self.id("Order"),
            name: format!("#{}", 1001 + self.orders.len()),
            created_at: at.text(),
            updated_at: at.text(),
            cancelled_at: None,
            financial_status: "PAID".to_owned(),
            lines: bought,
            fulfilment_orders: vec![part],
            sent: Vec::new(),
        };
        let id = order.id.clone();
        self.tell("orders/create", resource::order(self, &order));
        for line in &order.lines {
            self.sell(&line.sku, line.quantity, at);
        }
        self.orders.push(order);
        id
    }

    fn bought(&mut self, sku: &str, quantity: i64) -> Bought {
        let id = self.id("LineItem");
        let known = self.products.iter().find_map(|product| {
            let mut variants = product.variants.iter();
            let variant = variants.find(|it| it.sku.as_deref() == Some(sku))?;
            Some((product, variant))
        });
        Bought {
            id,
            sku: sku.to_owned(),
            title: known.map_or_else(|| sku.to_owned(), |(product, _)| product.title.clone()),
            product_id: known.map(|(product, _)| product.id.clone()),
            quantity,
            price: known.map_or_else(|| "10.00".to_owned(), |(_, it)| it.price.clone()),
        }
    }

    /// Changes the order called `id` and tells of it.
    pub fn change_order(
        &mut self,
        id: &str,
        at: Stamp,
        change: impl FnOnce(&mut Order),
    ) -> Result<(), String> {
        let order = self.orders.iter_mut().find(|order| order.id == id);
        let order = order.ok_or_else(|| format!("there is no order {id}"))?;
        change(order);
        order.updated_at = at.text();
        let order = order.clone();
        self.tell("orders/updated", resource::order(self, &order));
        Ok(())
    }
}

impl Order {
    /// How much of it was sent, as the API names it.
    pub fn fulfilment_status(&self) -> &'static str {
        let lines = || self.fulfilment_orders.iter().flat_map(|part| &part.lines);
        if lines().all(|line| line.remaining == 0) {
            "FULFILLED"
        } else if lines().any(|line| line.remaining < line.total) {
            "PARTIALLY_FULFILLED"
        } else {
            "UNFULFILLED"
        }
    }

    /// The sum of its lines.
    pub fn total(&self) -> String {
        let cents = |price: &str| {
            let (whole, rest) = price.split_once('.').unwrap_or((price, ""));
            let digits: String = format!("{whole}{rest:0<2}");
            digits.parse::<i64>().unwrap_or(0)
        };
        let sum: i64 = self
            .lines
            .iter()
            .map(|line| cents(&line.price) * line.quantity)
            .sum();
        format!("{}.{:02}", sum / 100, sum % 100)
    }

    /// How many pieces of `sku` are still to be sent.
    pub fn remaining(&self, sku: &str) -> i64 {
        let lines = self.fulfilment_orders.iter().flat_map(|part| &part.lines);
        lines
            .filter(|line| line.sku == sku)
            .map(|line| line.remaining)
            .sum()
    }
}

/// The orders that a search such as `updated_at:>='2026-11-23T05:00:00Z'` finds, the longest unchanged first.
pub fn search<'s>(shop: &'s Shop, query: Option<&str>) -> Result<Vec<&'s Order>, GraphqlError> {
    let since = query.map(since).transpose()?;
    let mut found: Vec<&Order> = shop
        .orders
        .iter()
        .filter(|order| since.is_none_or(|since| instant(&order.updated_at) >= Some(since)))
        .collect();
    found.sort_by(|one, other| one.updated_at.cmp(&other.updated_at));
    Ok(found)
}

fn since(query: &str) -> Result<Timestamp, GraphqlError> {
    query
        .strip_prefix("updated_at:>='")
        .and_then(|rest| instant(rest.strip_suffix('\'')?))
        .ok_or_else(|| GraphqlError::new("BAD_REQUEST", format!("Invalid search: {query}")))
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
