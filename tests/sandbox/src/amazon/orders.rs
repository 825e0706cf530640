//! Orders: read by the API of 2026-01-01, shipments confirmed by v0.

mod view;

use super::asked::Asked;
use super::notify::Happened;
use super::reply::{Reply, invalid, not_found, ok};
use super::seller::Seller;
use crate::stamp::Stamp;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, Serialize)]
pub struct Order {
    pub id: String,
    pub status: String,
    pub fulfilled_by: String,
    pub created_at: String,
    pub updated_at: String,
    /// Updates in their order: times are in seconds, which several share.
    pub revision: u64,
    pub lines: Vec<Line>,
    pub packages: Vec<Value>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub id: String,
    pub sku: String,
    pub title: String,
    pub price: String,
    pub quantity: i64,
    pub shipped: i64,
}

/// What a test may say of a new order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    lines: Vec<NewLine>,
    #[serde(default = "unshipped")]
    status: String,
    #[serde(default = "merchant")]
    fulfilled_by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLine {
    sku: String,
    quantity: i64,
}

fn unshipped() -> String {
    "UNSHIPPED".to_owned()
}

fn merchant() -> String {
    "MERCHANT".to_owned()
}

/// A customer orders; gives the order's id.
pub fn place(state: &mut Seller, new: NewOrder, at: Stamp) -> Result<String, String> {
    if new.lines.iter().any(|line| line.quantity < 1) || new.lines.is_empty() {
        return Err("an order has lines with a quantity of 1 or more".to_owned());
    }
    let number = state.number();
    let mut lines = Vec::new();
    for (index, line) in new.lines.iter().enumerate() {
        let item = state.items.get(&line.sku);
        lines.push(Line {
            id: format!("{}", 70_000_000_000_000 + number * 100 + index as u64),
            title: item
                .and_then(|item| item.attributes.get("item_name"))
                .and_then(|given| given[0]["value"].as_str())
                .unwrap_or(&line.sku)
                .to_owned(),
            price: item
                .and_then(super::item::Item::price)
                .unwrap_or_else(|| "10.00".to_owned()),
            sku: line.sku.clone(),
            quantity: line.quantity,
            shipped: 0,
        });
        // What is not listed here was listed elsewhere.
        let _ = state.sell(&line.sku, line.quantity);
    }
    let id = format!("111-{number:07}-0000001");
    state.orders.push(Order {
        id: id.clone(),
        status: new.status,
        fulfilled_by: new.fulfilled_by,
        created_at: at.text(),
        updated_at: at.text(),
        revision: number,
        lines,
        packages: Vec::new(),
    });
    state.news.push(Happened::Order { id: id.clone() });
    Ok(id)
}

/// `GET /orders/2026-01-01/orders`.
pub fn search(state: &mut Seller, asked: &Asked<'_>) -> Reply {
    note_restricted(state, asked);
    let (created, updated) = (asked.query("createdAfter"), asked.query("lastUpdatedAfter"));
    let since = match (created, updated) {
        (Some(since), None) | (None, Some(since)) => since,
        _ => return invalid("Exactly one of createdAfter and lastUpdatedAfter has to be given."),
    };
    let Ok(since) = since.parse::<jiff::Timestamp>() else {
        return invalid("The time is not in ISO 8601.");
    };
    let size = match asked.query("maxResultsPerPage").map(str::parse) {
        None => 100,
        Some(Ok(size)) if (1..=100).contains(&size) => size,
        Some(_) => return invalid("maxResultsPerPage has to be between 1 and 100."),
    };
    let from = match asked.query("paginationToken") {
        None => 0,
        Some(token) => match token.strip_prefix("after-").and_then(|it| it.parse().ok()) {
            Some(from) => from,
            None => return invalid("The paginationToken is not valid."),
        },
    };
    let mut found: Vec<&Order> = state
        .orders
        .iter()
        .filter(|order| {
            let time = match created {
                Some(_) => &order.created_at,
                None => &order.updated_at,
            };
            time.parse::<jiff::Timestamp>()
                .is_ok_and(|time| time >= since)
        })
        .filter(|order| order.revision > from)
        .collect();
    found.sort_by_key(|order| order.revision);
    let more = found.len() > size;
    found.truncate(size);
    let included = asked.list("includedData");
    let orders: Vec<Value> = found.iter().map(|order| order.view(&included)).collect();
    let mut body = json!({ "orders": orders });
    if let (true, Some(last)) = (more, found.last()) {
        body["pagination"] = json!({"nextToken": format!("after-{}", last.revision)});
    }
    ok(body)
}

