//! Tags and pictures: ours and the merchant's.

use crate::shopify::memory::{Existing, Memory};
use common::platform::{PlatformError, ProductInput};
use serde_json::{Value, json};

/// Ours, and those that the merchant added.
pub fn tags<'a>(
    product: &'a ProductInput,
    existing: &'a Existing,
    memory: &Memory,
) -> Vec<&'a String> {
    let has = |tags: &[String], tag: &str| tags.iter().any(|it| it.eq_ignore_ascii_case(tag));
    let foreign = existing
        .tags
        .iter()
        .filter(|tag| !has(&memory.tags, tag) && !has(&product.tags, tag));
    product.tags.iter().chain(foreign).collect()
}

/// A new picture.
pub fn file(image: &common::platform::Image) -> Value {
    json!({
        "originalSource": image.url,
        "alt": image.alt.as_deref().unwrap_or_default(),
        "contentType": "IMAGE",
    })
}

/// The pictures, when ours changed: known ones by id, new ones by address, then the merchant's own.
pub fn files(
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
