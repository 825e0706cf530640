//! Builds the input of `productSet`. That mutation replaces lists: what is left out of a list is
//! deleted. So a change repeats every entry that the merchant added in Shopify, and leaves out only
//! what we made ourselves and no longer want. Lists of which nothing is ours (collections, the
//! variants' metafields, and after the creation the product's) are never named, so they stay as they are.

mod lists;
mod options;

use super::memory::{Existing, ExistingVariant, Memory};
use common::platform::{PlatformError, ProductInput, ProductStatus, Variant};
use lists::{file, files, tags};
pub use options::sent_names;
use options::{
    Options, keep, keep_added, of_merchant, option_fields, option_values, options, values_of,
};
use serde_json::{Map, Value, json};

/// A complete input, and whether it names the pictures.
pub struct Input {
    pub fields: Value,
    pub has_files: bool,
    /// What it adds to the mutation's price.
    pub cost: u32,
}

impl Input {
    /// The schema's own prices: 0.2 points a variant, 1.9 a file, 0.4 a metafield.
    fn new(fields: Map<String, Value>) -> Self {
        let count = |name: &str| {
            let list = fields.get(name).and_then(Value::as_array);
            list.map_or(0, Vec::len)
        };
        let tenths = count("variants") * 2 + count("files") * 19 + count("metafields") * 4;
        Self {
            has_files: fields.contains_key("files"),
            cost: u32::try_from(tenths.div_ceil(10)).unwrap_or(u32::MAX),
            fields: Value::Object(fields),
        }
    }
}

/// For a product that the shop does not have yet.
pub fn new(product: &ProductInput, handle: &str, location: &str) -> Result<Input, PlatformError> {
    let options = options(product)?;
    let mut fields = common_fields(product);
    let variants: Vec<Value> = numbered(product)
        .map(|(position, variant)| {
            let stock = Some(stock(variant, location));
            let values = option_values(values_of(variant, &options));
            variant_fields(variant, position, values, None, stock)
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
    Ok(Input::new(fields))
}

/// For a product that the shop has.
pub fn changed(
    product: &ProductInput,
    existing: &Existing,
    memory: &Memory,
    location: &str,
) -> Result<Input, PlatformError> {
    let mut options = options(product)?;
    let added = of_merchant(existing, memory, &mut options);
    let mut claimed: Vec<&str> = Vec::new();
    let mut variants = Vec::new();
    for (position, variant) in numbered(product) {
        let has = counterpart(variant, existing, &options, &claimed);
        claimed.extend(has.map(|has| has.id.as_str()));
        // The stock of a variant that the shop has already is left alone: it has been selling.
        let stock = has.is_none().then(|| stock(variant, location));
        let id = has.map(|has| has.id.as_str());
        let kept = keep_added(variant, has, &added, &mut options)?;
        let own = values_of(variant, &options);
        let values = option_values(own.into_iter().chain(kept));
        variants.push(variant_fields(variant, position, values, id, stock));
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
    fields.extend(files.map(|files| ("files".to_owned(), json!(files))));
    Ok(Input::new(fields))
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
    option_values: Vec<Value>,
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
        "optionValues": option_values,
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

/// The shop's variant for ours, of those not yet `claimed`: by SKU, else by the values of our options.
fn counterpart<'a>(
    variant: &Variant,
    existing: &'a Existing,
    options: &Options,
    claimed: &[&str],
) -> Option<&'a ExistingVariant> {
    let is_free = |has: &&ExistingVariant| !claimed.contains(&has.id.as_str());
    existing.by_sku(&variant.sku).filter(is_free).or_else(|| {
        let wanted = values_of(variant, options);
        existing.variants.iter().filter(is_free).find(|has| {
            wanted
                .iter()
                .all(|(name, value)| has.value_of(name) == Some(*value))
        })
    })
}
