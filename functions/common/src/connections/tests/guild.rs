//! A channel with OAuth, and one without.

use crate::platform::{
    Action, Authorisation, Capability, Constraints, Descriptor, Operation, OperationKind, Outcome,
    Platform, PlatformError, State, Step, Store, WebhookDelivery, WebhookEvent, WebhookRefused,
};
use crate::ports::HttpResponse;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

pub struct Guild;
pub struct Pottery;

const CONSTRAINTS: Constraints = Constraints {
    rate_limits: &[],
    batch_size: 1,
    asynchronous_operations: &[],
    poll_after_s: 3600,
};

static GUILD: Descriptor = Descriptor {
    slug: "guild",
    name: "Guild",
    version: "1",
    capabilities: &[
        (OperationKind::Connect, Capability::native("OAuth")),
        (OperationKind::Webhooks, Capability::native("signed")),
    ],
    constraints: CONSTRAINTS,
    credentials: &[],
    webhook_credential: "",
    config: &[],
    hosts: &[],
};

static POTTERY: Descriptor = Descriptor {
    slug: "pottery",
    name: "Pottery",
    capabilities: &[(
        OperationKind::Connect,
        Capability::unsupported("it has tokens only"),
    )],
    ..GUILD
};

/// The challenge of the verifier in a request's body.
pub fn challenge_of(body: &str) -> String {
    let verifier = body.split("verifier=").nth(1).unwrap();
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

impl Platform for Guild {
    fn descriptor(&self) -> &'static Descriptor {
        &GUILD
    }

    fn authorisation_url(
        &self,
        store: &Store,
        authorisation: &Authorisation<'_>,
    ) -> Result<String, PlatformError> {
        if store.credential("keystring").is_none() {
            return Err(PlatformError::rejected_field(
                "credentials.keystring",
                "is missing",
            ));
        }
        Ok(format!(
            "https://guild.test/authorise?state={}&code_challenge={}",
            authorisation.state, authorisation.code_challenge
        ))
    }

    fn begin(&self, operation: &Operation, _: &Store) -> Result<Step, PlatformError> {
        let Action::ExchangeCode(grant) = &operation.action else {
            return Err(PlatformError::rejected("not of this test"));
        };
        let code = grant.parameter("code").unwrap_or_default();
        let body = format!("code={code}&verifier={}", grant.verifier.expose());
        let request = http::Request::post("https://guild.test/token?client=1");
        let request = request.body(body.into_bytes()).unwrap();
        Ok(Step::send(request, State::default()))
    }

    fn resume(
        &self,
        _: &Operation,
        _: &Store,
        _: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        if response.status() != 200 {
            return Err(PlatformError::rejected(body));
        }
        Ok(Step::done(Outcome {
            credentials: Some(Secret::new(json!({"access_token": body}))),
            token_lifetime: Some(Duration::from_secs(3600)),
            ..Outcome::default()
        }))
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
        Err(PlatformError::protocol("not of this test"))
    }
}

impl Platform for Pottery {
    fn descriptor(&self) -> &'static Descriptor {
        &POTTERY
    }

    fn begin(&self, _: &Operation, _: &Store) -> Result<Step, PlatformError> {
        Err(PlatformError::rejected("not of this test"))
    }

    fn resume(
        &self,
        operation: &Operation,
        store: &Store,
        _: State,
        _: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        self.begin(operation, store)
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
        Err(PlatformError::protocol("not of this test"))
    }
}
