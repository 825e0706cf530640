//! The Listings Items API, 2021-08-01.

use super::asked::Asked;
use super::item::Item;
use super::reply::{Reply, invalid, not_found, ok, refusal};
use super::seller::Seller;
use super::{MARKETPLACE_ID, SELLER_ID, patch, rules};
use crate::stamp::Stamp;
use serde_json::{Map, Value, json};

/// The most items of a page.
const PAGE: usize = 20;

fn check_seller(asked: &Asked<'_>, seller: &str) -> Result<(), (http::StatusCode, Value)> {
    let refused = if seller != SELLER_ID {
        refusal(
            403,
            "Unauthorized",
            "Access to requested resource is denied.",
            "",
        )
    } else if asked.list("marketplaceIds") != [MARKETPLACE_ID] {
        invalid("The 'marketplaceIds' are not ones that the seller sells in.")
    } else {
        return Ok(());
    };
    refused.map(|_| ())
}

/// `GET …/items/{seller}/{sku}`.
pub fn get(state: &Seller, asked: &Asked<'_>, seller: &str, sku: &str) -> Reply {
    check_seller(asked, seller)?;
    let Some(item) = state.items.get(sku) else {
        return not_found(&format!(
            "SKU '{sku}' not found in marketplace {MARKETPLACE_ID}"
        ));
    };
    let children = state.children(sku);
    ok(item.view(&asked.list("includedData"), &children))
}

/// `GET …/items/{seller}`.
pub fn search(state: &Seller, asked: &Asked<'_>, seller: &str, at: Stamp) -> Reply {
    check_seller(asked, seller)?;
    let identifiers = asked.list("identifiers");
    let has_kind = asked.query("identifiersType").is_some();
    if identifiers.len() > 20 || has_kind == identifiers.is_empty() {
        return invalid("'identifiers' and 'identifiersType' go together, at most 20.");
    }
    let size = match asked.query("pageSize").map(str::parse) {
        None => 10,
        Some(Ok(size)) if (1..=PAGE).contains(&size) => size,
        Some(_) => return invalid("'pageSize' has to be between 1 and 20."),
    };
    let parent = asked.query("variationParentSku");
    let found: Vec<&Item> = state
        .items
        .values()
        .filter(|item| item.searchable_s <= at.seconds)
        .filter(|item| identifiers.is_empty() || identifiers.contains(&item.sku.as_str()))
        .filter(|item| parent.is_none() || item.parent_sku() == parent)
        .collect();
    let from = match asked.query("pageToken") {
        None => 0,
        Some(token) => match token.strip_prefix("page-").and_then(|it| it.parse().ok()) {
            Some(from) => from,
            None => return invalid("The 'pageToken' is not valid."),
        },
    };
    let included = asked.list("includedData");
    let page = found.iter().skip(from).take(size);
    let items: Vec<Value> = page
        .map(|item| item.view(&included, &state.children(&item.sku)))
        .collect();
    let mut body = json!({"numberOfResults": found.len(), "items": items});
    if from + size < found.len() {
        body["pagination"] = json!({"nextToken": format!("page-{}", from + size)});
    }
    ok(body)
}

/// `PUT`, `PATCH`, `DELETE …/items/{seller}/{sku}`.
pub fn write(state: &mut Seller, asked: &Asked<'_>, seller: &str, sku: &str, at: Stamp) -> Reply {
    check_seller(asked, seller)?;
    let method = asked.request.method().as_str();
    let body = asked.json();
    if method != "DELETE" && !body.is_object() {
        return invalid("The request body is not valid JSON.");
    }
    let message = match method {
        "PUT" => Message::Update,
        "PATCH" => Message::Patch,
        _ => Message::Delete,
    };
    let is_preview = asked.query("mode") == Some("VALIDATION_PREVIEW");
    let verdict = match judge(state, message, sku, &body) {
        Ok(verdict) => verdict,
        Err(reason) => return invalid(&reason),
    };
    let issues = verdict.issues.clone();
    let status = match (rules::has_error(&issues), is_preview) {
        (true, _) => "INVALID",
        (false, true) => "VALID",
        (false, false) => "ACCEPTED",
    };
    if status == "ACCEPTED" {
        state.accept(sku, verdict.change, at);
    }
    let submission = state.number();
    ok(json!({
        "sku": sku,
        "status": status,
        "submissionId": format!("sandbox-{submission:08}"),
        "issues": issues,
    }))
}

/// What a write wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Update,
    Patch,
    Delete,
}

/// A write that was looked at.
pub struct Verdict {
    pub issues: Vec<Value>,
    pub change: Change,
}

/// What a write does once it is accepted.
pub enum Change {
    Set {
        product_type: String,
        attributes: Map<String, Value>,
    },
    Remove,
}

/// Looks at a write; the reason where it is not one.
pub fn judge(state: &Seller, message: Message, sku: &str, body: &Value) -> Result<Verdict, String> {
    if message == Message::Delete {
        return Ok(Verdict {
            issues: Vec::new(),
            change: Change::Remove,
        });
    }
    let product_type = body["productType"].as_str();
    let product_type = product_type.ok_or("'productType' is required.")?;
    let attributes = match message {
        Message::Patch => {
            let patches = body["patches"].as_array();
            let patches = patches.filter(|it| !it.is_empty());
            let patches = patches.ok_or("'patches' is required.")?;
            let item = state.items.get(sku);
            let item = item.ok_or_else(|| format!("SKU '{sku}' not found."))?;
            patch::apply(item.future(), patches)?
        }
        _ => body["attributes"]
            .as_object()
            .cloned()
            .ok_or("'attributes' is required.")?,
    };
    Ok(Verdict {
        issues: rules::at_once(product_type, &attributes),
        change: Change::Set {
            product_type: product_type.to_owned(),
            attributes,
        },
    })
}
