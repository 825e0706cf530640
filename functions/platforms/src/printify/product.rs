//! A product as Printify has it: always with every variant of its blueprint, of which it offers the enabled ones.

use super::money::decimal;
use super::time;
use common::platform::{ExternalProduct, ExternalVariant, Issue, PlatformError, Severity};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// What marks a product as made for a listing of ours. Until a product is published the vendor keeps no id of
/// ours with it and takes no idempotency key; a tag is documented, comes back with every product, and reaches
/// nobody where we are the sales channel.
const MARK: &str = "hub-listing:";

/// The tag that marks a product as that of `listing_id`.
pub fn mark(listing_id: &str) -> String {
    format!("{MARK}{listing_id}")
}

/// Whether `tag` is such a mark.
pub fn is_mark(tag: &str) -> bool {
    tag.starts_with(MARK)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Product {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub options: Vec<OptionGroup>,
    pub variants: Vec<Variant>,
    #[serde(default = "yes")]
    pub visible: bool,
    #[serde(default)]
    pub is_locked: bool,
    #[serde(default)]
    pub is_deleted: bool,
    pub blueprint_id: i64,
    pub print_provider_id: i64,
    pub updated_at: String,
    #[serde(default, deserialize_with = "external")]
    pub external: Option<External>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptionGroup {
    pub name: String,
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    pub values: Vec<OptionValue>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptionValue {
    pub id: i64,
    pub title: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Variant {
    pub id: i64,
    #[serde(default)]
    pub sku: Option<String>,
    #[serde(default)]
    pub cost: Option<i64>,
    pub price: i64,
    #[serde(default)]
    pub title: Option<String>,
    pub is_enabled: bool,
    #[serde(default = "yes")]
    pub is_available: bool,
    #[serde(default)]
    pub options: Vec<i64>,
}

/// Where a sales channel shows the product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct External {
    pub id: String,
    #[serde(default)]
    pub handle: Option<String>,
}

const fn yes() -> bool {
    true
}

/// An object, or a list of one (the reference shows both), or an empty list. Before the first publication it
/// may hold only a shipping template.
pub fn external<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<External>, D::Error> {
    let value = match Value::deserialize(deserializer)? {
        Value::Array(list) => list.into_iter().next().unwrap_or(Value::Null),
        other => other,
    };
    if value.get("id").is_none_or(Value::is_null) {
        return Ok(None);
    }
    serde_json::from_value(value)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

/// That something is sold for less than it costs.
pub fn below_cost(message: String, field: Option<String>) -> Issue {
    Issue {
        severity: Severity::Warning,
        code: "price_below_cost".to_owned(),
        message,
        field,
    }
}

impl Product {
    /// The listing of ours that it was made for.
    pub fn listing(&self) -> Option<&str> {
        let marked = self.tags.iter().find_map(|tag| tag.strip_prefix(MARK));
        marked.filter(|id| !id.is_empty())
    }

    /// Whether a sales channel shows it.
    pub const fn is_published(&self) -> bool {
        self.external.is_some()
    }

    pub fn by_sku(&self, sku: &str) -> Option<&Variant> {
        self.variants
            .iter()
            .find(|variant| variant.sku.as_deref() == Some(sku))
    }

    pub fn by_id(&self, id: i64) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.id == id)
    }

    /// What is offered for less than it costs to make: Printify takes it, and doesn't publish it.
    pub fn losses(&self) -> Vec<Issue> {
        let offered = self.variants.iter().filter(|variant| variant.is_enabled);
        offered
            .filter_map(|variant| {
                let cost = variant.cost.filter(|cost| *cost > variant.price)?;
                let message = format!(
                    "{} costs {} to make and is sold for {}",
                    variant.title.as_deref().unwrap_or("a variant"),
                    decimal(cost),
                    decimal(variant.price)
                );
                let field = variant.sku.as_ref();
                Some(below_cost(
                    message,
                    field.map(|sku| format!("variants.{sku}.price")),
                ))
            })
            .collect()
    }

    /// The title of the option value with this id.
    fn value(&self, id: i64) -> Option<(&OptionGroup, &OptionValue)> {
        self.options.iter().find_map(|group| {
            let value = group.values.iter().find(|value| value.id == id)?;
            Some((group, value))
        })
    }

    /// Type (or name) and value of each option of `variant`.
    pub fn options_of(&self, variant: &Variant) -> Vec<(String, String)> {
        let values = variant.options.iter().filter_map(|id| self.value(*id));
        values
            .map(|(group, value)| {
                let name = group.kind.as_ref().unwrap_or(&group.name);
                (name.clone(), value.title.clone())
            })
            .collect()
    }

    fn status(&self) -> &'static str {
        match (self.is_locked, self.is_published(), self.visible) {
            (true, ..) => "publishing",
            (false, true, true) => "published",
            (false, true, false) => "hidden",
            (false, false, _) => "unpublished",
        }
    }

    /// As everybody else reads it: with the variants that it offers.
    pub fn external(self) -> Result<ExternalProduct, PlatformError> {
        let offered = self.variants.iter().filter(|variant| variant.is_enabled);
        let variants = offered.map(|variant| ExternalVariant {
            external_id: variant.id.to_string(),
            sku: variant.sku.clone().filter(|sku| !sku.is_empty()),
            price: decimal(variant.price),
            inventory_quantity: None,
            inventory_item_id: None,
            option_values: self
                .options_of(variant)
                .into_iter()
                .map(|(_, value)| value)
                .collect(),
        });
        Ok(ExternalProduct {
            variants: variants.collect(),
            status: self.status().to_owned(),
            updated_at: Some(time::required(&self.updated_at, "updated_at")?.text),
            handle: self
                .external
                .and_then(|external| external.handle)
                .unwrap_or_default(),
            external_id: self.id,
            title: self.title,
            description: self.description.unwrap_or_default(),
            vendor: String::new(),
            product_type: String::new(),
            tags: self.tags.into_iter().filter(|tag| !is_mark(tag)).collect(),
            more_variants: false,
        })
    }
}
