//! OpenAPI 3.0's schemas as JSON Schema, and forms as JSON.

use crate::etsy::form;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is attached to an object only where it is asked for, or only for some.
const OPTIONAL: [&str; 12] = [
    "shipping_profile",
    "user",
    "shop",
    "images",
    "videos",
    "inventory",
    "production_partners",
    "skus",
    "translations",
    "views",
    "listing",
    "suggested_title",
];

/// The schema of a request: nothing beyond what it names.
pub fn of_request(schema: &Value) -> Value {
    convert(schema, false)
}

/// The schema of an answer: nothing beyond what it names, and all of that.
pub fn of_answer(schema: &Value) -> Value {
    convert(schema, true)
}

/// `nullable` becomes a type, objects are closed.
fn convert(schema: &Value, is_complete: bool) -> Value {
    let fields = match schema {
        Value::Array(rows) => return rows.iter().map(|it| convert(it, is_complete)).collect(),
        Value::Object(fields) => fields,
        other => return other.clone(),
    };
    let mut converted: Map<String, Value> = fields
        .iter()
        .filter(|(name, _)| !["nullable", "default", "description"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), convert(value, is_complete)))
        .collect();
    // The names of properties may be any of the words above.
    if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
        let inner = properties.iter();
        let inner: Map<String, Value> = inner
            .map(|(name, value)| (name.clone(), convert(value, is_complete)))
            .collect();
        let names = properties
            .keys()
            .filter(|name| !OPTIONAL.contains(&name.as_str()));
        if is_complete {
            converted.insert("required".to_owned(), names.cloned().collect());
        }
        converted.insert("properties".to_owned(), Value::Object(inner));
        converted.insert("additionalProperties".to_owned(), json!(false));
    }
    if fields.get("nullable") != Some(&json!(true)) {
        return Value::Object(converted);
    }
    json!({"anyOf": [{"type": "null"}, converted]})
}

/// Whether an object has the key `name`.
pub fn lists(object: &Value, name: &str) -> bool {
    object.get(name).is_some()
}

/// A form's or query's fields; those that come several times are joined as Etsy joins them.
pub fn fields(text: &str) -> BTreeMap<String, String> {
    let read = form::Form::read(text);
    let names: Vec<String> = read.names().map(str::to_owned).collect();
    names
        .into_iter()
        .map(|name| {
            let plain = read.text(&name).unwrap_or_default().to_owned();
            (name, plain)
        })
        .collect()
}

/// A form as the JSON that `schema` speaks of.
pub fn from_form(schema: &Value, body: &[u8]) -> Value {
    typed(schema, fields(&String::from_utf8_lossy(body)))
}

/// A multipart body as the JSON that `schema` speaks of.
pub fn from_multipart(schema: &Value, content_type: &str, body: &[u8]) -> Value {
    let parts = form::multipart(content_type, body).unwrap_or_default();
    let parts = parts.into_iter().map(|part| {
        let text = String::from_utf8_lossy(&part.content).into_owned();
        (part.name, text)
    });
    typed(schema, parts.collect())
}

fn typed(schema: &Value, fields: BTreeMap<String, String>) -> Value {
    let fields = fields.into_iter().map(|(name, text)| {
        let value = from_text(&schema["properties"][&name], &text);
        (name, value)
    });
    Value::Object(fields.collect())
}

/// A text as the type that `schema` has; as it is when it is none of that.
pub fn from_text(schema: &Value, text: &str) -> Value {
    let parsed = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(|number| json!(number)),
        Some("number") => text.parse::<f64>().ok().map(|number| json!(number)),
        Some("boolean") => text.parse::<bool>().ok().map(|truth| json!(truth)),
        Some("array") => {
            let parts = text.split(',');
            Some(
                parts
                    .map(|part| from_text(&schema["items"], part))
                    .collect(),
            )
        }
        _ => None,
    };
    parsed.unwrap_or_else(|| json!(text))
}
