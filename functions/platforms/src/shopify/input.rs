//! Builds the input of `productSet`. That mutation replaces lists: what is left out of a list is
//! deleted. So a change repeats every entry that the merchant added in Shopify, and leaves out only
//! what we made ourselves and no longer want.

use super::memory::{Existing, ExistingOption, ExistingVariant, Memory};
use common::platform::{PlatformError, ProductInput, ProductStatus, Variant};
use serde_json::{Map, Value, json};

/// Shopify's stand-in for "no options".
const NO_OPTION: (&str, &str) = ("Title", "Default Title");

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

/// Option names with all their values, in order.
type Options = Vec<(String, Vec<String>)>;

fn options(product: &ProductInput) -> Result<Options, PlatformError> {
    let named = !product.options.is_empty()
        && product
            .variants
            .iter()
            .any(|it| !it.option_values.is_empty());
    if !named {
        return if product.variants.len() == 1 {
            let (name, value) = NO_OPTION;
            Ok(vec![(name.to_owned(), vec![value.to_owned()])])
        } else {
            Err(PlatformError::rejected_field(
                "options",
                "a product with several variants needs options that tell them apart",
            ))
        };
    }
    let mut options: Options = product
        .options
        .iter()
        .map(|option| (option.name.clone(), Vec::new()))
        .collect();
    for variant in &product.variants {
        if variant.option_values.len() != options.len() {
            return Err(PlatformError::rejected_field(
                format!("variants.{}.option_values", variant.sku),
                format!(
                    "has to have one value for each of the {} options",
                    options.len()
                ),
            ));
        }
        for ((_, values), value) in options.iter_mut().zip(&variant.option_values) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
    Ok(options)
}

fn values_of<'a>(variant: &'a Variant, options: &'a Options) -> Vec<(&'a str, &'a str)> {
    if variant.option_values.is_empty() {
        return vec![NO_OPTION];
    }
    options
        .iter()
        .zip(&variant.option_values)
        .map(|((name, _), value)| (name.as_str(), value.as_str()))
        .collect()
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

fn option_values<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Value> {
    values
        .into_iter()
        .map(|(option, value)| json!({"optionName": option, "name": value}))
        .collect()
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

/// A merchant's own variant, repeated so that it stays; its values join the options.
fn keep(variant: &ExistingVariant, options: &mut Options) -> Result<Value, PlatformError> {
    let names = || variant.options.iter().map(|(name, _)| name);
    if !names().eq(options.iter().map(|(name, _)| name)) {
        return Err(PlatformError::rejected_field(
            "options",
            format!(
                "the shop has a variant {} with other options, added there; remove it in Shopify \
                 or give the product the same options",
                variant.sku.as_deref().unwrap_or(&variant.id)
            ),
        ));
    }
    for ((_, values), (_, value)) in options.iter_mut().zip(&variant.options) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    let values = variant.options.iter();
    let values = option_values(values.map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(json!({"id": variant.id, "optionValues": values}))
}

fn option_fields(options: &Options, existing: Option<&Existing>) -> Value {
    let fields = (1..).zip(options).map(|(position, (name, values))| {
        let has: Option<&ExistingOption> =
            existing.and_then(|it| it.options.iter().find(|option| &option.name == name));
        let values: Vec<Value> = values
            .iter()
            .map(|value| {
                let id = has.and_then(|option| {
                    let known = option.option_values.iter();
                    Some(&known.into_iter().find(|it| &it.name == value)?.id)
                });
                with_id(json!({"name": value}), id)
            })
            .collect();
        let id = has.map(|option| &option.id);
        with_id(
            json!({"name": name, "position": position, "values": values}),
            id,
        )
    });
    Value::Array(fields.collect())
}

fn with_id(mut fields: Value, id: Option<&String>) -> Value {
    if let (Some(object), Some(id)) = (fields.as_object_mut(), id) {
        object.insert("id".to_owned(), json!(id));
    }
    fields
}

/// Ours, and those that the merchant added.
fn tags<'a>(product: &'a ProductInput, existing: &'a Existing, memory: &Memory) -> Vec<&'a String> {
    let has = |tags: &[String], tag: &str| tags.iter().any(|it| it.eq_ignore_ascii_case(tag));
    let foreign = existing
        .tags
        .iter()
        .filter(|tag| !has(&memory.tags, tag) && !has(&product.tags, tag));
    product.tags.iter().chain(foreign).collect()
}

fn file(image: &common::platform::Image) -> Value {
    json!({
        "originalSource": image.url,
        "alt": image.alt.as_deref().unwrap_or_default(),
        "contentType": "IMAGE",
    })
}

/// The pictures, when ours changed: known ones by id, new ones by address, then the merchant's own.
fn files(
    product: &ProductInput,
    existing: &Existing,
    memory: &Memory,
) -> Result<Option<Vec<Value>>, PlatformError> {
    let sent = memory.images.iter().map(|image| &image.url);
    if sent.eq(product.images.iter().map(|image| &image.url)) {
        return Ok(None);
    }
    if existing.more_media {
        return Err(PlatformError::rejected_field(
            "images",
            "the product has more than 100 pictures in the shop: change them in Shopify",
        ));
    }
    let known = |url: &str| {
        let image = memory.images.iter().find(|image| image.url == url)?;
        image
            .media_id
            .as_ref()
            .filter(|id| existing.media.contains(id))
    };
    let ours = product.images.iter().map(|image| match known(&image.url) {
        Some(id) => json!({"id": id}),
        None => file(image),
    });
    let sent_ids: Vec<&String> = memory
        .images
        .iter()
        .filter_map(|image| image.media_id.as_ref())
        .collect();
    let foreign = existing
        .media
        .iter()
        .filter(|id| !sent_ids.contains(id))
        .map(|id| json!({"id": id}));
    Ok(Some(ours.chain(foreign).collect()))
}
