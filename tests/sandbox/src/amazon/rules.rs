//! What Amazon has against attributes. The real requirements differ by product type; these are the ones that
//! nearly all of them share.

use super::MARKETPLACE_ID;
use serde_json::{Map, Value, json};

/// Product types that are known.
pub const PRODUCT_TYPES: [&str; 6] = ["HAT", "LUGGAGE", "MUG", "PRODUCT", "SHIRT", "SHOES"];

/// A word in a title that passes validation and is refused by the catalogue later.
pub const REFUSED_LATER: &str = "COUNTERFEIT";

const LONGEST_TITLE: usize = 200;

fn issue(code: &str, severity: &str, message: String, attribute: &str, category: &str) -> Value {
    json!({
        "code": code,
        "message": message,
        "severity": severity,
        "attributeNames": [attribute],
        "categories": [category],
    })
}

fn missing(attribute: &str) -> Value {
    let message = format!("'{attribute}' is required but not supplied.");
    issue("90220", "ERROR", message, attribute, "MISSING_ATTRIBUTE")
}

fn wrong(attribute: &str, message: &str) -> Value {
    issue(
        "90244",
        "ERROR",
        message.to_owned(),
        attribute,
        "INVALID_ATTRIBUTE",
    )
}

/// Everything that is wrong with a submission at once.
pub fn at_once(product_type: &str, attributes: &Map<String, Value>) -> Vec<Value> {
    let mut issues = Vec::new();
    if !PRODUCT_TYPES.contains(&product_type) {
        issues.push(wrong(
            "product_type",
            "The product type is not one that Amazon has.",
        ));
    }
    for (name, value) in attributes {
        let is_shaped = value
            .as_array()
            .is_some_and(|values| values.iter().all(Value::is_object));
        if !is_shaped {
            issues.push(wrong(name, "The attribute is not an array of objects."));
        }
    }
    for name in required(attributes) {
        if !attributes.contains_key(name) {
            issues.push(missing(name));
        }
    }
    issues.extend(identity(attributes));
    issues.extend(values(attributes));
    issues
}

fn is(attributes: &Map<String, Value>, name: &str, value: &str) -> bool {
    attributes
        .get(name)
        .is_some_and(|given| given[0]["value"] == value)
}

pub fn is_parent(attributes: &Map<String, Value>) -> bool {
    is(attributes, "parentage_level", "parent")
}

fn required(attributes: &Map<String, Value>) -> Vec<&'static str> {
    if attributes.contains_key("merchant_suggested_asin") {
        return vec!["condition_type", "purchasable_offer"];
    }
    let mut names = vec!["item_name", "brand"];
    match attributes.contains_key("parentage_level") {
        true if is_parent(attributes) => {
            names.extend(["variation_theme", "child_parent_sku_relationship"]);
        }
        true => names.extend([
            "variation_theme",
            "child_parent_sku_relationship",
            "condition_type",
            "purchasable_offer",
        ]),
        false => names.extend(["condition_type", "purchasable_offer"]),
    }
    names
}

fn identity(attributes: &Map<String, Value>) -> Option<Value> {
    let has = [
        "merchant_suggested_asin",
        "externally_assigned_product_identifier",
        "supplier_declared_has_product_identifier_exemption",
    ];
    let is_known = has.iter().any(|name| attributes.contains_key(*name));
    (!is_known && !is_parent(attributes)).then(|| missing("externally_assigned_product_identifier"))
}

fn values(attributes: &Map<String, Value>) -> Vec<Value> {
    let mut issues = Vec::new();
    let of = |name: &str| attributes.get(name).map(|given| &given[0]);
    if let Some(title) = of("item_name").and_then(|it| it["value"].as_str())
        && title.chars().count() > LONGEST_TITLE
    {
        issues.push(wrong(
            "item_name",
            "The title is longer than 200 characters.",
        ));
    }
    if let Some(offer) = of("purchasable_offer") {
        let price = &offer["our_price"][0]["schedule"][0]["value_with_tax"];
        if offer["currency"] != "USD" || offer["marketplace_id"] != MARKETPLACE_ID {
            issues.push(wrong(
                "purchasable_offer",
                "The offer is not in the store's currency.",
            ));
        } else if !price.as_f64().is_some_and(|price| price > 0.0) {
            issues.push(wrong(
                "purchasable_offer",
                "The price has to be above zero.",
            ));
        }
    }
    if let Some(stock) = of("fulfillment_availability")
        && stock["quantity"].as_i64().is_some_and(|pieces| pieces < 0)
    {
        issues.push(wrong(
            "fulfillment_availability",
            "The quantity is below zero.",
        ));
    }
    if of("item_name").is_some() && of("main_product_image_locator").is_none() {
        let message = "The item has no main image.".to_owned();
        let name = "main_product_image_locator";
        issues.push(issue(
            "18027",
            "WARNING",
            message,
            name,
            "MISSING_ATTRIBUTE",
        ));
    }
    issues
}

/// What the catalogue finds when it looks at an item; `has_parent` is whether the family that it names is there.
pub fn later(attributes: &Map<String, Value>, has_parent: bool) -> Vec<Value> {
    let mut issues = Vec::new();
    let title = attributes
        .get("item_name")
        .and_then(|given| given[0]["value"].as_str())
        .unwrap_or_default();
    if title.contains(REFUSED_LATER) {
        let message = "The product may not be sold on Amazon.".to_owned();
        issues.push(issue(
            "18155",
            "ERROR",
            message,
            "item_name",
            "QUALIFICATION_REQUIRED",
        ));
    }
    if !has_parent {
        let message = "The parent SKU does not exist.".to_owned();
        let name = "child_parent_sku_relationship";
        issues.push(issue("8026", "ERROR", message, name, "INVALID_ATTRIBUTE"));
    }
    issues
}

pub fn has_error(issues: &[Value]) -> bool {
    issues.iter().any(|issue| issue["severity"] == "ERROR")
}
