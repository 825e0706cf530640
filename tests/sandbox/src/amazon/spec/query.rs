//! Whether a query fits an operation's parameters.

use super::model::Operation;
use crate::amazon::asked::pairs;
use serde_json::{Value, json};

/// What is wrong with `query`.
pub fn check(operation: &Operation<'_>, query: &str) -> Vec<String> {
    let given = pairs(query);
    let parameters: Vec<&Value> = operation
        .parameters()
        .into_iter()
        .filter(|parameter| parameter["in"] == "query")
        .collect();
    let mut problems = Vec::new();
    for (name, value) in &given {
        match parameters.iter().find(|it| it["name"] == name.as_str()) {
            Some(parameter) => problems.extend(one(parameter, name, value)),
            None => problems.push(format!("there is no parameter `{name}`")),
        }
    }
    for parameter in &parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let times = given.iter().filter(|(key, _)| key == name).count();
        if times == 0 && parameter["required"] == true {
            problems.push(format!("the parameter `{name}` is missing"));
        }
        if times > 1 {
            problems.push(format!("the parameter `{name}` is there {times} times"));
        }
    }
    problems
}

fn one(parameter: &Value, name: &str, text: &str) -> Vec<String> {
    // A parameter's own fields are those of a schema.
    let mut schema = parameter.clone();
    if let Some(fields) = schema.as_object_mut() {
        for field in ["name", "in", "required", "description", "collectionFormat"] {
            fields.remove(field);
        }
    }
    let value = match parameter["type"].as_str() {
        Some("array") => {
            let items: Vec<Value> = text
                .split(',')
                .map(|item| typed(&parameter["items"], item))
                .collect();
            json!(items)
        }
        _ => typed(parameter, text),
    };
    let problems = super::against(&schema, &value).into_iter();
    problems
        .map(|problem| format!("parameter `{name}` {problem}"))
        .collect()
}

fn typed(schema: &Value, text: &str) -> Value {
    let parsed = match schema["type"].as_str() {
        Some("integer" | "number" | "boolean") => serde_json::from_str(text).ok(),
        _ => None,
    };
    parsed.unwrap_or_else(|| json!(text))
}
