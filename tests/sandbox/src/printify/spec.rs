//! Printify's reference as a judge. The vendor publishes no schema that is at hand: `reference.json` restates, call
//! by call, what developers.printify.com says of requests and answers (and, where it is silent, what was measured).
//! Whether that is right is judged by clients that others wrote.
//!
//! A shape is a leaf (`int`, `number`, `text`, `bool`, `id`: 24 hexadecimal digits, `time`, `key`: text or number,
//! `any`; `|null` behind it), `@name` of another shape, a list of one shape, or an object whose fields with a `?` may be
//! absent. Everything else is a problem.

use serde_json::{Map, Value, json};
use std::sync::OnceLock;

static TEXT: &str = include_str!("reference.json");

fn reference() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    // A file that can't be read has no calls: then everything is a problem.
    READ.get_or_init(|| serde_json::from_str(TEXT).unwrap_or(Value::Null))
}

/// What is wrong with a request. `target` is its path with the query.
pub fn check_request(method: &str, target: &str, body: &[u8]) -> Vec<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some(call) = find(method, path) else {
        return vec![format!("the reference has no {method} {path}")];
    };
    let mut problems = Vec::new();
    for name in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = name.split('=').next().unwrap_or_default();
        let known = call[2].as_array().into_iter().flatten();
        if !known.into_iter().any(|known| known == name) {
            problems.push(format!("{method} {path} has no query `{name}`"));
        }
    }
    match (&call[3], body.is_empty()) {
        (Value::Null, true) => {}
        (Value::Null, false) => problems.push(format!("{method} {path} takes no body")),
        (shape, _) => match serde_json::from_slice(body) {
            Ok(body) => fit(&body, shape, "body", &mut problems),
            Err(_) => problems.push(format!("the body of {method} {path} is not JSON")),
        },
    }
    problems
}

/// What is wrong with an answer to such a request.
pub fn check_answer(method: &str, target: &str, status: u16, body: &[u8]) -> Vec<String> {
    let path = target.split('?').next().unwrap_or_default();
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return vec![format!("the answer to {method} {path} is not JSON")];
    };
    let mut problems = Vec::new();
    let error = json!("@error");
    let shape = match (status, find(method, path)) {
        (200..300, Some(call)) => &call[4],
        _ => &error,
    };
    fit(&body, shape, "answer", &mut problems);
    problems
}

fn find(method: &str, path: &str) -> Option<&'static Value> {
    let calls = reference()["calls"].as_array()?;
    calls.iter().find(|call| {
        call[0] == method
            && call[1]
                .as_str()
                .is_some_and(|template| matches(template, path))
    })
}

fn matches(template: &str, path: &str) -> bool {
    let parts = |text: &'_ str| text.split('/').map(str::to_owned).collect::<Vec<String>>();
    let (template, path) = (parts(template), parts(path));
    let fits = |(template, part): (&String, &String)| match template.split_once("{}") {
        None => template == part,
        // A number or an id, never a word of the address.
        Some((_, end)) => part
            .strip_suffix(end)
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit())),
    };
    template.len() == path.len() && template.iter().zip(&path).all(fits)
}

fn fit(value: &Value, shape: &Value, at: &str, problems: &mut Vec<String>) {
    match shape {
        Value::String(name) if name.starts_with('@') => {
            let shape = &reference()["shapes"][&name[1..]];
            fit(value, shape, at, problems);
        }
        Value::String(name) if name.starts_with("page of ") => {
            fit(value, &page_of(&name["page of ".len()..]), at, problems);
        }
        Value::String(leaf) => {
            if !is_leaf(value, leaf) {
                problems.push(format!("`{at}` is no {leaf}: {value}"));
            }
        }
        Value::Array(shapes) => match (value, shapes.first()) {
            (Value::Array(items), Some(shape)) => {
                for (index, item) in items.iter().enumerate() {
                    fit(item, shape, &format!("{at}.{index}"), problems);
                }
            }
            _ => problems.push(format!("`{at}` is no list: {value}")),
        },
        Value::Object(fields) => match value {
            Value::Object(has) => fit_object(has, fields, at, problems),
            _ => problems.push(format!("`{at}` is no object: {value}")),
        },
        _ => problems.push(format!("`{at}` has no shape")),
    }
}

fn fit_object(
    has: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    problems: &mut Vec<String>,
) {
    for (field, shape) in fields {
        let name = field.trim_end_matches('?');
        match has.get(name) {
            Some(value) => fit(value, shape, &format!("{at}.{name}"), problems),
            None if name.len() < field.len() => {}
            None => problems.push(format!("`{at}.{name}` is missing")),
        }
    }
    for name in has.keys() {
        if !fields.contains_key(name) && !fields.contains_key(&format!("{name}?")) {
            problems.push(format!("`{at}.{name}` is not in the reference"));
        }
    }
}

/// The pager of lists.
fn page_of(shape: &str) -> Value {
    json!({
        "current_page": "int", "data": [shape], "first_page_url": "text", "from": "int|null", "last_page": "int",
        "last_page_url": "text", "next_page_url": "text|null", "path": "text", "per_page": "int",
        "prev_page_url": "text|null", "to": "int|null", "total": "int",
    })
}

fn is_leaf(value: &Value, leaf: &str) -> bool {
    if let Some(leaf) = leaf.strip_suffix("|null") {
        return value.is_null() || is_leaf(value, leaf);
    }
    match leaf {
        "any" => true,
        "int" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "bool" => value.is_boolean(),
        "text" => value.is_string(),
        "key" => value.is_string() || value.is_number(),
        "id" => value
            .as_str()
            .is_some_and(|id| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit())),
        // `2017-04-18 13:24:28+00:00`; uploads have no offset.
        "time" => value.as_str().is_some_and(|time| {
            matches!(time.len(), 19 | 25) && time.as_bytes().get(10) == Some(&b' ')
        }),
        _ => false,
    }
}
