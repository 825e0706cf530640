//! The one error of the domain. Use `Validation` for what the caller sent, `Conflict` for what the
//! state forbids, `Forbidden` for what the caller may not, `Internal` for what is our fault. The
//! message and details go to the caller; the source goes to the log only.

use crate::ports::DbError;
use crate::settings::SettingError;
use http::StatusCode;
use serde_json::{Value, json};

/// What went wrong, as the caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: the request can't be understood or breaks a rule of its fields.
    Validation,
    /// 401: no valid token.
    Unauthorized,
    /// 403: not allowed, or not a member.
    Forbidden,
    /// 404: no such thing in this workspace.
    NotFound,
    /// 405: the route has other methods.
    MethodNotAllowed,
    /// 409: the state of the resource forbids it.
    Conflict,
    /// 412: `If-Match` names another version.
    PreconditionFailed,
    /// 413: the body is larger than the route takes.
    PayloadTooLarge,
    /// 414: the path is longer than any that we have.
    UriTooLong,
    /// 415: the body has a type that the route does not take.
    UnsupportedMediaType,
    /// 431: the headers are more or larger than a request needs.
    HeadersTooLarge,
    /// 429: over a rate limit.
    TooManyRequests,
    /// 503: the database is not there; try again.
    Unavailable,
    /// 500: our fault.
    Internal,
}

impl Kind {
    /// The HTTP status and the stable code of the contract.
    pub const fn status_and_code(self) -> (StatusCode, &'static str) {
        match self {
            Self::Validation => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::Conflict => (StatusCode::CONFLICT, "CONFLICT"),
            Self::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED"),
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
            }
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "URI_TOO_LONG"),
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "HEADERS_TOO_LARGE",
            ),
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
        }
    }
}

/// An error on its way to the caller and, with its source, to the log.
#[derive(Clone, Debug)]
pub struct Error {
    /// Decides status and code.
    pub kind: Kind,
    /// For the caller: what to do next. Never SQL, a stack or a secret.
    pub message: String,
    /// For the caller: `field` and `issue`, or the current state. Null is left out.
    pub details: Value,
    /// For the log only.
    pub source: Option<String>,
    /// The `Allow` header of a 405.
    pub allow: Option<String>,
    /// The `Retry-After` header of a 429, in seconds.
    pub retry_after_s: Option<u32>,
}

impl Error {
    /// An error of `kind` with a message for the caller.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Value::Null,
            source: None,
            allow: None,
            retry_after_s: None,
        }
    }

    /// A 400 naming the field and what is wrong with it.
    pub fn field(field: impl Into<String>, issue: impl Into<String>) -> Self {
        let (field, issue) = (field.into(), issue.into());
        Self {
            details: json!({"field": field, "issue": issue}),
            ..Self::new(Kind::Validation, format!("{field}: {issue}"))
        }
    }

    /// A 404 that does not tell whether the thing exists elsewhere.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "There is nothing at this address.")
    }

    /// A 409 with the reason.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// A 500; `source` goes to the log.
    pub fn internal(source: impl std::fmt::Display) -> Self {
        Self {
            source: Some(source.to_string()),
            ..Self::new(
                Kind::Internal,
                "Something went wrong on our side. Quote the request id when you report it.",
            )
        }
    }

    /// A 405 with the methods that the route has.
    pub fn method_not_allowed(allow: &[http::Method]) -> Self {
        let allow: Vec<&str> = allow.iter().map(http::Method::as_str).collect();
        let allow = allow.join(", ");
        Self {
            allow: Some(allow.clone()),
            ..Self::new(
                Kind::MethodNotAllowed,
                format!("This address takes {allow}."),
            )
        }
    }

    /// Adds what the caller may want to look at.
    #[must_use]
    pub fn with_details(self, details: Value) -> Self {
        Self { details, ..self }
    }

    /// The contract's body: `{"error":{"code","message","details"?}}`.
    pub fn body(&self) -> Value {
        let mut error = json!({"code": self.kind.status_and_code().1, "message": self.message});
        if let (Some(object), false) = (error.as_object_mut(), self.details.is_null()) {
            object.insert("details".to_owned(), self.details.clone());
        }
        json!({ "error": error })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<SettingError> for Error {
    fn from(error: SettingError) -> Self {
        Self::internal(error)
    }
}

impl From<DbError> for Error {
    /// Constraint and SQLSTATE to status, in one place ([`crate::constraints`]).
    fn from(error: DbError) -> Self {
        crate::constraints::to_error(error)
    }
}

/// The domain's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
