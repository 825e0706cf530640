//! Etsy's own OpenAPI description as a judge of requests and answers.
//!
//! Stricter than the description itself where it is lax: fields that it does not name are problems, and an
//! answer has to have every field that it names, as Etsy's have.

mod schema;

use crate::schema::specs;
use anyhow::{Context, Result, anyhow};
use http::{Request, Response};
use jsonschema::{Draft, Validator};
use schema::{from_text, lists, of_answer, of_request};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The paths that the description covers.
const COVERED: &str = "/v3/application/";

/// The description.
#[derive(Debug)]
pub struct EtsySpec {
    paths: Map<String, Value>,
    /// The answers' schemas, strict.
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl EtsySpec {
    /// The description, read once a process; `None` where the folder with the vendors' schemas is absent.
    ///
    /// # Errors
    /// When the folder is there but the file is missing or can't be understood.
    pub fn published() -> Result<Option<Arc<Self>>> {
        static LOADED: OnceLock<Option<Arc<EtsySpec>>> = OnceLock::new();
        if let Some(loaded) = LOADED.get() {
            return Ok(loaded.clone());
        }
        let folder = specs();
        let loaded = match folder.is_dir() {
            true => Some(Arc::new(Self::read(
                &folder.join("etsy/openapi-3.0.0.json"),
            )?)),
            false => None,
        };
        Ok(LOADED.get_or_init(|| loaded).clone())
    }

    /// Reads the description.
    ///
    /// # Errors
    /// When the file can't be read or is no OpenAPI description.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let whole: Value = serde_json::from_slice(&text)?;
        let paths = whole["paths"].as_object();
        Ok(Self {
            paths: paths.ok_or_else(|| anyhow!("no `paths`"))?.clone(),
            components: of_answer(&whole["components"]["schemas"]),
            validators: Mutex::default(),
        })
    }

    /// What is wrong with `request`, whose path begins with `prefix`. Nothing where the description
    /// does not cover it (tokens).
    ///
    /// # Errors
    /// When the description has a schema that can't be used.
    pub fn check_request(&self, request: &Request<Vec<u8>>, prefix: &str) -> Result<Vec<String>> {
        let path = request.uri().path();
        let Some(path) = path
            .strip_prefix(prefix)
            .filter(|it| it.starts_with(COVERED))
        else {
            return Ok(Vec::new());
        };
        let method = request.method().as_str().to_ascii_lowercase();
        let Some((template, operation)) = self.operation(&method, path) else {
            return Ok(vec![format!("{method} {path}: there is no such operation")]);
        };
        let mut problems = headers(request, operation);
        problems.extend(self.parameters(operation, template, path, request.uri().query())?);
        let key = format!("{method} {template} body");
        if let Some((content_type, schema)) = body_schema(operation) {
            let sent = request.headers().get("content-type");
            let sent = sent
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            if !sent.starts_with(content_type) {
                problems.push(format!("{key}: {sent:?} instead of {content_type}"));
            }
            let body = match content_type {
                "application/json" => serde_json::from_slice(request.body())?,
                "multipart/form-data" => schema::from_multipart(schema, sent, request.body()),
                _ => schema::from_form(schema, request.body()),
            };
            problems.extend(self.judge(&key, &of_request(schema), &body)?);
        } else if !request.body().is_empty() {
            problems.push(format!("{key}: there is one"));
        }
        Ok(problems)
    }

