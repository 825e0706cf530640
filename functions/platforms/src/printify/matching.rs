//! Which of a blueprint's variants are ours: by explicit number, by what is remembered, or by option values.

use super::blueprint::Choice;
use super::memory::Memory;
use super::settings::{Settings, field};
use common::platform::{PlatformError, ProductInput, Variant};
use serde_json::Value;

/// How many variants an explanation names.
const NAMED: usize = 5;

/// The number of the blueprint's variant for each of the input's, or what is wrong with it.
pub fn each(
    input: &ProductInput,
    settings: Settings<'_>,
    memory: &Memory,
    choices: &[Choice],
) -> Vec<Result<i64, PlatformError>> {
    let mut taken: Vec<i64> = Vec::new();
    let variants = input.variants.iter();
    variants
        .map(|variant| {
            let id = one(variant, settings, memory, choices)?;
            if taken.contains(&id) {
                return Err(PlatformError::rejected_field(
                    format!("variants.{}", variant.sku),
                    "is the same variant of the blueprint as another one: give each its own with platform_data.printify.variant_ids",
                ));
            }
            taken.push(id);
            Ok(id)
        })
        .collect()
}

/// As [`each`]; the first that is wrong counts for all.
pub fn all(
    input: &ProductInput,
    settings: Settings<'_>,
    memory: &Memory,
    choices: &[Choice],
) -> Result<Vec<i64>, PlatformError> {
    each(input, settings, memory, choices).into_iter().collect()
}

fn one(
    variant: &Variant,
    settings: Settings<'_>,
    memory: &Memory,
    choices: &[Choice],
) -> Result<i64, PlatformError> {
    let has = |id: &i64| choices.iter().any(|choice| choice.id == *id);
    if let Some(given) = settings
        .value("variant_ids")
        .and_then(|ids| ids.get(&variant.sku))
    {
        return given.as_i64().filter(has).ok_or_else(|| {
            PlatformError::rejected_field(
                field(&format!("variant_ids.{}", variant.sku)),
                "is not the number of a variant of this blueprint and print provider",
            )
        });
    }
    if let Some(known) = memory.variants.get(&variant.sku).filter(|id| has(id)) {
        return Ok(*known);
    }
    by_options(variant, settings, choices)
}

fn by_options(
    variant: &Variant,
    settings: Settings<'_>,
    choices: &[Choice],
) -> Result<i64, PlatformError> {
    let defaults = settings.value("option_defaults").unwrap_or(&Value::Null);
    let fitting: Vec<(&Choice, Vec<&(String, String)>)> = choices
        .iter()
        .filter_map(|choice| Some((choice, open_options(choice, &variant.option_values)?)))
        .collect();
    let usual: Vec<&Choice> = fitting
        .iter()
        .filter(|(_, open)| {
            open.iter()
                .all(|(name, value)| is_default(defaults, name, value))
        })
        .map(|(choice, _)| *choice)
        .collect();
    match (fitting.as_slice(), usual.as_slice()) {
        ([(only, _)], _) | (_, [only]) => Ok(only.id),
        ([], _) => Err(misfit(
            variant,
            "the blueprint has no such variant; it has",
            choices.iter(),
        )),
        _ => {
            let among = fitting.iter().map(|(choice, _)| *choice);
            Err(misfit(
                variant,
                "could be several variants of the blueprint: say which with platform_data.printify.variant_ids or option_defaults; among them",
                among,
            ))
        }
    }
}

/// The options of `choice` that `values` say nothing about; `None` when one of the values is none of its own.
fn open_options<'a>(choice: &'a Choice, values: &[String]) -> Option<Vec<&'a (String, String)>> {
    let mut open: Vec<&(String, String)> = choice.options.iter().collect();
    for value in values {
        let at = open.iter().position(|(_, has)| same(has, value))?;
        open.remove(at);
    }
    Some(open)
}

fn is_default(defaults: &Value, name: &str, value: &str) -> bool {
    let fields = defaults.as_object().into_iter().flatten();
    fields
        .filter(|(key, _)| same(key, name))
        .any(|(_, wanted)| wanted.as_str().is_some_and(|wanted| same(wanted, value)))
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn misfit<'a>(
    variant: &Variant,
    what: &str,
    choices: impl Iterator<Item = &'a Choice>,
) -> PlatformError {
    let titles: Vec<&str> = choices
        .take(NAMED)
        .map(|choice| choice.title.as_str())
        .collect();
    PlatformError::rejected_field(
        format!("variants.{}.option_values", variant.sku),
        format!("{what}: {}", titles.join("; ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::platform::Store;
    use serde_json::json;

    fn choice(id: i64, size: &str, color: &str) -> Choice {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Choice {
            id,
            title: format!("{color} / {size}"),
            options: vec![pair("color", color), pair("size", size)],
            positions: Vec::new(),
        }
    }

    fn matched(values: &[&str], given: &Value) -> Result<i64, PlatformError> {
        let choices = [
            choice(1, "S", "White"),
            choice(2, "M", "White"),
            choice(3, "M", "Navy"),
        ];
        let store = Store::new(json!({}), json!({}));
        let data = json!({"printify": given});
        let variant = Variant {
            sku: "A".to_owned(),
            option_values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Variant::default()
        };
        one(
            &variant,
            Settings::new(&data, &store),
            &Memory::default(),
            &choices,
        )
    }

    #[test]
    fn values_are_compared_in_any_order_and_case() {
        assert_eq!(matched(&["m", "NAVY"], &json!({})), Ok(3));
        assert_eq!(matched(&["White", "S"], &json!({})), Ok(1));
        assert_eq!(matched(&["S"], &json!({})), Ok(1));
    }

    #[test]
    fn what_fits_several_needs_a_default_or_a_number() {
        let error = matched(&["M"], &json!({})).unwrap_err().to_string();
        assert!(error.contains("White / M; Navy / M"), "{error}");
        assert_eq!(
            matched(&["M"], &json!({"option_defaults": {"Color": "navy"}})),
            Ok(3)
        );
        assert_eq!(matched(&["M"], &json!({"variant_ids": {"A": 2}})), Ok(2));
        assert!(matched(&["M"], &json!({"variant_ids": {"A": 9}})).is_err());
    }

    #[test]
    fn what_fits_none_says_what_there_is() {
        let error = matched(&["XXL"], &json!({})).unwrap_err().to_string();
        assert!(
            error.contains("variants.A.option_values") && error.contains("White / S"),
            "{error}"
        );
    }
}
