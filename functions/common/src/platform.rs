//! Sales channels. A plugin is sans-I/O: it turns an [`Operation`] into an HTTP request and each
//! response into the next [`Step`]; [`drive_through`] does the sending, the limits, the token refresh,
//! the mapping of refusals and the redacted log, the same for every channel.

mod descriptor;
mod drive;
mod exchange;
mod job;
mod operation;
mod order;
mod outcome;
mod pipeline;
mod product;
mod redaction;
mod retry;
mod webhook;

pub use descriptor::{
    Capability, ConfigField, Constraints, CredentialField, Descriptor, Level, OperationKind,
    RateLimit,
};
pub use drive::{DriveError, Limits, drive, drive_through, list_products};
pub use exchange::{Allowance, Exchange, State, Step};
pub use job::JobError;
pub use operation::{
    Action, Authorisation, CodeGrant, InventorySync, Operation, OrderFulfilment, OrderLine,
    Recipient, StockLevel, Subscriptions, Tracking,
};
pub use order::{ExternalOrder, ExternalOrderLine, OrderStatus};
pub use outcome::{Issue, Outcome, Presence, Severity};
pub use pipeline::{
    Admission, Ask, Draw, Go, Kept, Observation, Pipeline, Renewal, Renewed, Spent, Stored,
    Subject, Told, Traffic, Turn,
};
pub use product::{
    ExternalProduct, ExternalVariant, Image, ProductInput, ProductOption, ProductStatus, Variant,
};
pub use retry::retry_after;
pub use webhook::{WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused, WebhookSubject};

use crate::ports::HttpResponse;
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

    /// What `response` says of the channel's limits, by the name of the [`RateLimit`].
    fn allowances(&self, _response: &HttpResponse) -> Vec<Allowance> {
        Vec::new()
    }

    /// The address at which the shop's owner lets us in; the answer comes back to
    /// `authorisation.redirect_uri` and goes into [`Action::ExchangeCode`].
    ///
    /// # Errors
    /// Where the channel has no such address or the store lacks what it needs; says what to do instead.
    fn authorisation_url(
        &self,
        _store: &Store,
        _authorisation: &Authorisation<'_>,
    ) -> Result<String, PlatformError> {
        let capability = self.descriptor().capability(OperationKind::Connect);
        Err(PlatformError::rejected(capability.reason))
    }

    /// Checks that the channel itself sent `delivery`, over its raw bytes and in constant time.
    ///
    /// # Errors
    /// When the signature or a required header is missing, wrong or too old.
    fn verify_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
        secret: &Secret<String>,
        now_ms: i64,
    ) -> Result<(), WebhookRefused>;

    /// What a verified delivery is stored under; always answers, also for a body that can't be read.
    fn webhook_receipt(&self, delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
        WebhookReceipt::by_digest("unknown", delivery.body)
    }

    /// Reads a verified delivery.
    ///
    /// # Errors
    /// [`PlatformError::Protocol`] when the body is not what the channel documents.
    fn decode_webhook(&self, delivery: &WebhookDelivery<'_>)
    -> Result<WebhookEvent, PlatformError>;
}

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
