//! Reads what is sent for a product, and says what is wrong with it as the vendor does.

use super::catalog::Blueprint;
use super::product::{Offer, Product};
use super::refusal::{Refusal, field, invalid, required};
use super::upload::Upload;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Variants that are not the blueprint's, or print areas that don't cover them.
fn mismatch() -> Refusal {
    invalid(
        8251,
        "Variants do not match selected blueprint and print provider. Please make sure that all product variants are \
         present in the `print_areas.*.variant_ids` field",
    )
}

/// The blueprint that a new product is made of.
pub fn blueprint(body: &Value) -> Result<(&'static Blueprint, i64), Refusal> {
    let number = |name: &str| body[name].as_i64().ok_or_else(|| required(name));
    let (id, provider) = (number("blueprint_id")?, number("print_provider_id")?);
    let blueprint = Blueprint::find(id, provider).ok_or_else(mismatch)?;
    Ok((blueprint, provider))
}

/// Puts texts and tags into `product`.
pub fn texts(product: &mut Product, body: &Value, is_new: bool) -> Result<(), Refusal> {
    for name in ["title", "description"] {
        let text = match &body[name] {
            Value::Null if !is_new => continue,
            Value::String(text) if !text.trim().is_empty() => text.clone(),
            Value::Null | Value::String(_) => return Err(required(name)),
            _ => return Err(field(name, "must be a string")),
        };
        if name == "title" && shouts(&text) {
            let reason = "Product is invalid. Title contains excessive caps.";
            return Err(invalid(61_003, reason));
        }
        match name {
            "title" => product.title = text,
            _ => product.description = text,
        }
    }
    if let Some(tags) = body["tags"].as_array() {
        let tags = tags.iter().map(|tag| tag.as_str().map(str::to_owned));
        let tags: Option<Vec<String>> = tags.collect();
        product.tags = tags.ok_or_else(|| field("tags.0", "must be a string"))?;
    }
    if let Some(visible) = body["visible"].as_bool() {
        product.visible = visible;
    }
    Ok(())
}

/// More than half of a longer title in capitals; where the vendor draws the line is not known.
fn shouts(title: &str) -> bool {
    let letters = title.chars().filter(|it| it.is_alphabetic()).count();
    let capitals = title.chars().filter(|it| it.is_uppercase()).count();
    letters > 12 && capitals * 2 > letters
}

/// What is said of variants; each needs its price even where only another field changes.
pub fn offers(product: &Product, body: &Value, is_new: bool) -> Result<Vec<Offer>, Refusal> {
    let rows = match &body["variants"] {
        Value::Null if !is_new => return Ok(Vec::new()),
        Value::Array(rows) if !rows.is_empty() => rows,
        _ => return Err(required("variants")),
    };
    let numbered = rows.iter().enumerate();
    numbered
        .map(|(index, row)| {
            let name = |what: &str| format!("variants.{index}.{what}");
            let id = row["id"].as_i64().ok_or_else(|| required(&name("id")))?;
            let price = match &row["price"] {
                Value::Null => return Err(required(&name("price"))),
                price => price
                    .as_i64()
                    .ok_or_else(|| field(&name("price"), "must be an integer"))?,
            };
            if !product.variants.iter().any(|it| it.id == id) {
                return Err(mismatch());
            }
            Ok(Offer {
                id,
                price,
                // A new product offers what it is made with unless it says otherwise.
                is_enabled: row["is_enabled"].as_bool().or(is_new.then_some(true)),
                sku: row["sku"].as_str().map(str::to_owned),
            })
        })
        .collect()
}

/// Puts artwork on `product`. A new one has to cover the variants that it is made with, a changed one all that
/// the product has.
pub fn print_areas(
    product: &mut Product,
    body: &Value,
    made_with: Option<&[Offer]>,
    uploads: &[Upload],
    blueprint: &Blueprint,
) -> Result<(), Refusal> {
    let areas = match &body["print_areas"] {
        Value::Null if made_with.is_none() => return Ok(()),
        Value::Array(areas) if !areas.is_empty() => areas,
        _ => return Err(required("print_areas")),
    };
    let all: BTreeSet<i64> = product.variants.iter().map(|it| it.id).collect();
    let ids = |area: &Value| -> BTreeSet<i64> {
        let ids = area["variant_ids"].as_array().into_iter().flatten();
        ids.filter_map(Value::as_i64).collect()
    };
    let covered: BTreeSet<i64> = areas.iter().flat_map(ids).collect();
    let needed: BTreeSet<i64> = match made_with {
        Some(offers) => offers.iter().map(|it| it.id).collect(),
        None => all.clone(),
    };
    if !covered.is_subset(&all) || !needed.is_subset(&covered) {
        return Err(mismatch());
    }
    let mut shown = Vec::new();
    for (index, area) in areas.iter().enumerate() {
        let mut mine = ids(area);
        if index == 0 {
            mine.extend(all.difference(&covered));
        }
        let placeholders = placeholders(area, index, uploads, blueprint)?;
        shown.push(
            json!({"variant_ids": mine, "placeholders": placeholders, "background": "#ffffff"}),
        );
    }
    product.print_areas = Value::Array(shown);
    Ok(())
}

/// Those that are sent, filled up with what is known of the pictures, and empty ones for the rest.
fn placeholders(
    area: &Value,
    index: usize,
    uploads: &[Upload],
    blueprint: &Blueprint,
) -> Result<Vec<Value>, Refusal> {
    let at = format!("print_areas.{index}.placeholders");
    let sent = area["placeholders"]
        .as_array()
        .ok_or_else(|| required(&at))?;
    let mut shown = Vec::new();
    for (number, placeholder) in sent.iter().enumerate() {
        let at = format!("{at}.{number}");
        let position = placeholder["position"]
            .as_str()
            .ok_or_else(|| required(&format!("{at}.position")))?;
        if !blueprint.positions.iter().any(|(has, ..)| *has == position) {
            return Err(field(&format!("{at}.position"), "is invalid"));
        }
        let images = placeholder["images"]
            .as_array()
            .ok_or_else(|| required(&format!("{at}.images")))?;
        let images: Result<Vec<Value>, Refusal> = images
            .iter()
            .enumerate()
            .map(|(number, it)| image(it, &format!("{at}.images.{number}"), uploads))
            .collect();
        shown.push(json!({"position": position, "images": images?}));
    }
    let used: Vec<String> = sent
        .iter()
        .filter_map(|it| Some(it["position"].as_str()?.to_owned()))
        .collect();
    let unused = blueprint
        .positions
        .iter()
        .filter(|(it, ..)| !used.iter().any(|used| used == it));
    shown.extend(unused.map(|(position, ..)| json!({"position": position, "images": []})));
    Ok(shown)
}

fn image(sent: &Value, at: &str, uploads: &[Upload]) -> Result<Value, Refusal> {
    let name = |what: &str| format!("{at}.{what}");
    let id = sent["id"].as_str().ok_or_else(|| required(&name("id")))?;
    for what in ["x", "y", "scale"] {
        if !sent[what].is_number() {
            return Err(required(&name(what)));
        }
    }
    if sent["angle"].as_i64().is_none() {
        return Err(field(&name("angle"), "must be an integer"));
    }
    let upload = uploads.iter().find(|it| it.id == id);
    let upload = upload.ok_or_else(|| field(&name("id"), "is invalid"))?;
    Ok(json!({
        "id": id, "name": upload.file_name, "type": upload.mime_type, "height": upload.height,
        "width": upload.width, "x": sent["x"], "y": sent["y"], "scale": sent["scale"], "angle": sent["angle"],
    }))
}
