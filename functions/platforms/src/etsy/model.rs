//! What Etsy tells of listings, as far as the plugin needs it.

use super::money::Money;
use serde::{Deserialize, Serialize};

/// A page of anything.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// How many there are on all pages.
    pub count: u64,
    pub results: Vec<T>,
}

/// A listing: what we call a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listing {
    pub listing_id: u64,
    pub title: String,
    pub description: String,
    /// `active`, `inactive`, `sold_out`, `draft`, `expired`.
    pub state: String,
    pub url: String,
    pub quantity: i64,
    pub tags: Vec<String>,
    pub price: Money,
    /// Seconds since 1970.
    pub created_timestamp: i64,
    /// Seconds since 1970.
    pub updated_timestamp: i64,
    #[serde(default)]
    pub taxonomy_id: Option<u64>,
    /// Where asked for.
    #[serde(default)]
    pub images: Option<Vec<Image>>,
    /// Where asked for.
    #[serde(default)]
    pub inventory: Option<Inventory>,
}

/// A picture of a listing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image {
    pub listing_image_id: u64,
    pub rank: u32,
}

/// The whole inventory document of a listing: it can only be replaced as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inventory {
    pub products: Vec<Product>,
    pub price_on_property: Vec<u64>,
    pub quantity_on_property: Vec<u64>,
    pub sku_on_property: Vec<u64>,
    #[serde(default)]
    pub readiness_state_on_property: Option<Vec<u64>>,
}

/// What we call a variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Product {
    pub product_id: u64,
    pub sku: String,
    pub is_deleted: bool,
    pub offerings: Vec<Offering>,
    pub property_values: Vec<PropertyValue>,
}

/// Price and stock of a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Offering {
    pub offering_id: u64,
    pub quantity: i64,
    pub is_enabled: bool,
    pub is_deleted: bool,
    pub price: Money,
    #[serde(default)]
    pub readiness_state_id: Option<u64>,
}

/// What tells a product from the others of its listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyValue {
    pub property_id: u64,
    pub property_name: Option<String>,
    pub scale_id: Option<u64>,
    pub value_ids: Vec<u64>,
    pub values: Vec<String>,
}

impl Inventory {
    /// A processing profile that its products have. Etsy tells it of listings that are for sale; of others
    /// it may be left out, though it has to be written.
    pub fn readiness(&self) -> Option<u64> {
        let mut offerings = self.alive().filter_map(Product::offering);
        offerings.find_map(|offering| offering.readiness_state_id)
    }

    /// The products that are there.
    pub fn alive(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().filter(|product| !product.is_deleted)
    }
}

impl Product {
    /// The offering that is there: Etsy has one a product.
    pub fn offering(&self) -> Option<&Offering> {
        self.offerings.iter().find(|offering| !offering.is_deleted)
    }
}
