//! The plugin of the shop: lists products with an access token, renews it with a refresh token.

use common::platform::{
    Action, Constraints, Descriptor, Exchange, Operation, Outcome, Platform, PlatformError,
    RateLimit, State, Step, Store, WebhookDelivery, WebhookEvent, WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde_json::{Value, json};
use std::time::Duration;

pub struct Rotating;

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "rotating",
    name: "Rotating",
    version: "1",
    capabilities: &[],
    constraints: Constraints {
        rate_limits: &[RateLimit {
            name: "rare",
            class: "rare",
            unit: "request",
            per_second: 0.01,
            burst: 2,
            scope: "shop",
        }],
        batch_size: 10,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: &[],
    webhook_credential: "",
    config: &[],
    hosts: &[],
};

fn get(path: &str, store: &Store) -> Exchange {
    let request = http::Request::get(format!("http://shop.test{path}?shop=secret-query"));
    let request = request.header("authorization", store.credential("access").unwrap());
    Exchange::new(request.body(Vec::new()).unwrap(), State::default())
}

impl Platform for Rotating {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// The cursor of the list says which path is read.
    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError> {
        Ok(match &operation.action {
            Action::Authenticate => {
                let refresh = store.credential("refresh").unwrap().as_bytes().to_vec();
                let request = http::Request::post("http://shop.test/token");
                Step::send(request.body(refresh).unwrap(), State::default())
            }
            Action::ListProducts { cursor, .. } => match cursor.as_deref() {
                Some("taxonomy") => get("/taxonomy", store)
                    .cached_for(Duration::from_secs(60))
                    .step(),
                Some("rare") => get("/rare", store).costing("rare", 1).step(),
                _ => get("/products", store).step(),
            },
            _ => panic!("{operation:?}"),
        })
    }

    fn resume(
        &self,
        operation: &Operation,
        _: &Store,
        _: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        if response.status() == http::StatusCode::UNAUTHORIZED {
            let reason = body.as_str().unwrap().to_owned();
            return Err(PlatformError::AuthenticateAgain { reason });
        }
        Ok(Step::done(match &operation.action {
            Action::Authenticate => Outcome {
                result: json!({}),
                credentials: Some(Secret::new(body)),
                token_lifetime: Some(Duration::from_secs(3600)),
                ..Outcome::default()
            },
            _ => Outcome {
                result: body,
                ..Outcome::default()
            },
        }))
    }

    fn can_refresh(&self, store: &Store) -> bool {
        store.credential("refresh").is_some()
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

    fn decode_webhook(&self, _: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
        Err(PlatformError::protocol("this channel sends nothing"))
    }
}
