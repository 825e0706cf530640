//! Changes to attributes: add, replace, merge, delete. Only whole attributes can be patched.

use serde_json::{Map, Value};

/// What tells two values of one attribute apart; a merge changes the value with the same ones.
const SELECTORS: [&str; 5] = [
    "marketplace_id",
    "currency",
    "audience",
    "language_tag",
    "fulfillment_channel_code",
];

/// `attributes` after `patches`.
///
/// # Errors
/// The path that can't be patched, or the operation that there is not.
pub fn apply(
    attributes: &Map<String, Value>,
    patches: &[Value],
) -> Result<Map<String, Value>, String> {
    let mut changed = attributes.clone();
    for patch in patches {
        let path = patch["path"].as_str().unwrap_or_default();
        let name = path
            .strip_prefix("/attributes/")
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .ok_or_else(|| format!("The path '{path}' can not be patched."))?;
        let values = patch["value"].as_array().cloned().unwrap_or_default();
        match patch["op"].as_str() {
            Some("add" | "replace") => {
                changed.insert(name.to_owned(), Value::Array(values));
            }
            Some("merge") => {
                let has = changed
                    .entry(name)
                    .or_insert_with(|| Value::Array(Vec::new()));
                merge(has, values);
            }
            Some("delete") => {
                changed.remove(name);
            }
            _ => return Err(format!("The operation on '{path}' is not supported.")),
        }
    }
    Ok(changed)
}

fn merge(has: &mut Value, values: Vec<Value>) {
    let Some(rows) = has.as_array_mut() else {
        return;
    };
    for value in values {
        let same = rows.iter_mut().find(|row| {
            SELECTORS
                .iter()
                .all(|name| value[*name].is_null() || row[*name] == value[*name])
        });
        match (same, value) {
            (Some(Value::Object(row)), Value::Object(fields)) => row.extend(fields),
            (_, value) => rows.push(value),
        }
    }
}
