//! A Shopify shop in memory, as far as the plugins use one.

mod authorise;
mod command;
mod execute;
mod form;
mod fulfilment;
mod inventory;
mod merchant;
mod order;
mod order_view;
mod product_input;
mod product_media;
mod product_set;
mod product_view;
mod resource;
mod shop;
mod token;
mod vendor;
mod webhook;

use execute::execute;
pub use token::{CLIENT_ID, CLIENT_SECRET, TOKEN};
pub use vendor::{Shopify, VERSION};

use crate::graphql::{Field, Item, Object, leaf, list, object};
use serde_json::{Value, json};

/// A refusal inside `data`.
pub struct UserError {
    pub code: Option<&'static str>,
    pub field: Vec<String>,
    pub message: String,
}

impl UserError {
    /// `field` is a dotted path.
    pub fn new(code: &'static str, field: &str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::plain(field, message)
        }
    }

    /// One of a mutation whose errors have no code.
    pub fn plain(field: &str, message: impl Into<String>) -> Self {
        Self {
            code: None,
            field: field.split('.').map(str::to_owned).collect(),
            message: message.into(),
        }
    }
}

/// The `userErrors` of a payload.
pub fn user_errors(errors: Vec<UserError>) -> Field {
    list(errors.into_iter().map(|error| {
        let mut fields = vec![
            ("field", leaf(json!(error.field))),
            ("message", leaf(error.message)),
        ];
        fields.extend(error.code.map(|code| ("code", leaf(code))));
        object("UserError", fields)
    }))
}

/// A leaf that is null where there is no value.
pub fn maybe(value: Option<impl Into<Value>>) -> Field {
    leaf(value.map_or(Value::Null, Into::into))
}

/// A payload with nothing but its errors; `empty` names the fields that are null.
pub fn refused(name: &'static str, empty: &[&'static str], errors: Vec<UserError>) -> Object {
    let mut fields = vec![("userErrors", user_errors(errors))];
    fields.extend(empty.iter().map(|field| (*field, Field::Plain(Item::Null))));
    object(name, fields)
}
