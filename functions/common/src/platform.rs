//! Sales channels. A plugin is sans-I/O: it turns an [`Operation`] into an HTTP request and each
//! response into the next [`Step`]; [`drive`] does the sending, the time limits, the token refresh,
//! the mapping of refusals and the redacted log, the same for every channel.

mod descriptor;
mod drive;
mod job;
mod operation;
mod product;
mod retry;
mod webhook;

pub use descriptor::{
    Capability, Constraints, CredentialField, Descriptor, Level, OperationKind, RateLimit,
};
pub use drive::{DriveError, Limits, drive, list_products};
pub use job::JobError;
pub use operation::{
    Action, InventorySync, Operation, OrderFulfilment, OrderLine, StockLevel, Tracking,
};
pub use product::{
    ExternalProduct, ExternalVariant, Image, ProductInput, ProductOption, ProductStatus, Variant,
};
pub use retry::retry_after;
pub use webhook::{WebhookDelivery, WebhookEvent, WebhookRefused, WebhookSubject};

use crate::ports::{HttpRequest, HttpResponse};
use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

/// A sales channel. Implementations keep no state: everything they need comes with the call.
pub trait Platform: Sync {
    /// What the channel is and can do.
    fn descriptor(&self) -> &'static Descriptor;

    /// The first step of `operation`.
    ///
    /// # Errors
    /// When the operation can't be expressed for this channel or the store lacks what it needs.
    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError>;

    /// The step after `response`, which answered the request that was sent with `state`. Only
    /// answers that carry the channel's own content arrive here: 2xx and 4xx except 429.
    ///
    /// # Errors
    /// One of the four ways in which a channel says no.
    fn resume(
        &self,
        operation: &Operation,
        store: &Store,
        state: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError>;

    /// Whether [`Action::Authenticate`] can get a new token from this store's credentials alone.
    fn can_refresh(&self, store: &Store) -> bool;

    /// How long a rate-limited answer (HTTP 429) asks to wait, where its body says so instead of a
    /// `Retry-After` header.
    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration>;

    /// Checks that the channel itself sent `delivery`.
    ///
    /// # Errors
    /// When the signature or a required header is missing or wrong.
    fn verify_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
        secret: &Secret<String>,
    ) -> Result<(), WebhookRefused>;

    /// Reads a verified delivery.
    ///
    /// # Errors
    /// [`PlatformError::Protocol`] when the body is not what the channel documents.
    fn decode_webhook(&self, delivery: &WebhookDelivery<'_>)
    -> Result<WebhookEvent, PlatformError>;
}

/// What a plugin wants to happen next.
#[derive(Debug)]
pub enum Step {
    /// Send this and come back with the answer.
    Send(Box<Exchange>),
    /// The operation is complete.
    Done(Box<Outcome>),
}

/// One request and what the plugin wants to remember about it.
#[derive(Debug)]
pub struct Exchange {
    /// The request, complete with address, headers and body.
    pub request: HttpRequest,
    /// Given back to the plugin with the answer.
    pub state: State,
    /// How long to wait before sending (polling an asynchronous operation); usually zero.
    pub delay: Duration,
}

impl Step {
    /// Sends `request` at once.
    pub fn send(request: HttpRequest, state: State) -> Self {
        Self::Send(Box::new(Exchange {
            request,
            state,
            delay: Duration::ZERO,
        }))
    }

    /// Ends the operation.
    pub fn done(outcome: Outcome) -> Self {
        Self::Done(Box::new(outcome))
    }
}

/// A plugin's memory between two steps; opaque to everybody else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State(pub Value);

/// The connected shop that an operation is about.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// `config.base_url`: replaces the vendor's address (test servers, proxies).
    pub base_url: Option<String>,
    /// The store's `config`, not secret.
    pub config: Value,
    /// The decrypted credentials.
    pub credentials: Secret<Value>,
}

impl Store {
    /// A store from its `config` and decrypted credentials.
    pub fn new(config: Value, credentials: Value) -> Self {
        let base_url = config.get("base_url").and_then(Value::as_str);
        Self {
            base_url: base_url.map(|url| url.trim_end_matches('/').to_owned()),
            config,
            credentials: Secret::new(credentials),
        }
    }

    /// A text among the credentials; `None` when absent or empty.
    pub fn credential(&self, name: &str) -> Option<&str> {
        text(self.credentials.expose(), name)
    }

    /// A text in the configuration; `None` when absent or empty.
    pub fn setting(&self, name: &str) -> Option<&str> {
        text(&self.config, name)
    }
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object
        .get(name)?
        .as_str()
        .filter(|value| !value.trim().is_empty())
}

/// What a completed operation brought.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// For the job's `result`: what happened, in the channel's words.
    pub result: Value,
    /// The channel's id of the product, where the operation made or found one.
    pub external_id: Option<String>,
    /// Replaces the listing's `platform_data`; `None` leaves it as it is.
    pub platform_data: Option<Value>,
    /// The products that were asked for.
    pub products: Vec<ExternalProduct>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
    /// New credentials: encrypt and store them in place of the old ones.
    pub credentials: Option<Secret<Value>>,
    /// How many requests were sent.
    pub requests: u32,
}

/// The four ways in which a channel says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlatformError {
    /// Not now. The same operation with the same key may be tried again.
    RetryAfter {
        /// How long the channel wants to be left alone; `None` when it named no time.
        after: Option<Duration>,
        /// The channel's reason.
        reason: String,
    },
    /// The token is missing, expired or revoked.
    AuthenticateAgain {
        /// The channel's reason.
        reason: String,
    },
    /// The channel understood and refused: trying again changes nothing.
    Rejected {
        /// The vendor's reason.
        reason: String,
        /// The field that it names, as a dotted path.
        field: Option<String>,
    },
    /// The answer did not fit the channel's specification.
    Protocol {
        /// What was expected where.
        reason: String,
    },
}

impl PlatformError {
    /// A refusal that names no field.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected {
            reason: reason.into(),
            field: None,
        }
    }

    /// A refusal of one field.
    pub fn rejected_field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Rejected {
            reason: reason.into(),
            field: Some(field.into()),
        }
    }

    /// An answer outside the specification.
    pub fn protocol(reason: impl Into<String>) -> Self {
        Self::Protocol {
            reason: reason.into(),
        }
    }

    /// A stable word for logs and job errors.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RetryAfter { .. } => "retry_after",
            Self::AuthenticateAgain { .. } => "authenticate_again",
            Self::Rejected { .. } => "rejected",
            Self::Protocol { .. } => "protocol",
        }
    }

    /// Whether the same operation may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::RetryAfter { .. })
    }
}

impl std::fmt::Display for PlatformError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RetryAfter { reason, .. } => write!(f, "the channel is not ready: {reason}"),
            Self::AuthenticateAgain { reason } => write!(
                f,
                "the channel does not accept the store's credentials: {reason}"
            ),
            Self::Rejected {
                reason,
                field: Some(field),
            } => write!(f, "the channel refused `{field}`: {reason}"),
            Self::Rejected {
                reason,
                field: None,
            } => write!(f, "the channel refused: {reason}"),
            Self::Protocol { reason } => {
                write!(f, "the channel's answer does not fit its API: {reason}")
            }
        }
    }
}

impl std::error::Error for PlatformError {}
