//! Why the sign-in says no, in the words and shapes of Supabase's auth server: `{code, message}` for clients that
//! ask for version 2024-01-01 with `X-Supabase-Api-Version`, `{code: <status>, error_code, msg}` for older ones.

use super::password::Weakness;
use crate::error::{Error, Kind};
use crate::reply::Reply;
use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

/// The header in which clients name the version of the errors that they understand.
pub const API_VERSION: HeaderName = HeaderName::from_static("x-supabase-api-version");
const VERSION: &str = "2024-01-01";

/// An error of `/auth/v1`. Like [`Error`], it tells the caller the message and the log the source.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The stable code: Supabase's where it has one.
    pub code: &'static str,
    /// For the caller.
    pub message: String,
    /// When to come back.
    pub retry_after_ms: Option<u64>,
    /// For the log only.
    pub source: Option<String>,
    weakness: Option<Weakness>,
    allow: Option<String>,
    forget: bool,
}

impl Refusal {
    /// One with a message for the caller.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after_ms: None,
            source: None,
            weakness: None,
            allow: None,
            forget: false,
        }
    }

    /// 422: what is wrong with the password.
    pub fn weak(weakness: Weakness) -> Self {
        Self {
            weakness: Some(weakness),
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "weak_password",
                weakness.advice(),
            )
        }
    }

    /// 429.
    pub fn limited(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "over_request_rate_limit",
                "Too many attempts; try again later.",
            )
        }
    }

    /// 400: no such account, or another password. Which of the two is not said.
    pub fn credentials() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_credentials",
            "Invalid login credentials",
        )
    }

    /// 403: the session was ended.
    pub fn no_session() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "session_not_found",
            "This session has ended; sign in again.",
        )
    }

    /// 400: the request itself.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "validation_failed", message)
    }

    /// The same, and a browser forgets its cookies.
    #[must_use]
    pub fn and_forget(mut self) -> Self {
        self.forget = true;
        self
    }

    /// The answer, in the shape that a client of `version` reads.
    pub fn reply(&self, version: Option<&str>) -> Reply {
        let newer = version.is_some_and(|version| version >= VERSION);
        let mut body = match newer {
            true => json!({"code": self.code, "message": self.message}),
            false => {
                json!({"code": self.status.as_u16(), "error_code": self.code, "msg": self.message})
            }
        };
        if let (Some(weakness), Some(fields)) = (self.weakness, body.as_object_mut()) {
            let why: Value = json!({"reasons": [weakness.reason()], "message": weakness.advice()});
            fields.insert("weak_password".to_owned(), why);
        }
        let mut reply = Reply::json(self.status, body.to_string());
        if newer {
            reply = reply.with_header(API_VERSION, VERSION);
        }
        if let Some(wait) = self.retry_after_ms {
            reply = reply.with_header(header::RETRY_AFTER, &wait.div_ceil(1000).max(1).to_string());
        }
        if let Some(allow) = &self.allow {
            reply = reply.with_header(header::ALLOW, allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            reply = reply.with_header(header::WWW_AUTHENTICATE, "Bearer");
        }
        match self.forget {
            true => crate::identity::cookie::forget(reply),
            false => reply,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let code = match error.kind {
            Kind::Validation | Kind::PayloadTooLarge | Kind::UnsupportedMediaType => {
                "validation_failed"
            }
            Kind::Unauthorized => "bad_jwt",
            Kind::Forbidden => "not_allowed",
            Kind::NotFound | Kind::MethodNotAllowed => "not_found",
            _ => "unexpected_failure",
        };
        Self {
            source: error.source,
            allow: error.allow,
            retry_after_ms: (error.kind == Kind::Unavailable).then_some(1000),
            ..Self::new(error.kind.status_and_code().0, code, error.message)
        }
    }
}

impl From<crate::ports::DbError> for Refusal {
    fn from(error: crate::ports::DbError) -> Self {
        Error::from(error).into()
    }
}

impl From<crate::settings::SettingError> for Refusal {
    fn from(error: crate::settings::SettingError) -> Self {
        Error::from(error).into()
    }
}

/// The sign-in's result.
pub type Result<T, E = Refusal> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_of_clients_finds_the_code_where_it_looks() {
        let new = Refusal::credentials().reply(Some("2024-01-01"));
        assert_eq!(
            new.body,
            r#"{"code":"invalid_credentials","message":"Invalid login credentials"}"#
        );
        assert!(
            new.headers
                .iter()
                .any(|(name, value)| name == API_VERSION && value == VERSION)
        );
        let old = Refusal::credentials().reply(None);
        assert_eq!(
            old.body,
            r#"{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}"#
        );
    }

    #[test]
    fn who_is_limited_is_told_when_to_come_back() {
        let reply = Refusal::limited(1200).reply(None);
        assert_eq!(reply.status, 429);
        assert!(
            reply
                .headers
                .iter()
                .any(|(name, value)| name == header::RETRY_AFTER && value == "2")
        );
    }

    #[test]
    fn what_goes_to_the_log_does_not_go_to_the_caller() {
        let refusal = Refusal::from(Error::internal(
            "password authentication failed for hub_auth",
        ));
        assert!(refusal.source.is_some());
        let body = refusal.reply(None).body;
        assert!(!String::from_utf8_lossy(&body).contains("hub_auth"));
    }
}
