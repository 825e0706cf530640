//! Builds the input of `productSet`. That mutation replaces lists: what is left out of a list is
//! deleted. So a change repeats every entry that the merchant added in Shopify, and leaves out only
//! what we made ourselves and no longer want.

mod lists;
mod options;

use super::memory::{Existing, ExistingVariant, Memory};
use common::platform::{PlatformError, ProductInput, ProductStatus, Variant};
use lists::{file, files, tags};
use options::{Options, keep, option_fields, option_values, options, values_of};
use serde_json::{Map, Value, json};

/// A complete input, and whether it names the pictures.
pub struct Input {
    pub fields: Value,
    pub has_files: bool,
}

/// For a product that the shop does not have yet.
pub fn new(product: &ProductInput, handle: &str, location: &str) -> Result<Input, PlatformError> {
    let options = options(product)?;
    let mut fields = common_fields(product);
    let variants: Vec<Value> = numbered(product)
        .map(|(position, variant)| {
            let stock = Some(stock(variant, location));
            variant_fields(variant, position, &options, None, stock)
        })
        .collect();
    let marker = json!([{
        "namespace": "stage_hub",
        "key": "listing_id",
        "type": "single_line_text_field",
        "value": product.listing_id,
    }]);
    let has_files = !product.images.is_empty();
    let files: Vec<Value> = product.images.iter().map(file).collect();
    for (name, value) in [
        ("handle", json!(handle)),
        ("tags", json!(product.tags)),
        ("productOptions", option_fields(&options, None)),
        ("variants", json!(variants)),
        ("metafields", marker),
    ] {
        fields.insert(name.to_owned(), value);
    }
    if has_files {
        fields.insert("files".to_owned(), json!(files));
    }
    Ok(Input {
        fields: Value::Object(fields),
        has_files,
    })
}

/// For a product that the shop has.
pub fn changed(
    product: &ProductInput,
    existing: &Existing,
    memory: &Memory,
    location: &str,
) -> Result<Input, PlatformError> {
    let mut options = options(product)?;
    let mut claimed: Vec<&str> = Vec::new();
    let mut variants = Vec::new();
    for (position, variant) in numbered(product) {
        let has = counterpart(variant, existing, &options)
            .filter(|has| !claimed.contains(&has.id.as_str()));
        claimed.extend(has.map(|has| has.id.as_str()));
        // The stock of a variant that the shop has already is left alone: it has been selling.
        let stock = has.is_none().then(|| stock(variant, location));
        let id = has.map(|has| has.id.as_str());
        variants.push(variant_fields(variant, position, &options, id, stock));
    }
    let own = |id: &str| memory.variants.values().any(|ids| ids.id == id);
    let foreign = existing
        .variants
        .iter()
        .filter(|variant| !claimed.contains(&variant.id.as_str()) && !own(&variant.id));
    for variant in foreign {
        variants.push(keep(variant, &mut options)?);
    }
    let mut fields = common_fields(product);
    for (name, value) in [
        ("tags", json!(tags(product, existing, memory))),
        ("productOptions", option_fields(&options, Some(existing))),
        ("variants", json!(variants)),
    ] {
        fields.insert(name.to_owned(), value);
    }
    let files = files(product, existing, memory)?;
    let has_files = files.is_some();
    fields.extend(files.map(|files| ("files".to_owned(), json!(files))));
    Ok(Input {
        fields: Value::Object(fields),
        has_files,
    })
}

fn common_fields(product: &ProductInput) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("title".to_owned(), json!(product.title));
    fields.insert("descriptionHtml".to_owned(), json!(product.description));
    fields.insert("productType".to_owned(), json!(product.product_type));
    // An empty vendor would be refused; left out, a new product gets the shop's name.
    if !product.vendor.is_empty() {
        fields.insert("vendor".to_owned(), json!(product.vendor));
    }
    if let Some(status) = product.status {
        let status = match status {
            ProductStatus::Active => "ACTIVE",
            ProductStatus::Draft => "DRAFT",
            ProductStatus::Archived => "ARCHIVED",
        };
        fields.insert("status".to_owned(), json!(status));
    }
    fields
}

fn numbered(product: &ProductInput) -> impl Iterator<Item = (usize, &Variant)> {
    (1..).zip(&product.variants)
}

fn variant_fields(
    variant: &Variant,
    position: usize,
    options: &Options,
    id: Option<&str>,
    stock: Option<Value>,
) -> Value {
    let mut item = json!({"sku": variant.sku, "tracked": true});
    if let (Some(grams), Some(item)) = (variant.weight_grams, item.as_object_mut()) {
        let weight = json!({"weight": {"unit": "GRAMS", "value": grams}});
        item.insert("measurement".to_owned(), weight);
    }
    let mut fields = json!({
        "sku": variant.sku,
        "price": variant.price,
        "compareAtPrice": variant.compare_at_price,
        "position": position,
        "inventoryItem": item,
        "optionValues": option_values(values_of(variant, options)),
    });
    if let Some(fields) = fields.as_object_mut() {
        let optional = [
            ("id", id.map(|id| json!(id))),
            ("barcode", variant.barcode.as_ref().map(|code| json!(code))),
            ("inventoryQuantities", stock.map(|stock| json!([stock]))),
        ];
        for (name, value) in optional {
            fields.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    fields
}

fn stock(variant: &Variant, location: &str) -> Value {
    json!({
        "locationId": location,
        "name": "available",
        "quantity": variant.inventory_quantity,
    })
}

/// The shop's variant for ours: by SKU, else by option values.
fn counterpart<'a>(
    variant: &Variant,
    existing: &'a Existing,
    options: &Options,
) -> Option<&'a ExistingVariant> {
    existing.by_sku(&variant.sku).or_else(|| {
        let wanted = values_of(variant, options);
        existing.variants.iter().find(|has| {
            let values: Vec<(&str, &str)> = has
                .options
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            values == wanted
        })
    })
}
