//! What Etsy wants to know of a product that our catalogue does not say: from the listing's
//! `platform_data.etsy`, else the store's `config`.
//!
//! | key | |
//! |---|---|
//! | `taxonomy_id` | the category, of Etsy's seller taxonomy; required |
//! | `who_made` | `i_did`, `someone_else`, `collective`; required: it is the seller's declaration |
//! | `when_made` | `made_to_order`, `2020_2026`, …; required: it is the seller's declaration |
//! | `is_supply` | whether it is a supply rather than a finished product; `false` |
//! | `type` | `physical`, `download`, `both`; `physical` |
//! | `shipping_profile_id` | of a physical product; the shop's only one when absent |
//! | `readiness_state_id` | processing profile of a physical product; the shop's only one when absent |
//! | `return_policy_id` | of a physical product, outside the EU |
//! | `tags` | instead of the product's own, at most 13 of 20 characters |
//! | `image_ids` | pictures that the shop has already, instead of the product's own (`platform_data` only) |
//! | `default_image_ids` | pictures for products whose own can't be fetched |
//! | `listing_id` | a listing of the shop that is to be taken over (`platform_data` only) |
//! | `shop_section_id`, `materials`, `styles`, `should_auto_renew`, `is_taxable`, `is_customizable`, `is_personalizable`, `personalization_is_required`, `personalization_char_count_max`, `personalization_instructions`, `production_partner_ids`, `processing_min`, `processing_max`, `item_weight`, `item_weight_unit`, `item_length`, `item_width`, `item_height`, `item_dimensions_unit` | as Etsy has them |

use super::call::number;
use common::platform::{ProductInput, Store};
use serde_json::Value;

/// Where the settings of a listing are.
pub const OWN: &str = "platform_data.etsy";

/// The settings for one product.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    own: Option<&'a Value>,
    store: &'a Value,
}

impl<'a> Settings<'a> {
    /// The settings for `product` in `store`.
    pub fn of(product: &'a ProductInput, store: &'a Store) -> Self {
        Self::new(&product.platform_data, store)
    }

    /// The settings for a listing that has `platform_data` in `store`.
    pub fn new(platform_data: &'a Value, store: &'a Store) -> Self {
        Self {
            own: platform_data.get("etsy"),
            store: &store.config,
        }
    }

    /// The listing's own value.
    pub fn own(&self, name: &str) -> Option<&'a Value> {
        self.own?.get(name).filter(|value| !value.is_null())
    }

    /// The listing's own value, else the store's.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.own(name)
            .or_else(|| self.store.get(name).filter(|value| !value.is_null()))
    }

    /// A number above zero.
    pub fn id(&self, name: &str) -> Option<u64> {
        number(self.get(name)?)
    }

    /// As text for a form: lists are separated by commas.
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?)
    }

    /// Numbers above zero; empty where one is none.
    pub fn ids(value: Option<&Value>) -> Vec<u64> {
        let rows = value.and_then(Value::as_array).into_iter().flatten();
        rows.map(number).collect::<Option<_>>().unwrap_or_default()
    }

    /// Whether it is sent by post.
    pub fn is_physical(&self) -> bool {
        !matches!(self.text("type").as_deref(), Some("download" | "both"))
    }

    /// The keywords: Etsy's own, else the product's.
    pub fn tags(&self, product: &ProductInput) -> Vec<String> {
        match self.get("tags").and_then(Value::as_array) {
            Some(rows) => rows
                .iter()
                .filter_map(|tag| tag.as_str())
                .map(str::to_owned)
                .collect(),
            None => product.tags.clone(),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(rows) => {
            let all: Option<Vec<String>> = rows.iter().map(text).collect();
            Some(all?.join(",")).filter(|text| !text.is_empty())
        }
        Value::Null | Value::Object(_) => None,
    }
}
