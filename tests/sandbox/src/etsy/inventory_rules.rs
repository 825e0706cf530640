//! What an inventory document may be.

use super::Refused;
use super::inventory::{Document, Product, PropertyValue};
use super::listing_rules;
use serde_json::Value;
use std::collections::BTreeSet;

const PRODUCT: [&str; 3] = ["sku", "property_values", "offerings"];
const OFFERING: [&str; 4] = ["price", "quantity", "is_enabled", "readiness_state_id"];
const VALUE: [&str; 5] = [
    "property_id",
    "value_ids",
    "scale_id",
    "property_name",
    "values",
];

/// Reads the body. What belongs to the answer's form only is refused.
pub fn read(body: &Value, is_physical: bool) -> Result<Document, Refused> {
    let rows = body["products"].as_array();
    let rows = rows.ok_or_else(|| Refused::bad("Missing Input Parameter: [products]"))?;
    let products: Result<Vec<Product>, Refused> =
        rows.iter().map(|row| product(row, is_physical)).collect();
    let ids = |name: &str| -> Vec<u64> {
        let rows = body[name].as_array().into_iter().flatten();
        rows.filter_map(Value::as_u64).collect()
    };
    Ok(Document {
        products: products?,
        price_on: ids("price_on_property"),
        quantity_on: ids("quantity_on_property"),
        sku_on: ids("sku_on_property"),
        readiness_on: ids("readiness_state_on_property"),
    })
}

fn known(row: &Value, names: &[&str]) -> Result<(), Refused> {
    let fields = row.as_object();
    let fields = fields.ok_or_else(|| Refused::bad("products: expected an object"))?;
    match fields.keys().find(|key| !names.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(Refused::bad(format!("products: invalid key '{key}'"))),
    }
}

fn product(row: &Value, is_physical: bool) -> Result<Product, Refused> {
    known(row, &PRODUCT)?;
    let offering = match row["offerings"].as_array().map(Vec::as_slice) {
        Some([offering]) => offering,
        _ => return Err(Refused::bad("offerings: a product has exactly one")),
    };
    known(offering, &OFFERING)?;
    let wrong = |name: &str, kind: &str| {
        Refused::bad(format!(
            "Expected {kind} value for '{name}' (got {})",
            offering[name]
        ))
    };
    let price = offering["price"].as_f64();
    let price = price.ok_or_else(|| wrong("price", "float"))?;
    let quantity = offering["quantity"].as_i64();
    let quantity = quantity.ok_or_else(|| wrong("quantity", "int"))?;
    let is_enabled = offering["is_enabled"].as_bool();
    let readiness = offering.get("readiness_state_id");
    let readiness = readiness
        .ok_or_else(|| wrong("readiness_state_id", "int"))?
        .as_i64();
    if is_physical && readiness.is_none() {
        return Err(wrong("readiness_state_id", "int"));
    }
    if !(0..=999).contains(&quantity) {
        return Err(Refused::bad("quantity: must be between 0 and 999"));
    }
    let values = row["property_values"].as_array().into_iter().flatten();
    let values: Result<Vec<PropertyValue>, Refused> = values.map(value).collect();
    Ok(Product {
        product_id: 0,
        offering_id: 0,
        sku: row["sku"].as_str().unwrap_or_default().to_owned(),
        price: listing_rules::price(price)?,
        quantity,
        is_enabled: is_enabled.ok_or_else(|| wrong("is_enabled", "bool"))?,
        readiness_state_id: readiness,
        values: values?,
    })
}

