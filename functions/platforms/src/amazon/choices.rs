//! What Amazon wants to know and the catalogue does not have: the listing's own `platform_data`, else the
//! store's `config`.

use common::platform::{PlatformError, Store};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A listing's `platform_data`: what people chose, and what was remembered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Amazon's product type, such as `SHIRT`.
    pub product_type: Option<String>,
    /// Attributes by Amazon's names; they win over those made from the product.
    pub attributes: Map<String, Value>,
    /// The same for single variants, by SKU.
    pub variant_attributes: BTreeMap<String, Map<String, Value>>,
    /// Offer this catalogue item rather than make one; for a product with one variant.
    pub asin: Option<String>,
    /// The SKU that groups the variants.
    pub parent_sku: Option<String>,
    /// What the variants differ in, such as `COLOR/SIZE`.
    pub variation_theme: Option<String>,
    /// Amazon's attribute for each option of the product, such as `{"Shoe size": "size"}`.
    pub option_attributes: BTreeMap<String, String>,
    /// Remembered: the attributes that were sent, by SKU.
    pub items: BTreeMap<String, Vec<String>>,
}

impl Choices {
    /// Reads a listing's `platform_data`.
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

    /// The product type that was chosen.
    pub fn product_type<'a>(&'a self, store: &'a Store) -> Option<&'a str> {
        let own = self.product_type.as_deref().map(str::trim);
        own.filter(|text| !text.is_empty())
            .or_else(|| store.setting("product_type"))
            // An offer for something that Amazon has already has no product type of its own.
            .or(self.asin.as_ref().map(|_| "PRODUCT"))
    }
}

/// The error of a listing without a product type; `suggestions` are Amazon's.
pub fn no_product_type(suggestions: &[String]) -> PlatformError {
    let such = match suggestions.is_empty() {
        true => "such as SHIRT".to_owned(),
        false => format!("Amazon suggests {}", suggestions.join(", ")),
    };
    PlatformError::rejected_field(
        "platform_data.product_type",
        format!(
            "is missing: set it on the listing, or `config.product_type` for the whole store ({such})"
        ),
    )
}
