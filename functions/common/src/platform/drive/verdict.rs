//! What an answer means before the plugin reads it.

use super::call::Answer;
use crate::platform::retry::retry_after;
use crate::platform::{Platform, PlatformError};
use crate::ports::{HttpError, HttpResponse};
use http::StatusCode;
use http::header::RETRY_AFTER;

/// Whether to try again at once. A request that never left may be repeated whatever it asks; one whose fate is
/// unknown or whose server broke down, only if it is repeatable; a channel that names a time gets it.
pub fn is_worth_another_try(answer: &Answer, is_repeatable: bool) -> bool {
    match answer {
        Err(HttpError::Connect(_)) => true,
        Err(HttpError::Timeout | HttpError::Broken(_)) => is_repeatable,
        Err(HttpError::Denied(_)) => false,
        Ok(response) => {
            is_repeatable
                && is_breakdown(response.status())
                && !response.headers().contains_key(RETRY_AFTER)
        }
    }
}

/// Lets through what carries the channel's own content.
pub fn accept(
    platform: &dyn Platform,
    answer: Answer,
    now_ms: i64,
) -> Result<HttpResponse, PlatformError> {
    let response = answer.map_err(from_transport)?;
    let status = response.status();
    let named = retry_after(response.headers(), now_ms);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(PlatformError::RetryAfter {
            after: named.or_else(|| platform.throttle_wait(&response)),
            reason: "its rate limit is used up (HTTP 429)".to_owned(),
        });
    }
    if is_breakdown(status) {
        return Err(PlatformError::RetryAfter {
            after: named,
            reason: format!("HTTP {}", status.as_u16()),
        });
    }
    if !status.is_success() && !status.is_client_error() {
        return Err(PlatformError::protocol(format!(
            "HTTP {}: redirects are not followed; check the store's address",
            status.as_u16()
        )));
    }
    Ok(response)
}

fn is_breakdown(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

/// A request that may have had its effect is repeated too: with the same key it has it once.
fn from_transport(error: HttpError) -> PlatformError {
    let reason = match error {
        HttpError::Denied(reason) => {
            return PlatformError::rejected_field("config.base_url", reason);
        }
        HttpError::Connect(reason) => format!("no connection: {reason}"),
        HttpError::Timeout => "no complete answer in time".to_owned(),
        HttpError::Broken(reason) => format!("the answer was cut or unreadable: {reason}"),
    };
    PlatformError::RetryAfter {
        after: None,
        reason,
    }
}
