//! Reads a `ProductSetInput` with the vendor's rules.

use super::UserError;
use super::product_media::metafields;
use super::shop::{Product, ProductOption, Shop, Variant};
use serde_json::Value;

/// A result whose error is what the caller is told.
pub type Refused<T> = Result<T, Vec<UserError>>;

pub fn refuse<T>(code: &'static str, field: &str, message: &str) -> Refused<T> {
    Err(vec![UserError::new(code, field, message)])
}

pub fn rows(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array().into_iter().flatten().enumerate()
}

pub fn texts(shop: &Shop, product: &mut Product, input: &Value) -> Refused<()> {
    let is_new = product.title.is_empty();
    let blank = |text: &str| text.trim().is_empty();
    match input["title"].as_str() {
        Some(title) if !blank(title) => product.title = title.to_owned(),
        None if !is_new => {}
        _ => return refuse("INVALID_PRODUCT", "input.title", "Title can't be blank"),
    }
    if product.title.chars().count() > 255 {
        let message = "Title is too long (maximum is 255 characters)";
        return refuse("INVALID_PRODUCT", "input.title", message);
    }
    for (name, slot) in [
        ("descriptionHtml", &mut product.description_html),
        ("vendor", &mut product.vendor),
        ("productType", &mut product.product_type),
        ("status", &mut product.status),
    ] {
        if let Some(text) = input[name].as_str() {
            *slot = text.to_owned();
        }
    }
    if blank(&product.vendor) {
        return refuse("INVALID_PRODUCT", "input.vendor", "Vendor can't be blank");
    }
    if let Some(tags) = input["tags"].as_array() {
        product.tags = tags
            .iter()
            .filter_map(|tag| tag.as_str().map(str::to_owned))
            .collect();
        product.tags.sort();
        product.tags.dedup();
    }
    let handle = match input["handle"].as_str() {
        Some(handle) => handle.to_owned(),
        None if is_new => product.title.to_lowercase().replace(' ', "-"),
        None => return Ok(()),
    };
    if shop
        .products
        .iter()
        .any(|it| it.handle == handle && it.id != product.id)
    {
        let message = format!("Handle '{handle}' already in use. Please provide a new handle.");
        return refuse("HANDLE_NOT_UNIQUE", "input.handle", &message);
    }
    product.handle = handle;
    Ok(())
}

pub fn options_and_variants(
    shop: &mut Shop,
    product: &mut Product,
    input: &Value,
    is_new: bool,
) -> Refused<()> {
    match (input.get("productOptions"), input.get("variants")) {
        (None, None) if is_new => {
            product.options = vec![option(shop, &[], "Title", &["Default Title"])];
            let default = vec![("Title".to_owned(), "Default Title".to_owned())];
            product.variants = vec![new_variant(shop, default)];
            Ok(())
        }
        (None, None) => Ok(()),
        (None, Some(_)) => refuse(
            "PRODUCT_OPTIONS_INPUT_MISSING",
            "input",
            "Must specify product options when updating variants.",
        ),
        (Some(_), None) => refuse(
            "VARIANTS_INPUT_MISSING",
            "input",
            "Must specify variants when updating options.",
        ),
        (Some(options), Some(variants)) => {
            set_options(shop, product, options)?;
            set_variants(shop, product, variants)
        }
    }
}

fn option(shop: &mut Shop, known: &[ProductOption], name: &str, values: &[&str]) -> ProductOption {
    let has = known.iter().find(|option| option.name == name);
    let values = values
        .iter()
        .map(|value| {
            let old = has.and_then(|it| it.values.iter().find(|(_, name)| name == value));
            old.cloned()
                .unwrap_or_else(|| (shop.id("ProductOptionValue"), (*value).to_owned()))
        })
        .collect();
    ProductOption {
        id: has.map_or_else(|| shop.id("ProductOption"), |it| it.id.clone()),
        name: name.to_owned(),
        values,
    }
}

fn set_options(shop: &mut Shop, product: &mut Product, options: &Value) -> Refused<()> {
    let known = std::mem::take(&mut product.options);
    for (index, row) in rows(options) {
        let field = format!("input.productOptions.{index}");
        if index > 2 {
            return refuse("OPTIONS_OVER_LIMIT", &field, "Options over limit.");
        }
        let name = row["name"].as_str().unwrap_or_default();
        if product.options.iter().any(|option| option.name == name) {
            return refuse("DUPLICATED_OPTION_NAME", &field, "Duplicated option name.");
        }
        if let Some(id) = row["id"].as_str()
            && !known.iter().any(|option| option.id == id)
        {
            return refuse("OPTION_DOES_NOT_EXIST", &field, "Option does not exist.");
        }
        let values: Vec<&str> = rows(&row["values"])
            .filter_map(|(_, value)| value["name"].as_str())
            .collect();
        if name.is_empty() || values.is_empty() {
            let message = "Each option must have at least one option value specified.";
            return refuse("OPTION_VALUES_MISSING", &field, message);
        }
        let made = option(shop, &known, name, &values);
        product.options.push(made);
    }
    Ok(())
}

