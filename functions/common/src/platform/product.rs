//! A product as it is sent to and read from a channel.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether the channel shows a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// For sale.
    Active,
    /// Kept, not shown.
    Draft,
    /// Put away.
    Archived,
}

/// A property in which variants differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// `Size`.
    pub name: String,
    /// `S`, `M`, `L`.
    #[serde(default)]
    pub values: Vec<String>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where the channel fetches it.
    pub url: String,
    /// For those who can't see it.
    #[serde(default)]
    pub alt: Option<String>,
}

/// What is sold: one combination of option values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Unique within the product.
    pub sku: String,
    /// Decimal text in the listing's currency.
    pub price: String,
    /// The price before a reduction, decimal text.
    pub compare_at_price: Option<String>,
    /// EAN, UPC, ISBN.
    pub barcode: Option<String>,
    /// Pieces for sale.
    pub inventory_quantity: i64,
    /// One value for each option of the product, in their order.
    pub option_values: Vec<String>,
    /// Grams.
    pub weight_grams: Option<i64>,
}

/// A product to be made or changed on a channel, complete.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductInput {
    /// Our listing's id: lets a channel recognise a product that it already made for us.
    pub listing_id: String,
    /// The channel's id, once it has one.
    pub external_id: Option<String>,
    /// The title.
    pub title: String,
    /// HTML.
    pub description: String,
    /// The brand.
    pub vendor: String,
    /// The merchant's own classification.
    pub product_type: String,
    /// The last part of the product's address, where the channel has one.
    pub handle: Option<String>,
    /// Keywords.
    pub tags: Vec<String>,
    /// Empty for a product with one variant.
    pub options: Vec<ProductOption>,
    /// At least one.
    pub variants: Vec<Variant>,
    /// In order of display.
    pub images: Vec<Image>,
    /// What to set; `None` leaves the channel's status alone.
    pub status: Option<ProductStatus>,
    /// ISO 4217; a channel that sells in another currency refuses.
    pub currency: Option<String>,
    /// Whether an update also sets the stock of variants that the channel has already.
    pub set_stock: bool,
    /// What the plugin remembered about this listing (ids of variants, stock items, location).
    pub platform_data: Value,
}

/// A product as the channel has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExternalProduct {
    /// The channel's id.
    pub external_id: String,
    /// The title.
    pub title: String,
    /// HTML.
    pub description: String,
    /// The brand.
    pub vendor: String,
    /// The merchant's own classification.
    pub product_type: String,
    /// The last part of its address.
    pub handle: String,
    /// The channel's word for its status, in lower case.
    pub status: String,
    /// Keywords.
    pub tags: Vec<String>,
    /// RFC 3339.
    pub updated_at: Option<String>,
    /// What is sold.
    pub variants: Vec<ExternalVariant>,
    /// Whether the channel has more variants than are listed here.
    pub more_variants: bool,
}

/// A variant as the channel has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExternalVariant {
    /// The channel's id.
    pub external_id: String,
    /// The merchant's stock-keeping unit, where set.
    pub sku: Option<String>,
    /// Decimal text.
    pub price: String,
    /// Pieces for sale over all locations, where the channel counts.
    pub inventory_quantity: Option<i64>,
    /// The channel's id of the stock item behind the variant.
    pub inventory_item_id: Option<String>,
    /// Option values in the order of the options.
    pub option_values: Vec<String>,
}
