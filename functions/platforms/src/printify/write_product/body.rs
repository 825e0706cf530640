//! What is sent for a product.

use crate::printify::artwork::Artwork;
use crate::printify::call::currency;
use crate::printify::memory::{Memory, SentArtwork};
use crate::printify::money::cents;
use crate::printify::product::{Product, is_mark, mark};
use crate::printify::settings::{Settings, field};
use common::platform::{PlatformError, ProductInput, ProductStatus, Store, Variant};
use serde_json::{Map, Value, json};

/// Refuses what can be known to be wrong before anything is sent.
pub fn check(store: &Store, input: &ProductInput) -> Result<(), PlatformError> {
    let wrong = PlatformError::rejected_field;
    if let Some(given) = input
        .currency
        .as_deref()
        .filter(|it| *it != currency(store))
    {
        let sells = currency(store);
        let reason =
            format!("is {given}, the shop sells in {sells}: set config.currency or the listing's");
        return Err(wrong("currency", reason));
    }
    if input.title.trim().is_empty() {
        return Err(wrong("title", "is empty".to_owned()));
    }
    if input.description.trim().is_empty() {
        return Err(wrong(
            "description",
            "is empty: Printify requires one".to_owned(),
        ));
    }
    input
        .variants
        .iter()
        .try_for_each(|variant| price(variant).map(|_| ()))
}

fn price(variant: &Variant) -> Result<i64, PlatformError> {
    let price = cents(&variant.price).filter(|price| *price > 0);
    price.ok_or_else(|| {
        PlatformError::rejected_field(
            format!("variants.{}.price", variant.sku),
            format!("is `{}`: Printify takes whole cents above 0", variant.price),
        )
    })
}

/// A blueprint and its print provider stay: the vendor takes others without a word and without effect.
pub fn same_blueprint(settings: Settings<'_>, product: &Product) -> Result<(), PlatformError> {
    let pairs = [
        ("blueprint_id", product.blueprint_id),
        ("print_provider_id", product.print_provider_id),
    ];
    pairs
        .into_iter()
        .try_for_each(|(name, has)| unchanged(settings, name, has))
}

/// Refuses another number than the one that the product was made with.
pub fn unchanged(settings: Settings<'_>, name: &str, has: i64) -> Result<(), PlatformError> {
    match settings.number(name)? {
        Some(wanted) if wanted != has => Err(PlatformError::rejected_field(
            field(name),
            format!(
                "the product is made with {has}, which can't be changed: delete the listing and publish it anew"
            ),
        )),
        _ => Ok(()),
    }
}

/// Where nothing is kept in stock, nothing is out of stock: then all variants are offered.
fn is_offered(input: &ProductInput, variant: &Variant) -> bool {
    let keeps_stock = input
        .variants
        .iter()
        .any(|variant| variant.inventory_quantity > 0);
    !keeps_stock || variant.inventory_quantity > 0
}

/// A product to be made, with the blueprint's `variants` in the order of the input's.
pub fn new(
    settings: Settings<'_>,
    input: &ProductInput,
    variants: &[i64],
    artwork: &SentArtwork,
) -> Result<Value, PlatformError> {
    let blueprint = settings.blueprint()?;
    let rows: Result<Vec<Value>, PlatformError> = input
        .variants
        .iter()
        .zip(variants)
        .map(|(variant, id)| {
            let is_enabled = is_offered(input, variant);
            Ok(json!({"id": id, "sku": variant.sku, "price": price(variant)?, "is_enabled": is_enabled}))
        })
        .collect();
    let mut tags = input.tags.clone();
    tags.push(mark(&input.listing_id));
    let mut body = json!({
        "title": input.title,
        "description": input.description,
        "tags": tags,
        "blueprint_id": blueprint.id,
        "print_provider_id": blueprint.print_provider_id,
        "variants": rows?,
        "print_areas": Artwork::read(settings)?.areas(artwork, variants),
    });
    if let (Some(visible), Some(fields)) = (visible(input), body.as_object_mut()) {
        fields.insert("visible".to_owned(), json!(visible));
    }
    Ok(body)
}

/// Documented as read-only, and taken all the same; a vendor that ignores it does no harm.
fn visible(input: &ProductInput) -> Option<bool> {
    input.status.map(|status| status == ProductStatus::Active)
}

/// The memory, completed by the SKUs that the product has: to find variants by, not to tell whose they are.
pub fn with_skus(memory: &Memory, product: &Product) -> Memory {
    let mut known = memory.clone();
    for variant in product.variants.iter().filter(|variant| variant.is_enabled) {
        if let Some(sku) = variant.sku.as_ref().filter(|sku| !sku.is_empty()) {
            known.variants.entry(sku.clone()).or_insert(variant.id);
        }
    }
    known
}

/// The change that makes `product` what `input` says. Variants and tags that somebody else added stay.
pub fn changed(
    input: &ProductInput,
    product: &Product,
    memory: &Memory,
    variants: &[i64],
    areas: Option<Value>,
) -> Result<Value, PlatformError> {
    let mut rows = Vec::new();
    for (variant, id) in input.variants.iter().zip(variants) {
        let has = product.by_id(*id);
        let known = memory.variants.get(&variant.sku) == Some(id)
            || has.is_some_and(|has| has.sku.as_ref() == Some(&variant.sku));
        let is_enabled = match has {
            Some(has) if known && !input.set_stock => has.is_enabled,
            _ => is_offered(input, variant),
        };
        rows.push(json!({"id": id, "sku": variant.sku, "price": price(variant)?, "is_enabled": is_enabled}));
    }
    rows.extend(retired(input, product, memory, variants));
    let mut body = Map::new();
    body.insert("title".to_owned(), json!(input.title));
    body.insert("description".to_owned(), json!(input.description));
    body.insert("tags".to_owned(), json!(tags(input, product, memory)));
    body.insert("variants".to_owned(), Value::Array(rows));
    if let Some(areas) = areas {
        body.insert("print_areas".to_owned(), areas);
    }
    if let Some(visible) = visible(input).filter(|visible| *visible != product.visible) {
        body.insert("visible".to_owned(), json!(visible));
    }
    Ok(Value::Object(body))
}

/// Variants that were ours and are no more: what is left out of a change stays as it is.
fn retired(
    input: &ProductInput,
    product: &Product,
    memory: &Memory,
    variants: &[i64],
) -> Vec<Value> {
    let gone = memory.variants.iter().filter(|(sku, id)| {
        let is_wanted = input.variants.iter().any(|variant| variant.sku == **sku);
        !is_wanted && !variants.contains(id)
    });
    gone.filter_map(|(_, id)| product.by_id(*id))
        .filter(|variant| variant.is_enabled)
        .map(|variant| json!({"id": variant.id, "price": variant.price, "is_enabled": false}))
        .collect()
}

fn tags(input: &ProductInput, product: &Product, memory: &Memory) -> Vec<String> {
    let mut tags = input.tags.clone();
    let others = product
        .tags
        .iter()
        .filter(|tag| !memory.tags.contains(tag) && !is_mark(tag));
    for tag in others {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    tags.push(mark(&input.listing_id));
    tags
}
