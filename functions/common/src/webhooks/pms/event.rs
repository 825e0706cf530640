//! What product management systems say, and what it asks of the catalogue.
//!
//! | type | data |
//! |---|---|
//! | `product.created`, `product.updated` | the body of `POST /products` and `updated_at?`; found by `sku`, made where there is none |
//! | `product.deleted` | `sku`, `updated_at?` |
//! | `inventory.updated` | `sku` of a variant, `quantity`, `updated_at?` |
//!
//! Of two events about one SKU the later stands, by `updated_at` (RFC 3339), else by their arrival; the earlier one changes
//! nothing when it is processed afterwards. Other types are stored and ignored. What does not fit is stored
//! and fails with the field named.

use crate::error::{Error, Result};
use crate::fields::{Instant, Quantity, Text};
use crate::platform::WebhookReceipt;
use crate::products::ProductBody;
use crate::request::parse_json;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// An event as it was read.
#[derive(Debug)]
pub struct PmsEvent {
    /// What it is stored under.
    pub receipt: WebhookReceipt,
    /// What `hub.apply_pms_event` does: `{kind, sku, at?, …}`, or `{problem}`.
    pub command: Value,
}

#[derive(Deserialize)]
struct Envelope {
    id: Option<Text<255>>,
    #[serde(rename = "type")]
    kind: Text<255>,
    #[serde(default)]
    data: Map<String, Value>,
}

#[derive(Deserialize)]
struct Stock {
    sku: Text<100>,
    quantity: Quantity,
    updated_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Deleted {
    sku: Text<100>,
    updated_at: Option<Instant>,
}

impl PmsEvent {
    /// Reads a verified body; what can't be read is an event too, whose command says why. `nonce` names an event that
    /// has no id.
    pub fn read(body: &[u8], nonce: &str) -> Self {
        let nameless = format!("nonce:{nonce}");
        match parse_json::<Envelope>(body) {
            Ok(envelope) => Self {
                receipt: WebhookReceipt {
                    event_id: envelope.id.map_or(nameless, |id| id.to_string()),
                    topic: envelope.kind.to_string(),
                },
                command: command(&envelope.kind, envelope.data).unwrap_or_else(problem),
            },
            Err(error) => Self {
                receipt: WebhookReceipt {
                    event_id: nameless,
                    topic: "unknown".to_owned(),
                },
                command: problem(error),
            },
        }
    }
}

fn problem(error: Error) -> Value {
    json!({ "problem": error.message })
}

fn command(kind: &str, data: Map<String, Value>) -> Result<Value> {
    match kind {
        "product.created" | "product.updated" => save(data),
        "product.deleted" => {
            let wanted: Deleted = parse(data)?;
            Ok(json!({"kind": "delete_product", "sku": wanted.sku, "at": wanted.updated_at}))
        }
        "inventory.updated" => {
            let stock: Stock = parse(data)?;
            Ok(
                json!({"kind": "set_inventory", "sku": stock.sku, "quantity": stock.quantity, "at": stock.updated_at}),
            )
        }
        _ => Ok(json!({"kind": "none"})),
    }
}

fn save(mut data: Map<String, Value>) -> Result<Value> {
    let at = match data.remove("updated_at") {
        None | Some(Value::Null) => None,
        Some(at) => Some(
            serde_json::from_value::<Instant>(at)
                .map_err(|error| Error::field("data.updated_at", error.to_string()))?,
        ),
    };
    let product: ProductBody = parse(data)?;
    let mut command = product.into_saved().map_err(within_data)?;
    if let Some(fields) = command.as_object_mut() {
        fields.insert("kind".to_owned(), "save_product".into());
        fields.insert("at".to_owned(), json!(at));
    }
    Ok(command)
}

fn parse<T: serde::de::DeserializeOwned>(data: Map<String, Value>) -> Result<T> {
    parse_json(Value::Object(data).to_string().as_bytes()).map_err(within_data)
}

fn within_data(error: Error) -> Error {
    Error {
        message: format!("data.{}", error.message),
        ..error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> PmsEvent {
        PmsEvent::read(body.as_bytes(), "a-nonce-of-sixteen")
    }

    #[test]
    fn a_product_becomes_what_saves_it() {
        let event = read(
            r#"{"id":"e1","type":"product.updated","data":{"sku":"A","title":"T","updated_at":"2026-01-01T00:00:00+01:00",
                "variants":[{"sku":"A-1","price":19.99}]}}"#,
        );
        assert_eq!(event.receipt.event_id, "e1");
        assert_eq!(event.receipt.topic, "product.updated");
        let command = &event.command;
        assert_eq!(command["kind"], "save_product");
        assert_eq!(command["sku"], "A");
        assert_eq!(command["at"], "2025-12-31T23:00:00Z");
        assert_eq!(command["fields"], json!({"sku": "A", "title": "T"}));
        assert_eq!(command["variants"][0]["price"], "19.99");
    }

    #[test]
    fn stock_and_deletions_name_a_sku() {
        let stock = read(r#"{"type":"inventory.updated","data":{"sku":"A-1","quantity":4}}"#);
        assert_eq!(
            stock.command,
            json!({"kind": "set_inventory", "sku": "A-1", "quantity": 4, "at": null})
        );
        assert_eq!(stock.receipt.event_id, "nonce:a-nonce-of-sixteen");
        let deleted = read(r#"{"type":"product.deleted","data":{"sku":"A"}}"#);
        assert_eq!(deleted.command["kind"], "delete_product");
    }

    #[test]
    fn an_unknown_type_asks_for_nothing() {
        let event = read(r#"{"type":"customer.created","data":{"any":"thing"}}"#);
        assert_eq!(event.command, json!({"kind": "none"}));
        assert_eq!(event.receipt.topic, "customer.created");
    }

    #[test]
    fn what_does_not_fit_is_a_problem_that_names_the_field() {
        for (body, wanted) in [
            ("{", "body: is not valid JSON"),
            (r#"{"data":{}}"#, "type"),
            (
                r#"{"type":"inventory.updated","data":{"sku":"A"}}"#,
                "quantity",
            ),
            (
                r#"{"type":"inventory.updated","data":{"sku":"A","quantity":-1}}"#,
                "data.quantity",
            ),
            (
                r#"{"type":"product.updated","data":{"title":"T"}}"#,
                "data.sku",
            ),
            (
                r#"{"type":"product.updated","data":{"sku":"A","workspace_id":"x"}}"#,
                "workspace_id",
            ),
            (
                r#"{"type":"product.updated","data":{"sku":"A","variants":[{"price":"-1"}]}}"#,
                "data.variants[0].price",
            ),
            (
                r#"{"type":"product.updated","data":{"sku":"A","updated_at":"soon"}}"#,
                "data.updated_at",
            ),
            (
                r#"{"type":"product.updated","data":{"sku":"A","variants":[]}}"#,
                "data.variants",
            ),
        ] {
            let event = read(body);
            let problem = event.command["problem"].as_str().unwrap_or_default();
            assert!(problem.contains(wanted), "{body}: {problem}");
        }
    }
}
