//! Amazon's own models as a judge: whether a request and an answer fit them, and a notification its schema.

mod model;
mod query;

use crate::schema::specs;
use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response};
use model::Model;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

pub(super) use model::Operation;

const MODELS: [&str; 5] = [
    "listingsItems_2021-08-01",
    "orders_2026-01-01",
    "ordersV0",
    "feeds_2021-06-30",
    "notifications",
];

const NOTIFICATIONS: [(&str, &str); 4] = [
    ("ORDER_CHANGE", "OrderChangeNotification"),
    (
        "LISTINGS_ITEM_STATUS_CHANGE",
        "ListingsItemStatusChangeNotification",
    ),
    (
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
        "ListingsItemMfnQuantityChange",
    ),
    (
        "FBA_INVENTORY_AVAILABILITY_CHANGES",
        "FBAInventoryAvailabilityChangeNotification",
    ),
];

/// Amazon's published models and schemas.
#[derive(Debug)]
pub struct Specs {
    models: Vec<Model>,
    /// By topic.
    notifications: BTreeMap<&'static str, Value>,
}

impl Specs {
    /// Read once a process; `None` where the folder with the vendors' schemas is absent.
    ///
    /// # Errors
    /// When the folder is there but a file is missing or can't be understood.
    pub fn published() -> Result<Option<Arc<Self>>> {
        static LOADED: OnceLock<Option<Arc<Specs>>> = OnceLock::new();
        if let Some(loaded) = LOADED.get() {
            return Ok(loaded.clone());
        }
        let folder = specs().join("amazon");
        let loaded = match folder.is_dir() {
            true => Some(Arc::new(Self::read(&folder)?)),
            false => None,
        };
        Ok(LOADED.get_or_init(|| loaded).clone())
    }

    fn read(folder: &Path) -> Result<Self> {
        let file = |name: &str| -> Result<Value> {
            let path = folder.join(format!("{name}.json"));
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("reading {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("understanding {}", path.display()))
        };
        let models = MODELS.into_iter().map(|name| Ok(Model::new(file(name)?)));
        let schemas = NOTIFICATIONS
            .into_iter()
            .map(|(topic, name)| Ok((topic, file(name)?)));
        Ok(Self {
            models: models.collect::<Result<_>>()?,
            notifications: schemas.collect::<Result<_>>()?,
        })
    }

    /// The operation that a method and a path are.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let mut found = self.models.iter();
        found.find_map(|model| model.operation(method, path))
    }

    /// What is wrong with a request; its path is the API's own. Paths that no model has are not judged.
    pub fn check_request(&self, request: &Request<Bytes>) -> Vec<String> {
        let path = request.uri().path();
        let Some(operation) = self.operation(request.method().as_str(), path) else {
            return Vec::new();
        };
        let mut problems = query::check(&operation, request.uri().query().unwrap_or_default());
        problems.extend(match operation.body() {
            Some(schema) => body(&operation, schema, request.body()),
            None if request.body().is_empty() => Vec::new(),
            None => vec!["the operation takes no body".to_owned()],
        });
        named(operation.id(), "request", problems)
    }

    /// What is wrong with the answer to a request of this method and path.
    pub fn check_answer(
        &self,
        method: &str,
        path: &str,
        response: &Response<Bytes>,
    ) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else {
            return Vec::new();
        };
        let status = response.status();
        let problems = match operation.response(status.as_str()) {
            None => vec![format!("the operation never answers {status}")],
            Some(response_model) => match response_model.get("schema") {
                Some(schema) => body(&operation, schema, response.body()),
                None if response.body().is_empty() => Vec::new(),
                None => vec!["the answer has no body".to_owned()],
            },
        };
        named(operation.id(), status.as_str(), problems)
    }

    /// What is wrong with a notification (without EventBridge's envelope); `None` where its topic has no schema.
    pub fn check_notification(&self, notification: &Value) -> Option<Vec<String>> {
        let topic = notification["NotificationType"].as_str()?;
        let mut schema = self.notifications.get(topic)?.clone();
        // The schema's only value is LISTINGS_ITEM_STATUS_CHANGED, its own example and the subscriptions say
        // LISTINGS_ITEM_STATUS_CHANGE.
        if topic == "LISTINGS_ITEM_STATUS_CHANGE" {
            schema["properties"]["NotificationType"]["enum"] = json!([topic]);
        }
        Some(named(topic, "notification", against(&schema, notification)))
    }

    /// The vendor's own example of a notification.
    pub fn example(&self, topic: &str) -> Option<Value> {
        let example = &self.notifications.get(topic)?["examples"][0];
        example.is_object().then(|| example.clone())
    }

    /// Every canned answer of an operation: status and body.
    pub fn canned(&self, operation_id: &str) -> Vec<(String, Value)> {
        let mut models = self.models.iter();
        let found = models.find_map(|model| model.by_id(operation_id));
        found.map_or_else(Vec::new, |operation| {
            let cases = operation.cases().into_iter();
            cases
                .map(|(status, case)| (status, case["response"].clone()))
                .collect()
        })
    }
}

fn named(operation: &str, part: &str, problems: Vec<String>) -> Vec<String> {
    let problems = problems.into_iter();
    problems
        .map(|problem| format!("{operation} {part}: {problem}"))
        .collect()
}

fn body(operation: &Operation<'_>, schema: &Value, bytes: &[u8]) -> Vec<String> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => against(&operation.whole(schema), &value),
        Err(error) => vec![format!("the body is not JSON: {error}")],
    }
}

/// What is wrong with `value`, seen by `schema`.
pub(super) fn against(schema: &Value, value: &Value) -> Vec<String> {
    let draft = match schema.get("$schema") {
        Some(_) => jsonschema::Draft::Draft7,
        // Swagger 2.0 takes its schemas from draft 4.
        None => jsonschema::Draft::Draft4,
    };
    let options = jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(true);
    match options.build(schema) {
        Ok(validator) => validator
            .iter_errors(value)
            .map(|error| format!("`{}`: {error}", error.instance_path()))
            .collect(),
        Err(error) => vec![format!("the schema itself: {error}")],
    }
}
