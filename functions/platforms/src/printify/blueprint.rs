//! What a print provider makes of a blueprint: the variants to choose from.

use super::answer;
use super::call::Call;
use super::product::Product;
use super::settings::Blueprint;
use common::platform::{Exchange, PlatformError};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Variants come and go with the seasons of the trade, not within hours.
const GOOD_FOR: Duration = Duration::from_secs(6 * 60 * 60);

/// A variant that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub id: i64,
    pub title: String,
    /// Name and value of each option.
    pub options: Vec<(String, String)>,
    /// The names of its print areas; empty where they are not known.
    pub positions: Vec<String>,
}

/// Asks for the variants, also those that are out of stock now.
pub fn ask(
    call: Call<'_>,
    blueprint: Blueprint,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    let path = format!(
        "/v1/catalog/blueprints/{}/print_providers/{}/variants.json?show-out-of-stock=1",
        blueprint.id, blueprint.print_provider_id
    );
    Ok(call
        .get(&path, phase)?
        .costing("catalog", 1)
        .cached_for(GOOD_FOR))
}

/// Reads the answer to [`ask`].
pub fn read(response: &HttpResponse) -> Result<Vec<Choice>, PlatformError> {
    #[derive(Deserialize)]
    struct Answer {
        variants: Vec<Variant>,
    }
    #[derive(Deserialize)]
    struct Variant {
        id: i64,
        title: String,
        // An object; an empty list where there are no options.
        options: Value,
        #[serde(default)]
        placeholders: Vec<Placeholder>,
    }
    #[derive(Deserialize)]
    struct Placeholder {
        position: String,
    }
    let answer: Option<Answer> = answer::found(response)?;
    let answer = answer.ok_or_else(|| {
        PlatformError::rejected_field(
            super::settings::field("print_provider_id"),
            "does not make this blueprint, or there is no such blueprint",
        )
    })?;
    Ok(answer
        .variants
        .into_iter()
        .map(|variant| Choice {
            id: variant.id,
            title: variant.title,
            options: pairs(&variant.options),
            positions: variant
                .placeholders
                .into_iter()
                .map(|placeholder| placeholder.position)
                .collect(),
        })
        .collect())
}

fn pairs(options: &Value) -> Vec<(String, String)> {
    let fields = options.as_object().into_iter().flatten();
    fields
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// The variants of a product that is there: it has all of its blueprint's.
pub fn of_product(product: &Product) -> Vec<Choice> {
    let variants = product.variants.iter();
    variants
        .map(|variant| Choice {
            id: variant.id,
            title: variant.title.clone().unwrap_or_default(),
            options: product.options_of(variant),
            positions: Vec::new(),
        })
        .collect()
}
