//! A channel with two steps: make the product, then show it. Its answers are plain texts.

use common::platform::{
    Constraints, Descriptor, Operation, Outcome, Platform, PlatformError, State, Step, Store,
    WebhookDelivery, WebhookEvent, WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde_json::json;
use std::time::Duration;

pub struct Channel;

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "scripted",
    name: "Scripted",
    version: "1",
    capabilities: &[],
    constraints: Constraints {
        rate_limits: &[],
        batch_size: 10,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: &[],
    webhook_credential: "",
    config: &[],
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
        Ok(send("create", operation, State::default()))
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
                let external_id = Some(made.to_owned());
                Ok(Step::done(Outcome {
                    external_id,
                    ..Outcome::default()
                }))
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

    fn decode_webhook(&self, _: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
        Err(PlatformError::protocol("this channel sends nothing"))
    }
}
