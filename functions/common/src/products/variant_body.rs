//! A variant in the body of `POST` and `PATCH /products`.

use super::bounds::{MAX_OPTIONS, MAX_VARIANTS, WebAddress, check_length, given};
use crate::error::{Error, Result};
use crate::fields::{Amount, Currency, Quantity, Text};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::hash::Hash;
use uuid::Uuid;

/// What to do when stock runs out.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InventoryPolicy {
    /// Stop selling.
    Deny,
    /// Go on.
    Continue,
}

/// One variant. A key that is absent keeps the variant's value (the default of a new one); null empties it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VariantBody {
    /// Of an existing variant: `PATCH` only.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    sku: Option<Text<100>>,
    /// One for each option of the product.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    option_values: Option<Vec<Text<255>>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    price: Option<Option<Amount>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    compare_at_price: Option<Option<Amount>>,
    /// The workspace's where absent.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    currency: Option<Currency>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    inventory: Option<Quantity>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    inventory_policy: Option<InventoryPolicy>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    inventory_tracked: Option<bool>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    barcode: Option<Option<Text<100>>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    weight_grams: Option<Option<Quantity>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    requires_shipping: Option<bool>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    taxable: Option<bool>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    image_src: Option<Option<WebAddress>>,
}

/// What must hold for the variants of one product together.
///
/// # Errors
/// 400 naming the variant: too many, or two alike in id, SKU or option values.
pub fn check(variants: &[VariantBody]) -> Result<()> {
    check_length("variants", variants, MAX_VARIANTS)?;
    for (index, variant) in variants.iter().enumerate() {
        let values = variant.option_values.as_deref().unwrap_or_default();
        check_length(
            &format!("variants[{index}].option_values"),
            values,
            MAX_OPTIONS,
        )?;
    }
    distinct(variants, "id", |variant| variant.id)?;
    distinct(variants, "sku", |variant| {
        variant.sku.as_deref().map(str::to_owned)
    })?;
    distinct(variants, "option_values", |variant| {
        // One that is found by its id may leave out what it keeps.
        let keeps = variant.id.is_some() && variant.option_values.is_none();
        let values = variant.option_values.as_deref().unwrap_or_default();
        (!keeps).then(|| {
            values
                .iter()
                .map(|value| value.to_string())
                .collect::<Vec<_>>()
        })
    })
}

fn distinct<K: Eq + Hash>(
    variants: &[VariantBody],
    field: &str,
    key: impl Fn(&VariantBody) -> Option<K>,
) -> Result<()> {
    let mut seen = HashSet::new();
    for (index, variant) in variants.iter().enumerate() {
        if key(variant).is_some_and(|key| !seen.insert(key)) {
            let issue = "is that of another variant of the product too";
            return Err(Error::field(format!("variants[{index}].{field}"), issue));
        }
    }
    Ok(())
}
