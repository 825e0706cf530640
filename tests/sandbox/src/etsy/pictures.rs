//! The shop's pictures, and a host on which a product's picture may lie.

use super::form;
use super::listing::{Listing, missing};
use super::{Etsy, IMAGE_ID, Refused, epoch};
use crate::stamp::Stamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The smallest PNG: one pixel.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 10, b'I', b'D', b'A', b'T',
    0x78, 0x9C, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0D, 0x0A, 0x2D, 0xB4, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xAE, 0x42, 0x60, 0x82,
];

/// Pictures by their number.
#[derive(Debug)]
pub struct Library(BTreeMap<u64, Picture>);

#[derive(Debug)]
struct Picture {
    created: i64,
    alt: String,
    bytes: usize,
}

impl Default for Library {
    fn default() -> Self {
        let first = Picture {
            created: 1_700_000_000,
            alt: "Our shop".to_owned(),
            bytes: PNG.len(),
        };
        Self(BTreeMap::from([(IMAGE_ID, first)]))
    }
}

impl Library {
    /// Whether the shop has it.
    pub fn has(&self, id: u64) -> bool {
        self.0.contains_key(&id)
    }

    /// All of them.
    pub fn dump(&self) -> Value {
        let pictures = self.0.iter();
        pictures
            .map(|(id, it)| json!({"id": id, "alt_text": it.alt, "bytes": it.bytes}))
            .collect()
    }
}

impl Etsy {
    /// `uploadListingImage`.
    pub fn upload_image(
        &mut self,
        listing_id: u64,
        content_type: &str,
        body: &[u8],
        at: Stamp,
    ) -> Result<Value, Refused> {
        self.listings
            .get(&listing_id)
            .ok_or_else(|| missing(listing_id))?;
        let parts = form::multipart(content_type, body)?;
        let text = |name: &str| -> Option<String> {
            let part = parts.iter().find(|part| part.name == name)?;
            Some(String::from_utf8_lossy(&part.content).into_owned())
        };
        let rank: usize = text("rank").and_then(|text| text.parse().ok()).unwrap_or(1);
        let overwrite = text("overwrite").is_some_and(|it| it.eq_ignore_ascii_case("true"));
        let file = parts.iter().find(|part| part.name == "image");
        let id = match (
            file,
            text("listing_image_id").and_then(|it| it.parse().ok()),
        ) {
            (Some(file), _) => self.keep(&file.content, text("alt_text"), at)?,
            (None, Some(id)) if self.library.has(id) => id,
            _ => {
                return Err(Refused::bad(
                    "image: a file or a listing_image_id is needed",
                ));
            }
        };
        let listing = self.listings.get_mut(&listing_id);
        let listing = listing.ok_or_else(|| missing(listing_id))?;
        let place = rank.saturating_sub(1).min(listing.images.len());
        let is_full = listing.images.len() >= 20;
        match listing.images.get_mut(place) {
            Some(there) if overwrite => *there = id,
            _ if is_full => {
                return Err(Refused::bad("images: a listing has at most 20"));
            }
            _ => listing.images.insert(place, id),
        }
        Ok(self.image(listing_id, id, place + 1))
    }

    fn keep(&mut self, file: &[u8], alt: Option<String>, at: Stamp) -> Result<u64, Refused> {
        let starts: [&[u8]; 3] = [&[0xFF, 0xD8, 0xFF], &[0x89, b'P', b'N', b'G'], b"GIF8"];
        if !starts.iter().any(|start| file.starts_with(start)) {
            return Err(Refused::bad("image: the file is no JPEG, PNG or GIF"));
        }
        let alt = alt.unwrap_or_default();
        if alt.chars().count() > 500 {
            return Err(Refused::bad("alt_text: at most 500 characters"));
        }
        let id = self.number();
        let picture = Picture {
            created: epoch(at),
            alt,
            bytes: file.len(),
        };
        self.library.0.insert(id, picture);
        Ok(id)
    }

    /// `deleteListingImage`.
    pub fn delete_image(&mut self, listing_id: u64, image_id: u64) -> Result<Value, Refused> {
        let listing = self.listings.get_mut(&listing_id);
        let listing = listing.ok_or_else(|| missing(listing_id))?;
        if !listing.images.contains(&image_id) {
            return Err(Refused::new(404, "The listing has no such image"));
        }
        listing.images.retain(|id| *id != image_id);
        Ok(Value::Null)
    }

    /// `getListingImages`.
    pub fn get_images(&self, listing_id: u64) -> Result<Value, Refused> {
        let listing = self
            .listings
            .get(&listing_id)
            .ok_or_else(|| missing(listing_id))?;
        let images = self.listing_images(listing);
        Ok(json!({"count": listing.images.len(), "results": images}))
    }

    /// The pictures of a listing, by rank.
    pub fn listing_images(&self, listing: &Listing) -> Value {
        let ids = listing.images.iter().enumerate();
        ids.map(|(at, id)| self.image(listing.id, *id, at + 1))
            .collect()
    }

    fn image(&self, listing_id: u64, id: u64, rank: usize) -> Value {
        let picture = self.library.0.get(&id);
        let created = picture.map_or(1_700_000_000, |it| it.created);
        let url = |size: &str| format!("https://i.etsystatic.com/{listing_id}/{size}/{id}.jpg");
        json!({
            "listing_id": listing_id, "listing_image_id": id, "hex_code": null, "red": null,
            "green": null, "blue": null, "hue": null, "saturation": null, "brightness": null,
            "is_black_and_white": null, "creation_tsz": created, "created_timestamp": created,
            "rank": rank, "url_75x75": url("75x75"), "url_170x135": url("170x135"),
            "url_570xN": url("570xN"), "url_fullxfull": url("fullxfull"), "full_height": null,
            "full_width": null, "alt_text": picture.map(|it| it.alt.as_str()),
        })
    }
}