fn value(row: &Value) -> Result<PropertyValue, Refused> {
    known(row, &VALUE)?;
    let wrong = |name: &str| {
        Refused::bad(format!(
            "Expected int value for '{name}' (got {})",
            row[name]
        ))
    };
    let texts = row["values"].as_array().into_iter().flatten();
    let texts: Vec<String> = texts.filter_map(Value::as_str).map(str::to_owned).collect();
    if texts.iter().any(|text| text.contains(['(', ')'])) {
        return Err(Refused::bad("property_values: parentheses are not allowed"));
    }
    if texts.is_empty() {
        return Err(Refused::bad(
            "property_values: Property values can't be empty",
        ));
    }
    let ids = row["value_ids"]
        .as_array()
        .ok_or_else(|| wrong("value_ids"))?;
    Ok(PropertyValue {
        property_id: row["property_id"]
            .as_u64()
            .ok_or_else(|| wrong("property_id"))?,
        name: row["property_name"].as_str().unwrap_or_default().to_owned(),
        scale_id: row["scale_id"].as_u64(),
        value_ids: ids.iter().filter_map(Value::as_u64).collect(),
        values: texts,
    })
}

/// Whether its parts fit each other.
pub fn check(document: &Document) -> Result<(), Refused> {
    let products = &document.products;
    let mut for_sale = products
        .iter()
        .filter(|it| it.is_enabled && it.quantity > 0);
    if for_sale.next().is_none() {
        return Err(Refused::bad(
            "One offering must have quantity greater than 0",
        ));
    }
    let order: Vec<u64> = match products.first() {
        Some(first) => first.values.iter().map(|it| it.property_id).collect(),
        None => Vec::new(),
    };
    if order.len() > 2 {
        return Err(Refused::bad(
            "property_values: at most two properties can vary",
        ));
    }
    let same = |product: &Product| {
        product
            .values
            .iter()
            .map(|it| it.property_id)
            .eq(order.iter().copied())
    };
    if !products.iter().all(same) {
        let reason = "property_values: all products must have the same properties";
        return Err(Refused::bad(reason));
    }
    check_combinations(products, &order)?;
    consistent(
        products,
        &order,
        &document.price_on,
        "price_on_property",
        |it| it.price,
    )?;
    consistent(
        products,
        &order,
        &document.quantity_on,
        "quantity_on_property",
        |it| it.quantity,
    )?;
    consistent(
        products,
        &order,
        &document.sku_on,
        "sku_on_property",
        |it| it.sku.clone(),
    )?;
    let readiness = |it: &Product| it.readiness_state_id;
    consistent(
        products,
        &order,
        &document.readiness_on,
        "readiness_state_on_property",
        readiness,
    )
}

fn check_combinations(products: &[Product], order: &[u64]) -> Result<(), Refused> {
    let all: BTreeSet<_> = products.iter().map(Product::combination).collect();
    if all.len() < products.len() {
        return Err(Refused::bad("products: the same combination comes twice"));
    }
    let of = |at: usize| -> BTreeSet<&Vec<String>> {
        let values = products.iter().filter_map(|it| it.values.get(at));
        values.map(|it| &it.values).collect()
    };
    let wanted: usize = (0..order.len()).map(|at| of(at).len()).product();
    if of(0).len() > 70 || of(1).len() > 70 {
        return Err(Refused::bad(
            "property_values: at most 70 values of a property",
        ));
    }
    if all.len() < wanted {
        return Err(Refused::bad(
            "products: All combinations of property values must be supplied",
        ));
    }
    Ok(())
}

/// Products that are alike in the named properties have the same value.
fn consistent<K: PartialEq>(
    products: &[Product],
    order: &[u64],
    named: &[u64],
    name: &str,
    key: impl Fn(&Product) -> K,
) -> Result<(), Refused> {
    let in_order: Vec<u64> = order
        .iter()
        .copied()
        .filter(|id| named.contains(id))
        .collect();
    if in_order != named {
        let reason = format!("{name}: property IDs must be in the same order as in products");
        return Err(Refused::bad(reason));
    }
    let group = |product: &Product| -> Vec<Vec<String>> {
        let values = product.values.iter();
        let named = values.filter(|it| named.contains(&it.property_id));
        named.map(|it| it.values.clone()).collect()
    };
    for one in products {
        for other in products {
            if group(one) == group(other) && key(one) != key(other) {
                let reason = format!("{name}: the supplied values are incompatible with it");
                return Err(Refused::bad(reason));
            }
        }
    }
    Ok(())
}
