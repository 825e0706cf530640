//! Options and their values.

use crate::shopify::memory::{Existing, ExistingOption, ExistingVariant, Memory};
use common::platform::{PlatformError, ProductInput, Variant};
use serde_json::{Value, json};

/// Shopify's stand-in for "no options".
const NO_OPTION: (&str, &str) = ("Title", "Default Title");

/// Option names with all their values, in order.
pub type Options = Vec<(String, Vec<String>)>;

/// The options of `product`, with Shopify's stand-in where it has none.
pub fn options(product: &ProductInput) -> Result<Options, PlatformError> {
    let named = !product.options.is_empty()
        && product
            .variants
            .iter()
            .any(|it| !it.option_values.is_empty());
    if !named {
        return if product.variants.len() == 1 {
            let (name, value) = NO_OPTION;
            Ok(vec![(name.to_owned(), vec![value.to_owned()])])
        } else {
            Err(PlatformError::rejected_field(
                "options",
                "a product with several variants needs options that tell them apart",
            ))
        };
    }
    let mut options: Options = product
        .options
        .iter()
        .map(|option| (option.name.clone(), Vec::new()))
        .collect();
    for variant in &product.variants {
        if variant.option_values.len() != options.len() {
            return Err(PlatformError::rejected_field(
                format!("variants.{}.option_values", variant.sku),
                format!(
                    "has to have one value for each of the {} options",
                    options.len()
                ),
            ));
        }
        for ((_, values), value) in options.iter_mut().zip(&variant.option_values) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
    Ok(options)
}

/// The names of the options that are sent for `product`.
pub fn sent_names(product: &ProductInput) -> Vec<String> {
    let options = options(product).unwrap_or_default();
    options.into_iter().map(|(name, _)| name).collect()
}

/// The names of options that the merchant added in Shopify; they join ours, or take the place of the
/// stand-in. An option that we sent earlier and have no more is not among them.
pub fn of_merchant(existing: &Existing, memory: &Memory, options: &mut Options) -> Vec<String> {
    let added: Vec<String> = existing
        .options
        .iter()
        .map(|option| &option.name)
        .filter(|name| {
            let is_ours = options.iter().any(|(ours, _)| ours == *name);
            !is_ours && !memory.options.contains(name) && name.as_str() != NO_OPTION.0
        })
        .cloned()
        .collect();
    if !added.is_empty() {
        options.retain(|(name, _)| name != NO_OPTION.0);
        options.extend(added.iter().map(|name| (name.clone(), Vec::new())));
    }
    added
}

/// The values that the shop's counterpart of `variant` has for the options that the merchant `added`.
pub fn keep_added<'a>(
    variant: &Variant,
    has: Option<&'a ExistingVariant>,
    added: &'a [String],
    options: &mut Options,
) -> Result<Vec<(&'a str, &'a str)>, PlatformError> {
    let mut kept = Vec::new();
    for name in added {
        let value = has.and_then(|has| has.value_of(name)).ok_or_else(|| {
            PlatformError::rejected_field(
                format!("variants.{}.option_values", variant.sku),
                format!(
                    "the shop's product has an option {name}, added there, for which this new \
                     variant has no value; give the product that option or remove it in Shopify"
                ),
            )
        })?;
        add_value(options, name, value);
        kept.push((name.as_str(), value));
    }
    Ok(kept)
}

fn add_value(options: &mut Options, name: &str, value: &str) {
    let named = options.iter_mut().find(|(option, _)| option == name);
    if let Some((_, values)) = named
        && !values.iter().any(|it| it == value)
    {
        values.push(value.to_owned());
    }
}

/// The values that `variant` has, by option; without options the stand-in, where that is still there.
pub fn values_of<'a>(variant: &'a Variant, options: &'a Options) -> Vec<(&'a str, &'a str)> {
    if variant.option_values.is_empty() {
        let is_there = options.iter().any(|(name, _)| name == NO_OPTION.0);
        return is_there.then_some(NO_OPTION).into_iter().collect();
    }
    options
        .iter()
        .zip(&variant.option_values)
        .map(|((name, _), value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Values as a variant's input has them.
pub fn option_values<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Value> {
    values
        .into_iter()
        .map(|(option, value)| json!({"optionName": option, "name": value}))
        .collect()
}

/// A merchant's own variant, repeated so that it stays; its values join the options.
pub fn keep(variant: &ExistingVariant, options: &mut Options) -> Result<Value, PlatformError> {
    let has_all = options
        .iter()
        .all(|(name, _)| variant.value_of(name).is_some());
    if !has_all || variant.options.len() != options.len() {
        return Err(PlatformError::rejected_field(
            "options",
            format!(
                "the shop has a variant {} with other options, added there; remove it in Shopify \
                 or give the product the same options",
                variant.sku.as_deref().unwrap_or(&variant.id)
            ),
        ));
    }
    for (name, value) in &variant.options {
        add_value(options, name, value);
    }
    let values = variant.options.iter();
    let values = option_values(values.map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(json!({"id": variant.id, "optionValues": values}))
}

/// Options as the product's input has them; known ones with their ids.
pub fn option_fields(options: &Options, existing: Option<&Existing>) -> Value {
    let fields = (1..).zip(options).map(|(position, (name, values))| {
        let has: Option<&ExistingOption> =
            existing.and_then(|it| it.options.iter().find(|option| &option.name == name));
        let values: Vec<Value> = values
            .iter()
            .map(|value| {
                let id = has.and_then(|option| {
                    let known = option.option_values.iter();
                    Some(&known.into_iter().find(|it| &it.name == value)?.id)
                });
                with_id(json!({"name": value}), id)
            })
            .collect();
        let id = has.map(|option| &option.id);
        with_id(
            json!({"name": name, "position": position, "values": values}),
            id,
        )
    });
    Value::Array(fields.collect())
}

fn with_id(mut fields: Value, id: Option<&String>) -> Value {
    if let (Some(object), Some(id)) = (fields.as_object_mut(), id) {
        object.insert("id".to_owned(), json!(id));
    }
    fields
}