fn new_variant(shop: &mut Shop, options: Vec<(String, String)>) -> Variant {
    Variant {
        id: shop.id("ProductVariant"),
        inventory_item_id: shop.id("InventoryItem"),
        price: "0.00".to_owned(),
        options,
        ..Variant::default()
    }
}

fn set_variants(shop: &mut Shop, product: &mut Product, variants: &Value) -> Refused<()> {
    let known = std::mem::take(&mut product.variants);
    for (index, row) in rows(variants) {
        let field = format!("input.variants.{index}");
        let options = chosen(product, &row["optionValues"], &field)?;
        if product.variants.iter().any(|it| it.options == options) {
            let values: Vec<&str> = options.iter().map(|(_, value)| value.as_str()).collect();
            let message = format!("The variant '{}' already exists.", values.join(" / "));
            return refuse("INVALID_VARIANT", &field, &message);
        }
        let (mut variant, is_new) = match row["id"].as_str() {
            Some(id) => match known.iter().find(|it| it.id == id) {
                Some(has) => (has.clone(), false),
                None => {
                    let message = "Product variant does not exist.";
                    return refuse("PRODUCT_VARIANT_DOES_NOT_EXIST", &field, message);
                }
            },
            None => (new_variant(shop, Vec::new()), true),
        };
        variant.options = options;
        fill(&mut variant, row, &field)?;
        metafields(&mut variant.metafields, row, &field)?;
        stock(
            shop,
            &mut variant,
            &row["inventoryQuantities"],
            is_new,
            &field,
        )?;
        product.variants.push(variant);
    }
    if product.variants.is_empty() {
        let message = "A product needs at least one variant.";
        return refuse("VARIANTS_INPUT_MISSING", "input.variants", message);
    }
    Ok(())
}

fn chosen(product: &Product, values: &Value, field: &str) -> Refused<Vec<(String, String)>> {
    let mut chosen = Vec::new();
    for option in &product.options {
        let mut rows = rows(values).map(|(_, row)| row);
        let value = rows
            .find(|row| row["optionName"] == option.name.as_str())
            .and_then(|row| row["name"].as_str());
        match value {
            Some(value) if option.values.iter().any(|(_, name)| name == value) => {
                chosen.push((option.name.clone(), value.to_owned()));
            }
            _ => {
                let message = format!("Option value for '{}' does not exist.", option.name);
                return refuse("OPTION_VALUE_DOES_NOT_EXIST", field, &message);
            }
        }
    }
    Ok(chosen)
}

fn fill(variant: &mut Variant, row: &Value, field: &str) -> Refused<()> {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    if let Some(price) = text("price") {
        if price.parse::<f64>().is_ok_and(|price| price >= 0.0) {
            variant.price = price;
        } else {
            let message = "Price must be greater than or equal to 0";
            return refuse("INVALID_VARIANT", &format!("{field}.price"), message);
        }
    }
    variant.sku = text("sku").or(variant.sku.take());
    variant.barcode = text("barcode").or(variant.barcode.take());
    if row.get("compareAtPrice").is_some() {
        variant.compare_at_price = text("compareAtPrice");
    }
    let item = &row["inventoryItem"];
    variant.tracked = item["tracked"].as_bool().unwrap_or(variant.tracked);
    let weight = item["measurement"]["weight"]["value"].as_f64();
    variant.weight_grams = weight.or(variant.weight_grams);
    Ok(())
}

fn stock(
    shop: &Shop,
    variant: &mut Variant,
    quantities: &Value,
    is_new: bool,
    field: &str,
) -> Refused<()> {
    for (index, row) in rows(quantities) {
        let field = format!("{field}.inventoryQuantities.{index}");
        let location = row["locationId"].as_str().unwrap_or_default();
        if !shop.has_location(location) {
            return refuse("INVALID_INPUT", &field, "The location does not exist.");
        }
        if !is_new && !variant.levels.contains_key(location) {
            let message = "The variant is not stocked at the location.";
            return refuse("INVALID_INPUT", &field, message);
        }
        let quantity = row["quantity"].as_i64().unwrap_or(0);
        variant.levels.insert(location.to_owned(), quantity);
    }
    Ok(())
}
