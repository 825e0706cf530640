//! A channel with two steps: make the product, then show it. The answer to the first is the product's id; to all else it
//! is an object: `{presence?, issues?: [message], inventory?, external_id?, orders?: [[id, status, updated_at]], next_cursor?}`.

use common::platform::{
    Action, Capability, Constraints, Descriptor, ExternalOrder, ExternalOrderLine, ExternalProduct,
    ExternalVariant, Issue, Operation, OperationKind, OrderStatus, Outcome, Platform,
    PlatformError, Presence, Severity, State, Step, Store, WebhookDelivery, WebhookEvent,
    WebhookRefused, WebhookSubject,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde_json::{Value, json};
use std::time::Duration;

pub struct Channel;

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "scripted",
    name: "Scripted",
    version: "1",
    capabilities: &[
        (OperationKind::ReadOrders, Capability::native("orders")),
        (OperationKind::CheckProduct, Capability::native("check")),
        (OperationKind::Webhooks, Capability::native("subscribe")),
    ],
    constraints: Constraints {
        rate_limits: &[],
        batch_size: 10,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: &[],
    webhook_credential: "secret",
    config: &[],
    hosts: &[],
};

fn send(what: &str, operation: &Operation, state: State) -> Step {
    let body = format!("{what} {}", operation.idempotency_key).into_bytes();
    Step::send(
        http::Request::post("http://channel.test/")
            .body(body)
            .unwrap(),
        state,
    )
}

impl Platform for Channel {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError> {
        assert_eq!(
            store.credential("token"),
            Some("t"),
            "the credentials arrive opened"
        );
        assert!(operation.asked_at.is_some(), "the job's own time");
        let what = match &operation.action {
            Action::CheckProduct { external_id } => format!("check {external_id} for"),
            Action::GetOrder { external_order_id } => format!("order {external_order_id} for"),
            Action::ListOrders { since, cursor, .. } => {
                let since = since.as_deref().unwrap_or("ever");
                format!(
                    "orders since {since} at {} for",
                    cursor.as_deref().unwrap_or("start")
                )
            }
            Action::SubscribeWebhooks(wanted) => format!("subscribe {} for", wanted.address),
            Action::AnswerPublish {
                external_id,
                listing_id,
            } => format!("answer {external_id} {} for", listing_id.is_some()),
            Action::ProcessOrder(order) => format!("ship {} for", order.external_order_id),
            _ => return Ok(send("create", operation, State::default())),
        };
        Ok(send(&what, operation, State(json!(""))))
    }

    fn resume(
        &self,
        operation: &Operation,
        _: &Store,
        state: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        match (response.status().as_u16(), state.0.as_str()) {
            (401, _) => Err(PlatformError::AuthenticateAgain { reason: body }),
            (422, _) => Err(PlatformError::rejected(body)),
            (_, None) => Ok(send("show", operation, State(json!(body)))),
            (_, Some(made)) => {
                let mut outcome = outcome(&body)?;
                if !made.is_empty() {
                    outcome.external_id = Some(made.to_owned());
                }
                Ok(Step::done(outcome))
            }
        }
    }

    fn can_refresh(&self, _: &Store) -> bool {
        false
    }

    fn throttle_wait(&self, _: &HttpResponse) -> Option<Duration> {
        None
    }

    fn verify_webhook(
        &self,
        _: &WebhookDelivery<'_>,
        _: &Secret<String>,
        _: i64,
    ) -> Result<(), WebhookRefused> {
        Err(WebhookRefused::WrongSignature)
    }

    /// Bodies are `{subject, id?}`.
    fn decode_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
    ) -> Result<WebhookEvent, PlatformError> {
        let body: Value = serde_json::from_slice(delivery.body)
            .map_err(|_| PlatformError::protocol("`body` is not JSON"))?;
        let topic = body["subject"].as_str().unwrap_or_default().to_owned();
        Ok(WebhookEvent {
            delivery_id: String::new(),
            event_id: None,
            shop: String::new(),
            subject: match topic.as_str() {
                "order" => WebhookSubject::OrderChanged,
                "product" => WebhookSubject::ProductChanged,
                "stock" => WebhookSubject::InventoryChanged,
                "publish" => WebhookSubject::PublishRequested,
                "uninstalled" => WebhookSubject::Disconnected,
                _ => WebhookSubject::Other,
            },
            topic,
            external_id: body["id"].as_str().map(str::to_owned),
            triggered_at: None,
            payload: body,
        })
    }
}

fn outcome(body: &str) -> Result<Outcome, PlatformError> {
    let body = if body.is_empty() { "{}" } else { body };
    let answer: Value =
        serde_json::from_str(body).map_err(|_| PlatformError::protocol("`answer` is not JSON"))?;
    let texts = |name: &str| answer[name].as_array().cloned().unwrap_or_default();
    Ok(Outcome {
        result: answer["result"].clone(),
        external_id: answer["external_id"].as_str().map(str::to_owned),
        presence: answer["presence"].as_str().map(presence),
        issues: texts("issues").iter().map(issue).collect(),
        orders: texts("orders").iter().map(order).collect(),
        products: answer["inventory"]
            .as_i64()
            .map(product)
            .into_iter()
            .collect(),
        next_cursor: answer["next_cursor"].as_str().map(str::to_owned),
        ..Outcome::default()
    })
}

fn presence(word: &str) -> Presence {
    match word {
        "live" => Presence::Live,
        "pending" => Presence::Pending,
        "refused" => Presence::Refused,
        "gone" => Presence::Gone,
        other => panic!("no presence {other}"),
    }
}

fn issue(message: &Value) -> Issue {
    Issue {
        severity: Severity::Error,
        code: "E1".to_owned(),
        message: message.as_str().unwrap().to_owned(),
        field: Some("title".to_owned()),
    }
}

fn product(inventory: i64) -> ExternalProduct {
    ExternalProduct {
        variants: vec![ExternalVariant {
            inventory_quantity: Some(inventory),
            ..ExternalVariant::default()
        }],
        ..ExternalProduct::default()
    }
}

fn order(picture: &Value) -> ExternalOrder {
    let text = |index: usize| picture[index].as_str().unwrap().to_owned();
    let status = match picture[1].as_str().unwrap() {
        "open" => OrderStatus::Open,
        "fulfilled" => OrderStatus::Fulfilled,
        other => panic!("no status {other}"),
    };
    ExternalOrder {
        external_id: text(0),
        number: format!("#{}", text(0)),
        status,
        channel_status: text(1).to_uppercase(),
        currency: "EUR".to_owned(),
        total: "12.50".to_owned(),
        placed_at: "2026-11-23T10:00:00Z".to_owned(),
        updated_at: text(2),
        lines: vec![ExternalOrderLine {
            external_id: "1".to_owned(),
            sku: Some("mug-1".to_owned()),
            external_product_id: None,
            title: "A mug".to_owned(),
            quantity: 2,
            fulfilled_quantity: 0,
            price: "6.25".to_owned(),
        }],
    }
}
