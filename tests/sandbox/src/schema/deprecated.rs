//! Finds what a valid request uses that the vendor has marked as going away.

use super::Problem;
use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use serde_json::Value;

/// Deprecated fields and arguments that the document selects.
pub fn in_document(document: &ExecutableDocument) -> Vec<Problem> {
    let mut found = Vec::new();
    let fragments = document.fragments.values().map(|it| &it.selection_set);
    for set in document
        .operations
        .iter()
        .map(|operation| &operation.selection_set)
        .chain(fragments)
    {
        selections(set, &mut found);
    }
    found
}

fn selections(set: &SelectionSet, found: &mut Vec<Problem>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                if field.definition.directives.has("deprecated") {
                    found.push(problem(format!("`{}.{}`", set.ty, field.name)));
                }
                for argument in &field.arguments {
                    let definition = field.definition.argument_by_name(&argument.name);
                    if definition.is_some_and(|it| it.directives.has("deprecated")) {
                        let name = format!("`{}.{}({})`", set.ty, field.name, argument.name);
                        found.push(problem(name));
                    }
                }
                selections(&field.selection_set, found);
            }
            Selection::InlineFragment(fragment) => {
                selections(&fragment.selection_set, found);
            }
            // Its selections are looked at as a definition.
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Deprecated input fields and enum values that the variables hold.
pub fn in_variables(schema: &Schema, operation: &Operation, values: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for variable in &operation.variables {
        if let Some(value) = values.get(variable.name.as_str()) {
            input(schema, &variable.ty, value, &mut found);
        }
    }
    found
}

fn input(schema: &Schema, of: &Type, value: &Value, found: &mut Vec<Problem>) {
    if let Value::Array(items) = value {
        for item in items {
            input(schema, of.item_type(), item, found);
        }
        return;
    }
    let name = of.inner_named_type();
    match (schema.types.get(name), value) {
        (Some(ExtendedType::InputObject(object)), Value::Object(fields)) => {
            for (field, value) in fields {
                let Some(definition) = object.fields.get(field.as_str()) else {
                    continue;
                };
                if definition.directives.has("deprecated") {
                    found.push(problem(format!("`{name}.{field}`")));
                }
                input(schema, &definition.ty, value, found);
            }
        }
        (Some(ExtendedType::Enum(definition)), Value::String(text)) => {
            let value = definition.values.get(text.as_str());
            if value.is_some_and(|it| it.directives.has("deprecated")) {
                found.push(problem(format!("`{name}.{text}`")));
            }
        }
        _ => {}
    }
}

fn problem(what: String) -> Problem {
    Problem {
        message: format!("{what} is deprecated: use what the vendor's schema names instead"),
        deprecation: true,
    }
}
