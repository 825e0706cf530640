//! Reads the pictures, metafields and collections of a `ProductSetInput`: lists that replace what was there.

use super::product_input::{Refused, refuse, rows};
use super::shop::{Media, Metafield, Product, Shop};
use serde_json::Value;

pub fn files(shop: &mut Shop, product: &mut Product, input: &Value) -> Refused<()> {
    if input["files"].is_null() {
        return Ok(());
    }
    let known = std::mem::take(&mut product.media);
    for (index, row) in rows(&input["files"]) {
        let field = format!("input.files.{index}");
        if let Some(id) = row["id"].as_str() {
            match known.iter().find(|media| media.id == id) {
                Some(media) => product.media.push(media.clone()),
                None => return refuse("INVALID_INPUT", &field, "The file does not exist."),
            }
            continue;
        }
        let url = row["originalSource"].as_str().unwrap_or_default();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return refuse("INVALID_INPUT", &field, "Image URL is invalid");
        }
        product.media.push(Media {
            id: shop.id("MediaImage"),
            url: url.to_owned(),
            alt: row["alt"].as_str().unwrap_or_default().to_owned(),
        });
    }
    Ok(())
}

/// Of the product or of a variant; `path` is where `input` stands.
pub fn metafields(has: &mut Vec<Metafield>, input: &Value, path: &str) -> Refused<()> {
    if input["metafields"].is_null() {
        return Ok(());
    }
    has.clear();
    for (index, row) in rows(&input["metafields"]) {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (key, namespace) = (text("key"), text("namespace"));
        if key.len() < 2 || namespace.len() < 3 || text("type").is_empty() {
            let field = format!("{path}.metafields.{index}");
            let message = "A metafield needs a namespace, a key and a type.";
            return refuse("INVALID_METAFIELD", &field, message);
        }
        has.push(Metafield {
            namespace,
            key,
            value: text("value"),
        });
    }
    Ok(())
}

pub fn collections(shop: &Shop, product: &mut Product, input: &Value) -> Refused<()> {
    if input["collections"].is_null() {
        return Ok(());
    }
    product.collections.clear();
    for (index, id) in rows(&input["collections"]) {
        let id = id.as_str().unwrap_or_default();
        if !shop.collections.iter().any(|it| it == id) {
            let field = format!("input.collections.{index}");
            return refuse("INVALID_INPUT", &field, "The collection does not exist.");
        }
        product.collections.push(id.to_owned());
    }
    Ok(())
}
