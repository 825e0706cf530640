//! What can be selected from a product.

use super::maybe;
use super::shop::{Media, Product, ProductOption, Shop, Variant};
use crate::graphql::{Field, GraphqlError, Item, Object, connection, leaf, list, nullable, object};
use serde_json::{Value, json};

pub fn product(shop: &Shop, it: &Product) -> Object {
    let metafields = it.metafields.clone();
    object(
        "Product",
        [
            ("id", leaf(it.id.clone())),
            ("title", leaf(it.title.clone())),
            ("handle", leaf(it.handle.clone())),
            ("descriptionHtml", leaf(it.description_html.clone())),
            ("vendor", leaf(it.vendor.clone())),
            ("productType", leaf(it.product_type.clone())),
            ("status", leaf(it.status.clone())),
            ("tags", leaf(json!(it.tags))),
            ("updatedAt", leaf(it.updated_at.clone())),
            (
                "tracksInventory",
                leaf(it.variants.iter().any(|variant| variant.tracked)),
            ),
            (
                "resourcePublicationsCount",
                nullable(Some(object(
                    "Count",
                    [("count", leaf(it.published_to.len()))],
                ))),
            ),
            ("options", list(it.options.iter().map(option))),
            ("media", connection(it.media.iter().map(media))),
            (
                "variants",
                connection(
                    it.variants
                        .iter()
                        .map(|variant| self::variant(shop, variant)),
                ),
            ),
            (
                "metafield",
                Field::With(Box::new(move |arguments| {
                    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
                    let found = metafields.iter().find(|it| {
                        text("namespace") == Some(&it.namespace) && text("key") == Some(&it.key)
                    });
                    Ok(found.map_or(Item::Null, |it| {
                        Item::Object(object("Metafield", [("value", leaf(it.value.clone()))]))
                    }))
                })),
            ),
        ],
    )
}

fn option(it: &ProductOption) -> Object {
    let values = it.values.iter().map(|(id, name)| {
        let fields = [("id", leaf(id.clone())), ("name", leaf(name.clone()))];
        object("ProductOptionValue", fields)
    });
    object(
        "ProductOption",
        [
            ("id", leaf(it.id.clone())),
            ("name", leaf(it.name.clone())),
            ("optionValues", list(values)),
        ],
    )
}

fn media(it: &Media) -> Object {
    object(
        "MediaImage",
        [("id", leaf(it.id.clone())), ("alt", leaf(it.alt.clone()))],
    )
}

fn variant(shop: &Shop, it: &Variant) -> Object {
    let available: i64 = it.levels.values().sum();
    let selected = it.options.iter().map(|(name, value)| {
        let fields = [("name", leaf(name.clone())), ("value", leaf(value.clone()))];
        object("SelectedOption", fields)
    });
    object(
        "ProductVariant",
        [
            ("id", leaf(it.id.clone())),
            ("sku", maybe(it.sku.clone())),
            ("price", leaf(it.price.clone())),
            ("compareAtPrice", maybe(it.compare_at_price.clone())),
            ("barcode", maybe(it.barcode.clone())),
            ("inventoryQuantity", leaf(available)),
            ("availableForSale", leaf(!it.tracked || available > 0)),
            ("selectedOptions", list(selected)),
            ("inventoryItem", nullable(Some(item(shop, it)))),
        ],
    )
}

/// The stock item called `id`.
pub fn item_by_id(shop: &Shop, id: &str) -> Option<Object> {
    shop.products
        .iter()
        .flat_map(|product| &product.variants)
        .find(|variant| variant.inventory_item_id == id)
        .map(|variant| item(shop, variant))
}

/// The variants of a stock item, as far as their product is asked for.
fn owners(shop: &Shop, item: &str) -> Field {
    let owned = shop.products.iter().flat_map(|product| {
        let variants = product.variants.iter();
        let of_item = variants.filter(|variant| variant.inventory_item_id == item);
        of_item.map(|variant| {
            let product = object("Product", [("id", leaf(product.id.clone()))]);
            let fields = [
                ("id", leaf(variant.id.clone())),
                ("product", nullable(Some(product))),
            ];
            object("ProductVariant", fields)
        })
    });
    connection(owned)
}

fn item(shop: &Shop, variant: &Variant) -> Object {
    let levels = variant.levels.clone();
    let locations: Vec<String> = shop.locations.iter().map(|it| it.id.clone()).collect();
    object(
        "InventoryItem",
        [
            ("id", leaf(variant.inventory_item_id.clone())),
            ("tracked", leaf(variant.tracked)),
            ("variants", owners(shop, &variant.inventory_item_id)),
            (
                "inventoryLevel",
                Field::With(Box::new(move |arguments| {
                    let location = arguments.get("locationId").and_then(Value::as_str);
                    let location = location.unwrap_or_default();
                    if !locations.iter().any(|id| id == location) {
                        let message = format!("Invalid location id: {location}");
                        return Err(GraphqlError::new("RESOURCE_NOT_FOUND", message));
                    }
                    Ok(levels
                        .get(location)
                        .map_or(Item::Null, |available| Item::Object(level(*available))))
                })),
            ),
        ],
    )
}

fn level(available: i64) -> Object {
    object(
        "InventoryLevel",
        [(
            "quantities",
            Field::With(Box::new(move |arguments| {
                let names = arguments.get("names").and_then(Value::as_array);
                let quantities = names.into_iter().flatten().map(|name| {
                    let fields = [("name", leaf(name.clone())), ("quantity", leaf(available))];
                    Item::Object(object("InventoryQuantity", fields))
                });
                Ok(Item::List(quantities.collect()))
            })),
        )],
    )
}
