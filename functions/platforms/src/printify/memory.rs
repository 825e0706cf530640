//! What is kept in a listing's `platform_data`, beside the `printify` object with what people give.

use super::product::Product;
use common::platform::{PlatformError, ProductInput};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What we made for a listing: tells our entries from those that the merchant added in Printify.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub product_id: Option<String>,
    pub blueprint_id: Option<i64>,
    pub print_provider_id: Option<i64>,
    /// Number of the blueprint's variant by SKU.
    pub variants: BTreeMap<String, i64>,
    pub tags: Vec<String>,
    pub artwork: Option<SentArtwork>,
}

/// The artwork that the product has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentArtwork {
    /// What the settings said.
    pub source: Value,
    /// The upload, where one was made.
    pub image_id: Option<String>,
}

impl Memory {
    pub fn read(platform_data: &Value) -> Result<Self, PlatformError> {
        if platform_data.is_null() {
            return Ok(Self::default());
        }
        serde_path_to_error::deserialize(platform_data).map_err(|error| {
            PlatformError::rejected_field(
                format!("platform_data.{}", error.path()),
                error.inner().to_string(),
            )
        })
    }

    /// The memory after `input` was written as `product`, with `variants` in the order of the input's.
    pub fn after(
        input: &ProductInput,
        product: &Product,
        variants: &[i64],
        artwork: Option<SentArtwork>,
    ) -> Self {
        let skus = input.variants.iter().map(|variant| variant.sku.clone());
        Self {
            product_id: Some(product.id.clone()),
            blueprint_id: Some(product.blueprint_id),
            print_provider_id: Some(product.print_provider_id),
            variants: skus.zip(variants.iter().copied()).collect(),
            tags: input.tags.clone(),
            artwork,
        }
    }
}
