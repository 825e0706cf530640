//! `inventorySetQuantities`: compare-and-set under an idempotency key.

use super::shop::Shop;
use super::{UserError, refused, resource, user_errors};
use crate::graphql::{Arguments, GraphqlError, Object, leaf, nullable, object};
use crate::stamp::Stamp;
use serde_json::Value;

const PAYLOAD: &str = "InventorySetQuantitiesPayload";
const REASONS: [&str; 10] = [
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_created",
    "other",
    "promotion",
    "quality_control",
    "received",
    "restock",
    "shrinkage",
];

pub fn set(
    shop: &mut Shop,
    arguments: &Arguments,
    key: Option<&str>,
    at: Stamp,
) -> Result<Object, GraphqlError> {
    let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
        let message =
            "The @idempotent directive is required for this mutation but was not provided.";
        GraphqlError::new("BAD_REQUEST", message)
    })?;
    let input = arguments.get("input").cloned().unwrap_or_default();
    if let Some(asked) = shop.idempotency.get(key) {
        return Ok(if *asked == input {
            done(shop)
        } else {
            let error = UserError::new(
                "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
                "input",
                "The same idempotency key was used with other parameters.",
            );
            refuse(vec![error])
        });
    }
    let errors = check(shop, &input);
    if !errors.is_empty() {
        return Ok(refuse(errors));
    }
    for row in rows(&input) {
        let item = row["inventoryItemId"].as_str().unwrap_or_default();
        let location = row["locationId"].as_str().unwrap_or_default();
        if let Some(variant) = shop.variant_of_item(item) {
            let quantity = row["quantity"].as_i64().unwrap_or(0);
            variant.levels.insert(location.to_owned(), quantity);
            let body = resource::level(item, location, quantity, at);
            shop.tell("inventory_levels/update", body);
        }
    }
    shop.idempotency.insert(key.to_owned(), input);
    Ok(done(shop))
}

fn rows(input: &Value) -> impl Iterator<Item = &Value> {
    input["quantities"].as_array().into_iter().flatten()
}

fn check(shop: &mut Shop, input: &Value) -> Vec<UserError> {
    let mut errors = Vec::new();
    if !matches!(input["name"].as_str(), Some("available" | "on_hand")) {
        let message = "The name must be either available or on_hand.";
        errors.push(UserError::new("INVALID_NAME", "input.name", message));
    }
    if !REASONS.contains(&input["reason"].as_str().unwrap_or_default()) {
        let message = "The specified reason is invalid.";
        errors.push(UserError::new("INVALID_REASON", "input.reason", message));
    }
    for (index, row) in rows(input).enumerate() {
        errors.extend(check_row(shop, index, row));
    }
    errors
}

fn check_row(shop: &mut Shop, index: usize, row: &Value) -> Option<UserError> {
    let error = |code, field: &str, message: &str| {
        Some(UserError::new(
            code,
            &format!("input.quantities.{index}.{field}"),
            message,
        ))
    };
    let location = row["locationId"].as_str().unwrap_or_default();
    let quantity = row["quantity"].as_i64().unwrap_or(0);
    if !shop.has_location(location) {
        let message = "The specified location could not be found.";
        return error("INVALID_LOCATION", "locationId", message);
    }
    let item = row["inventoryItemId"].as_str().unwrap_or_default();
    let Some(variant) = shop.variant_of_item(item) else {
        let message = "The specified inventory item could not be found.";
        return error("INVALID_INVENTORY_ITEM", "inventoryItemId", message);
    };
    if quantity < 0 {
        let message = "The quantity can't be negative.";
        return error("INVALID_QUANTITY_NEGATIVE", "quantity", message);
    }
    if quantity > 1_000_000_000 {
        let message = "The quantity can't be higher than 1,000,000,000.";
        return error("INVALID_QUANTITY_TOO_HIGH", "quantity", message);
    }
    let Some(has) = variant.levels.get(location) else {
        let message = "The specified inventory item is not stocked at the location.";
        return error("NON_MUTABLE_INVENTORY_ITEM", "inventoryItemId", message);
    };
    match row.get("changeFromQuantity") {
        None => {
            let message = "changeFromQuantity must be given, if only as null.";
            error("COMPARE_QUANTITY_REQUIRED", "changeFromQuantity", message)
        }
        Some(Value::Null) => None,
        Some(expected) if expected.as_i64() == Some(*has) => None,
        Some(_) => {
            let message = "The changeFromQuantity value does not match persisted value.";
            error("CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity", message)
        }
    }
}

fn refuse(errors: Vec<UserError>) -> Object {
    refused(PAYLOAD, &["inventoryAdjustmentGroup"], errors)
}

fn done(shop: &mut Shop) -> Object {
    let id = shop.id("InventoryAdjustmentGroup");
    let group = object(
        "InventoryAdjustmentGroup",
        [("id", leaf(id)), ("reason", leaf("correction"))],
    );
    object(
        PAYLOAD,
        [
            ("inventoryAdjustmentGroup", nullable(Some(group))),
            ("userErrors", user_errors(Vec::new())),
        ],
    )
}
