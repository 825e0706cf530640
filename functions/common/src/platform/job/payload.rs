//! The payload that the worker puts together from rows.

use crate::platform::operation::{OrderLine, Recipient, Tracking};
use crate::platform::product::{ProductOption, ProductStatus};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Deserialize)]
pub struct Card {
    pub listing: Listing,
    pub product: Product,
    #[serde(default, deserialize_with = "or_default")]
    pub payload: Asked,
}

#[derive(Deserialize)]
pub struct OnlyListing {
    pub listing: Listing,
}

#[derive(Deserialize)]
pub struct Payload<T> {
    pub payload: T,
}

#[derive(Deserialize)]
pub struct Listing {
    pub id: String,
    pub external_id: Option<String>,
    pub price: Option<Amount>,
    pub currency: Option<String>,
    pub inventory: Option<i64>,
    #[serde(default)]
    pub platform_data: Value,
}

#[derive(Deserialize)]
pub struct Product {
    pub title: String,
    pub sku: Option<String>,
    pub description: Option<String>,
    pub vendor: Option<String>,
    pub product_type: Option<String>,
    pub handle: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub options: Vec<ProductOption>,
    #[serde(default, deserialize_with = "or_default")]
    pub images: Vec<Picture>,
    #[serde(default, deserialize_with = "or_default")]
    pub variants: Vec<Row>,
}

#[derive(Deserialize)]
pub struct Picture {
    #[serde(alias = "src")]
    pub url: String,
    pub alt: Option<String>,
    pub position: Option<i64>,
}

#[derive(Deserialize)]
pub struct Row {
    pub sku: String,
    pub price: Option<Amount>,
    pub compare_at_price: Option<Amount>,
    pub barcode: Option<String>,
    pub inventory: Option<i64>,
    pub weight_grams: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    pub option_values: Vec<Option<String>>,
    pub position: Option<i64>,
}

#[derive(Default, Deserialize)]
pub struct Asked {
    pub price: Option<Amount>,
    pub inventory: Option<i64>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub status: Option<ProductStatus>,
}

#[derive(Deserialize)]
pub struct Page {
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Deserialize)]
pub struct Order {
    pub external_order_id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub lines: Vec<OrderLine>,
    pub tracking: Option<Tracking>,
    #[serde(default)]
    pub notify_customer: bool,
    pub recipient: Option<Recipient>,
}

#[derive(Deserialize)]
pub struct OrderPage {
    pub since: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

/// Decimal text; a JSON number is taken for its shortest decimal form.
pub struct Amount(pub String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(serde::de::Error::custom("is not a decimal number")),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits(whole) && digits(fraction) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom(
                "is not a decimal number such as 12.50",
            ))
        }
    }
}

/// Postgres's null for an empty list or object.
pub fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
