//! Amazon's static sandbox: the canned answers that its models publish, chosen by the request's parameters.
//! Nothing of it is ours, so what reads it reads what Amazon writes.

use super::asked::Asked;
use super::reply;
use super::spec::{Operation, Specs};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

/// Answers `request` by the case that says most about it; 400 with the reason where none fits.
pub fn answer(specs: &Specs, request: &Request<Bytes>) -> Response<Bytes> {
    let asked = Asked::read(request);
    let path = request.uri().path();
    let Some(operation) = specs.operation(request.method().as_str(), path) else {
        return none(&format!("no model has {} {path}", request.method()));
    };
    let cases = operation.cases().into_iter();
    let best = cases
        .filter_map(|(status, case)| {
            let conditions = conditions(case);
            let fits = conditions
                .iter()
                .all(|(name, wanted)| given(&operation, &asked, name) == **wanted);
            fits.then_some((conditions.len(), status, case))
        })
        .max_by_key(|(said, _, _)| *said);
    match best {
        Some((_, status, case)) => {
            let status = status.parse().unwrap_or(StatusCode::OK);
            let body = match status {
                StatusCode::NO_CONTENT => &Value::Null,
                _ => &case["response"],
            };
            reply::json(status, body)
        }
        None => none(&format!("no case of {} fits", operation.id())),
    }
}

fn none(reason: &str) -> Response<Bytes> {
    let body = json!({"errors": [{"code": "NoStaticCase", "message": reason}]});
    reply::json(StatusCode::BAD_REQUEST, &body)
}

/// The parameters that a case names, and the values that it wants. An empty body stands for any.
fn conditions(case: &Value) -> Vec<(&str, &Value)> {
    let parameters = case["request"]["parameters"].as_object();
    let parameters = parameters.into_iter().flatten();
    parameters
        .filter_map(|(name, wanted)| Some((name.as_str(), wanted.get("value")?)))
        .collect()
}

/// What a request says for the parameter `name`, in the type that the model gives it.
fn given(operation: &Operation<'_>, asked: &Asked<'_>, name: &str) -> Value {
    let parameters = operation.parameters();
    let parameter = parameters.iter().find(|it| it["name"] == name);
    match parameter.and_then(|it| it["in"].as_str()) {
        Some("path") => in_path(operation, asked, name),
        Some("query") => {
            let is = |kind: &str| parameter.is_some_and(|it| it["type"] == kind);
            match asked.query(name) {
                None => Value::Null,
                Some(_) if is("array") => json!(asked.list(name)),
                Some(text) if is("integer") => text.parse::<i64>().map_or(Value::Null, Value::from),
                Some(text) => json!(text),
            }
        }
        // A case says `body`, whatever the model calls it.
        _ => asked.json(),
    }
}

fn in_path(operation: &Operation<'_>, asked: &Asked<'_>, name: &str) -> Value {
    let template = operation.template().trim_start_matches('/').split('/');
    let mut parts = template.zip(&asked.segments);
    let found = parts.find(|(part, _)| part.trim_matches(['{', '}']) == name);
    found.map_or(Value::Null, |(_, segment)| json!(segment))
}