    /// What is wrong with the answer to `request`.
    ///
    /// # Errors
    /// When the description has a schema that can't be used.
    pub fn check_answer(
        &self,
        request: &Request<Vec<u8>>,
        prefix: &str,
        answer: &Response<Vec<u8>>,
    ) -> Result<Vec<String>> {
        let path = request.uri().path();
        let Some(path) = path
            .strip_prefix(prefix)
            .filter(|it| it.starts_with(COVERED))
        else {
            return Ok(Vec::new());
        };
        let method = request.method().as_str().to_ascii_lowercase();
        let Some((template, operation)) = self.operation(&method, path) else {
            return Ok(Vec::new());
        };
        let status = answer.status().as_u16();
        let key = format!("{method} {template} {status}");
        let listed = operation["responses"].get(status.to_string());
        let schema = match (listed, status) {
            (Some(listed), _) => listed.pointer("/content/application~1json/schema").cloned(),
            // What every operation may answer, though the description does not repeat it.
            (None, 401 | 403 | 429) => Some(json!({"$ref": "#/components/schemas/ErrorSchema"})),
            (None, _) => return Ok(vec![format!("{key}: the status is not one of its")]),
        };
        let Some(schema) = schema else {
            let silent = answer.body().is_empty();
            return Ok((!silent)
                .then(|| format!("{key}: has a body"))
                .into_iter()
                .collect());
        };
        let body: Value = serde_json::from_slice(answer.body())?;
        // OAuth's refusals have a description beside the error.
        if status == 401 || body.get("error_description").is_some() {
            return Ok(Vec::new());
        }
        self.judge(&key, &of_answer(&schema), &body)
    }

    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let parts: Vec<&str> = template.split('/').collect();
            let mut pairs = parts.iter().zip(&segments);
            parts.len() == segments.len()
                && pairs.all(|(part, segment)| part == segment || part.starts_with('{'))
        };
        // A path that says `batch` is meant before one that says `{listing_id}`.
        let mut found: Vec<(&String, &Value)> = self
            .paths
            .iter()
            .filter(|(template, _)| fits(template))
            .collect();
        found.sort_by_key(|(template, _)| template.matches('{').count());
        let (template, item) = found
            .into_iter()
            .find(|(_, item)| item.get(method).is_some())?;
        Some((template, item.get(method)?))
    }

    fn parameters(
        &self,
        operation: &Value,
        template: &str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        let given = schema::fields(query.unwrap_or_default());
        let known = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let in_query = |it: &&Value| it["in"] == "query";
        for name in given.keys() {
            if !known.iter().filter(in_query).any(|it| it["name"] == **name) {
                problems.push(format!("{template}: `{name}` is not one of its parameters"));
            }
        }
        for parameter in &known {
            let name = parameter["name"].as_str().unwrap_or_default();
            let text = match parameter["in"] == "path" {
                true => segment(template, path, name),
                false => given.get(name).cloned(),
            };
            let schema = of_request(&parameter["schema"]);
            match text {
                Some(text) => {
                    let value = from_text(&parameter["schema"], &text);
                    let key = format!("{template} {name}");
                    problems.extend(self.judge(&key, &schema, &value)?);
                }
                None if parameter["required"] == true => {
                    problems.push(format!("{template}: `{name}` is missing"));
                }
                None => {}
            }
        }
        Ok(problems)
    }

    fn judge(&self, key: &str, schema: &Value, value: &Value) -> Result<Vec<String>> {
        let known = self.validators().get(key).cloned();
        let validator = match known {
            Some(validator) => validator,
            None => {
                let whole = json!({"allOf": [schema], "components": {"schemas": self.components}});
                let built = jsonschema::options()
                    .with_draft(Draft::Draft7)
                    .build(&whole);
                let built = Arc::new(built.map_err(|error| anyhow!("{key}: {error}"))?);
                self.validators().insert(key.to_owned(), built.clone());
                built
            }
        };
        let errors = validator.iter_errors(value);
        Ok(errors
            .map(|error| format!("{key}: {}: {error}", error.instance_path()))
            .collect())
    }

    fn validators(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Validator>>> {
        self.validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key, and the token where the operation wants one.
fn headers(request: &Request<Vec<u8>>, operation: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    if !request.headers().contains_key("x-api-key") {
        problems.push("the header x-api-key is missing".to_owned());
    }
    let security = operation["security"].as_array().into_iter().flatten();
    let wants_token = security.into_iter().any(|it| lists(it, "oauth2"));
    if wants_token && !request.headers().contains_key("authorization") {
        problems.push("the header authorization is missing".to_owned());
    }
    problems
}

fn body_schema(operation: &Value) -> Option<(&str, &Value)> {
    let content = operation.pointer("/requestBody/content")?.as_object()?;
    let (content_type, body) = content.iter().next()?;
    Some((content_type, &body["schema"]))
}

fn segment(template: &str, path: &str, name: &str) -> Option<String> {
    let wanted = format!("{{{name}}}");
    let mut pairs = template.split('/').zip(path.split('/'));
    pairs
        .find(|(part, _)| *part == wanted)
        .map(|(_, segment)| segment.to_owned())
}
