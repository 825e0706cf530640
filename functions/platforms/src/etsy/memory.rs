//! What is remembered about a listing in its `platform_data`, beside the settings under `etsy`.
//!
//! `{"listing_id", "url", "products": [{"sku", "product_id", "offering_id"}], "images": [{"url", "image_id"}],
//! "paused": bool, "readiness_state_id"}`

use super::model::Inventory;
use common::platform::PlatformError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is remembered about a listing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub listing_id: Option<u64>,
    pub url: Option<String>,
    /// The variants that we made.
    pub products: Vec<Made>,
    /// The pictures that we uploaded, in their order.
    pub images: Vec<Picture>,
    /// We took it from sale because its stock ran out.
    pub paused: bool,
    /// The processing profile: Etsy does not tell it of a listing that is not for sale.
    pub readiness_state_id: Option<u64>,
}

/// A variant that we made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Made {
    pub sku: String,
    pub product_id: u64,
    pub offering_id: Option<u64>,
}

/// A picture that we uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub url: String,
    pub image_id: u64,
}

impl Memory {
    /// Reads it out of a listing's `platform_data`.
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

    /// Whether the product of `sku` is one of ours.
    pub fn made(&self, sku: &str) -> bool {
        self.products.iter().any(|product| product.sku == sku)
    }

    /// Notes which products show the variants called `skus`.
    pub fn note(&mut self, inventory: &Inventory, skus: &[&str]) {
        self.products = inventory
            .alive()
            .filter(|product| skus.contains(&product.sku.as_str()))
            .map(|product| Made {
                sku: product.sku.clone(),
                product_id: product.product_id,
                offering_id: product.offering().map(|it| it.offering_id),
            })
            .collect();
    }
}
