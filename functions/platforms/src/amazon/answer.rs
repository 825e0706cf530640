//! From an answer to its content, or to one of the four ways of saying no.

use crate::wire;
use common::platform::PlatformError;
use common::ports::HttpResponse;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// `x-amzn-RateLimit-Limit`: requests a second that the operation allows.
const RATE: &str = "x-amzn-ratelimit-limit";

/// A wait that is longer than this is not worth being named: the caller's own pauses do.
const LONGEST_WAIT_S: f64 = 600.0;

/// The body that every refusal of the API has.
#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
    message: String,
    details: Option<String>,
}

impl Reason {
    fn text(&self) -> String {
        let details = self.details.as_deref().unwrap_or_default();
        match details.is_empty() || details == self.message {
            true => format!("{} ({})", self.message, self.code),
            false => format!("{} {details} ({})", self.message, self.code),
        }
    }

    /// 403 is both an expired token and a missing role; only the words tell them apart.
    fn is_about_token(&self) -> bool {
        let details = self.details.as_deref().unwrap_or_default();
        format!("{} {details}", self.message)
            .to_lowercase()
            .contains("token")
    }
}

/// The content of a successful answer.
pub fn content<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, PlatformError> {
    accept(response)?;
    wire::typed(response)
}

/// The same; `None` where the thing is not there.
pub fn found<T: DeserializeOwned>(response: &HttpResponse) -> Result<Option<T>, PlatformError> {
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        _ => content(response).map(Some),
    }
}

/// Lets a successful answer pass.
pub fn accept(response: &HttpResponse) -> Result<(), PlatformError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let refusal: Refusal = wire::typed(response)?;
    let first = refusal
        .errors
        .first()
        .ok_or_else(|| PlatformError::protocol("`errors`: is empty"))?;
    let is_token = status == StatusCode::UNAUTHORIZED
        || status == StatusCode::FORBIDDEN && first.is_about_token();
    if is_token {
        return Err(PlatformError::AuthenticateAgain {
            reason: first.text(),
        });
    }
    let reasons: Vec<String> = refusal.errors.iter().map(Reason::text).collect();
    let hint = match status {
        StatusCode::FORBIDDEN => "; the application lacks the role, or the seller did not grant it",
        _ => "",
    };
    Err(PlatformError::rejected(format!(
        "{}{hint}",
        reasons.join("; ")
    )))
}

/// How long until the operation allows one more request, from the rate that the refusal states.
pub fn throttle_wait(response: &HttpResponse) -> Option<Duration> {
    let rate: f64 = response.headers().get(RATE)?.to_str().ok()?.parse().ok()?;
    if !rate.is_finite() || rate <= 0.0 {
        return None;
    }
    let wait = (1.0 / rate).min(LONGEST_WAIT_S);
    Duration::try_from_secs_f64(wait).ok()
}
