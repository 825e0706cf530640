//! What a merchant adds to a product in Shopify's own pages.

use super::product_set::keep;
use super::shop::{Media, Metafield, Product, ProductOption, Shop, Variant};
use crate::stamp::Stamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// The body of `merchant`: all but the product is optional.
#[derive(Deserialize)]
pub struct Additions {
    product_id: String,
    /// A variant with these option values, ten pieces at the last location.
    variant: Option<NewVariant>,
    /// A metafield of the product and of each of its variants, `namespace.key`.
    metafield: Option<String>,
    /// A new collection that the product joins.
    collection: Option<String>,
    /// A picture's address.
    image: Option<String>,
    /// A tag.
    tag: Option<String>,
    /// An option that every variant gets with this value: name and value.
    option: Option<(String, String)>,
}

#[derive(Deserialize)]
struct NewVariant {
    sku: String,
    /// In the order of the options.
    values: Vec<String>,
}

/// Adds; answers the product as it is then.
pub fn add(shop: &mut Shop, more: &Additions, at: Stamp) -> Result<Value, String> {
    let found = shop.product(&more.product_id).cloned();
    let mut product = found.ok_or_else(|| format!("there is no product {}", more.product_id))?;
    if let Some((name, value)) = &more.option {
        add_option(shop, &mut product, name, value);
    }
    if let Some(new) = &more.variant {
        add_variant(shop, &mut product, new);
    }
    if let Some((namespace, key)) = more.metafield.as_ref().and_then(|it| it.split_once('.')) {
        let metafield = Metafield {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
            value: "merchant's".to_owned(),
        };
        for variant in &mut product.variants {
            variant.metafields.push(metafield.clone());
        }
        product.metafields.push(metafield);
    }
    if more.collection.is_some() {
        let id = shop.id("Collection");
        shop.collections.push(id.clone());
        product.collections.push(id);
    }
    if let Some(url) = &more.image {
        product.media.push(Media {
            id: shop.id("MediaImage"),
            url: url.clone(),
            alt: String::new(),
        });
    }
    product.tags.extend(more.tag.clone());
    product.updated_at = at.text();
    let after = json!(product);
    keep(shop, product);
    Ok(after)
}

/// Every variant gets `value`; the stand-in for "no options" goes.
fn add_option(shop: &mut Shop, product: &mut Product, name: &str, value: &str) {
    product.options.retain(|it| it.name != "Title");
    product.options.push(new_option(shop, name, value));
    for variant in &mut product.variants {
        variant.options.retain(|(name, _)| name != "Title");
        variant.options.push((name.to_owned(), value.to_owned()));
    }
}

fn add_variant(shop: &mut Shop, product: &mut Product, new: &NewVariant) {
    for (option, value) in product.options.iter_mut().zip(&new.values) {
        if !option.values.iter().any(|(_, name)| name == value) {
            let id = shop.id("ProductOptionValue");
            option.values.push((id, value.clone()));
        }
    }
    let names = product.options.iter().map(|option| option.name.clone());
    let options = names.zip(new.values.iter().cloned()).collect();
    product.variants.push(new_variant(shop, &new.sku, options));
}

/// Makes a product with one variant; answers it.
pub fn make(shop: &mut Shop, handle: &str, at: Stamp) -> Value {
    let default = vec![("Title".to_owned(), "Default Title".to_owned())];
    let product = Product {
        id: shop.id("Product"),
        handle: handle.to_owned(),
        title: "The merchant's own".to_owned(),
        vendor: shop.name.clone(),
        status: "ACTIVE".to_owned(),
        options: vec![new_option(shop, "Title", "Default Title")],
        variants: vec![new_variant(shop, "THEIRS", default)],
        updated_at: at.text(),
        ..Product::default()
    };
    let made = json!(product);
    keep(shop, product);
    made
}

fn new_option(shop: &mut Shop, name: &str, value: &str) -> ProductOption {
    ProductOption {
        id: shop.id("ProductOption"),
        name: name.to_owned(),
        values: vec![(shop.id("ProductOptionValue"), value.to_owned())],
    }
}

fn new_variant(shop: &mut Shop, sku: &str, options: Vec<(String, String)>) -> Variant {
    let location = shop.locations.last().map(|it| it.id.clone());
    Variant {
        id: shop.id("ProductVariant"),
        inventory_item_id: shop.id("InventoryItem"),
        sku: Some(sku.to_owned()),
        price: "5.00".to_owned(),
        tracked: true,
        options,
        levels: location.into_iter().map(|id| (id, 10)).collect(),
        ..Variant::default()
    }
}
