//! What our catalogue does not know of a product: from the listing, else from the store.

use common::platform::{PlatformError, Store};
use serde_json::Value;

/// `platform_data.printify` of a listing before the store's `config`.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    listing: &'a Value,
    store: &'a Value,
}

impl<'a> Settings<'a> {
    pub fn new(platform_data: &'a Value, store: &'a Store) -> Self {
        Self {
            listing: platform_data.get("printify").unwrap_or(&Value::Null),
            store: &store.config,
        }
    }

    pub fn value(&self, name: &str) -> Option<&'a Value> {
        let here = self.listing.get(name).or_else(|| self.store.get(name));
        here.filter(|value| !value.is_null())
    }

    /// As [`Self::value`], but what the listing says of any of `names` rules out what the store says of others.
    pub fn first_of(&self, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        [self.listing, self.store].into_iter().find_map(|source| {
            names.iter().find_map(|name| {
                let value = source.get(*name).filter(|value| !value.is_null())?;
                Some((*name, value))
            })
        })
    }

    /// A number, written as number or as text.
    pub fn number(&self, name: &str) -> Result<Option<i64>, PlatformError> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_i64(),
        };
        let number = number.filter(|number: &i64| *number > 0);
        number
            .map(Some)
            .ok_or_else(|| PlatformError::rejected_field(field(name), "has to be a number above 0"))
    }

    /// A number that nothing can be done without.
    pub fn required(&self, name: &str, how: &str) -> Result<i64, PlatformError> {
        self.number(name)?.ok_or_else(|| {
            let reason = format!("is missing: {how}; or set it for all listings as config.{name}");
            PlatformError::rejected_field(field(name), reason)
        })
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, PlatformError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim())),
            Some(_) => Err(PlatformError::rejected_field(
                field(name),
                "has to be a text",
            )),
        }
    }

    /// What is made, and by whom.
    pub fn blueprint(&self) -> Result<Blueprint, PlatformError> {
        Ok(Blueprint {
            id: self.required(
                "blueprint_id",
                "give the number of a blueprint of Printify's catalogue",
            )?,
            print_provider_id: self.required(
                "print_provider_id",
                "give the number of a print provider that makes the blueprint",
            )?,
        })
    }
}

/// A setting's name as people give it.
pub fn field(name: &str) -> String {
    format!("platform_data.printify.{name}")
}

/// What is made, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blueprint {
    pub id: i64,
    pub print_provider_id: i64,
}
