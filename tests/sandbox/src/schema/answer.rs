//! Whether an answer's `data` is what the schema promises for the document.

use super::Problem;
use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value};

/// What in `data` does not fit. An object of an abstract type may lack what is selected of another type.
pub fn misfits(schema: &Schema, document: &ExecutableDocument, data: &Value) -> Vec<Problem> {
    let mut judge = Judge {
        schema,
        document,
        found: Vec::new(),
    };
    for operation in document.operations.iter() {
        match data.as_object() {
            Some(object) => judge.selected(&operation.selection_set, object, "data", true),
            None => judge.say("data", "is not an object"),
        }
    }
    judge.found
}

struct Judge<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    found: Vec<Problem>,
}

impl Judge<'_> {
    fn say(&mut self, path: &str, what: impl std::fmt::Display) {
        self.found.push(Problem {
            message: format!("`{path}` {what}"),
            deprecation: false,
        });
    }

    fn selected(
        &mut self,
        set: &SelectionSet,
        object: &Map<String, Value>,
        path: &str,
        is_certain: bool,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key();
                    let path = format!("{path}.{key}");
                    match object.get(key.as_str()) {
                        Some(value) => self.value(field, &field.definition.ty, value, &path),
                        None if is_certain => self.say(&path, "is missing"),
                        None => {}
                    }
                }
                Selection::InlineFragment(inner) => {
                    let same = inner.type_condition.as_ref().is_none_or(|it| *it == set.ty);
                    self.selected(&inner.selection_set, object, path, is_certain && same);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        let same = fragment.selection_set.ty == set.ty;
                        self.selected(&fragment.selection_set, object, path, is_certain && same);
                    }
                }
            }
        }
    }

    fn value(&mut self, field: &Field, of: &Type, value: &Value, path: &str) {
        if value.is_null() {
            if of.is_non_null() {
                self.say(path, format!("is null, but `{of}` is never"));
            }
        } else if of.is_list() {
            match value.as_array() {
                Some(rows) => {
                    for (index, row) in rows.iter().enumerate() {
                        self.value(field, of.item_type(), row, &format!("{path}.{index}"));
                    }
                }
                None => self.say(path, "is not a list"),
            }
        } else {
            self.named(field, of, value, path);
        }
    }

    fn named(&mut self, field: &Field, of: &Type, value: &Value, path: &str) {
        let name = of.inner_named_type();
        match self.schema.types.get(name) {
            Some(ExtendedType::Scalar(_)) if !fits_scalar(name.as_str(), value) => {
                self.say(path, format!("is {value}, which is no {name}"));
            }
            Some(ExtendedType::Enum(definition)) => {
                let is_known = value
                    .as_str()
                    .is_some_and(|text| definition.values.contains_key(text));
                if !is_known {
                    self.say(path, format!("is {value}, which is no {name}"));
                }
            }
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                match value.as_object() {
                    Some(object) => self.selected(&field.selection_set, object, path, true),
                    None => self.say(path, format!("is not the object {name}")),
                }
            }
            _ => {}
        }
    }
}

/// GraphQL's own scalars, and those of Shopify that are sent as text.
fn fits_scalar(name: &str, value: &Value) -> bool {
    match name {
        "Int" => value.as_i64().is_some_and(|it| i32::try_from(it).is_ok()),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "DateTime" => value
            .as_str()
            .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "Decimal" | "Money" => value
            .as_str()
            .is_some_and(|text| text.parse::<f64>().is_ok()),
        "ID" => value
            .as_str()
            .is_some_and(|text| text.starts_with("gid://shopify/")),
        "String" | "HTML" | "URL" | "FormattedString" | "UnsignedInt64" => value.is_string(),
        _ => true,
    }
}