/// `GET /orders/2026-01-01/orders/{id}`.
pub fn get(state: &mut Seller, asked: &Asked<'_>, id: &str) -> Reply {
    note_restricted(state, asked);
    match state.orders.iter().find(|order| order.id == id) {
        Some(order) => ok(json!({"order": order.view(&asked.list("includedData"))})),
        None => not_found(&format!("The order '{id}' was not found.")),
    }
}

fn note_restricted(state: &mut Seller, asked: &Asked<'_>) {
    let included = asked.list("includedData");
    if included.contains(&"BUYER") || included.contains(&"RECIPIENT") {
        state.restricted_reads += 1;
    }
}

/// `POST /orders/v0/orders/{id}/shipmentConfirmation`.
pub fn confirm(state: &mut Seller, asked: &Asked<'_>, id: &str, at: Stamp) -> Reply {
    let detail = asked.json()["packageDetail"].clone();
    check_detail(&detail)?;
    let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
    let package = text("packageReferenceId");
    let number = state.number();
    let Some(order) = state.orders.iter_mut().find(|order| order.id == id) else {
        return not_found(&format!("The order '{id}' was not found."));
    };
    let told = json!({
        "packageReferenceId": package,
        "carrier": text("carrierCode"),
        "trackingNumber": text("trackingNumber"),
        "shipTime": text("shipDate"),
        "packageStatus": {"status": "SHIPPED"},
        "packageItems": detail["orderItems"],
    });
    let known = order.packages.iter_mut();
    match known
        .into_iter()
        .find(|it| it["packageReferenceId"] == package.as_str())
    {
        Some(known) => *known = told,
        None => {
            if !["UNSHIPPED", "PARTIALLY_SHIPPED"].contains(&order.status.as_str())
                || order.fulfilled_by != "MERCHANT"
            {
                return invalid(
                    "Unable to find package to update for order (PackageToUpdateNotFound).",
                );
            }
            ship(
                order,
                detail["orderItems"].as_array().map_or(&[], Vec::as_slice),
            )?;
            order.packages.push(told);
        }
    }
    order.updated_at = at.text();
    order.revision = number;
    state.news.push(Happened::Order { id: id.to_owned() });
    Ok((StatusCode::NO_CONTENT, Value::Null))
}

/// Whether a package is told of as it has to be.
fn check_detail(detail: &Value) -> Result<(), (StatusCode, Value)> {
    let text = |name: &str| detail[name].as_str().unwrap_or_default();
    let is_number = text("packageReferenceId")
        .parse::<u64>()
        .is_ok_and(|number| number > 0);
    let empty = ["carrierCode", "trackingNumber", "shipDate"]
        .into_iter()
        .find(|name| text(name).is_empty());
    let refused = if !is_number {
        invalid("PackageReferenceId: is invalid, must be a positive numeric value.")
    } else if let Some(name) = empty {
        invalid(&format!("{name}: is required."))
    } else if text("carrierCode") == "Other" && text("carrierName").is_empty() {
        invalid("carrierName: is required when carrierCode is Other.")
    } else if text("shipDate").parse::<jiff::Timestamp>().is_err() {
        invalid("shipDate: is not in ISO 8601.")
    } else {
        return Ok(());
    };
    refused.map(|_| ())
}

fn ship(order: &mut Order, items: &[Value]) -> Result<(), (StatusCode, Value)> {
    let mut lines = order.lines.clone();
    for item in items {
        let quantity = item["quantity"].as_i64().unwrap_or(0);
        let line = lines
            .iter_mut()
            .find(|line| item["orderItemId"] == line.id.as_str());
        match line {
            Some(line) if quantity > 0 && line.shipped + quantity <= line.quantity => {
                line.shipped += quantity;
            }
            _ => {
                return invalid("orderItems: the item or its quantity is not in the order.")
                    .map(|_| ());
            }
        }
    }
    let is_whole = lines.iter().all(|line| line.shipped == line.quantity);
    order.lines = lines;
    order.status = match is_whole {
        true => "SHIPPED",
        false => "PARTIALLY_SHIPPED",
    }
    .to_owned();
    Ok(())
}
