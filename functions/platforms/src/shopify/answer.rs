//! From a response to data or to one of the four refusals.

use common::platform::{Allowance, PlatformError};
use common::ports::HttpResponse;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// The name of the cost bucket among the rate limits.
pub const BUCKET: &str = "cost";

/// The `data` of a GraphQL answer.
pub fn data<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, PlatformError> {
    let body = body(response)?;
    if let Some(errors) = body.get("errors").filter(|errors| !errors.is_null()) {
        return Err(from_errors(errors, &body));
    }
    let data = body
        .get("data")
        .ok_or_else(|| PlatformError::protocol("`data` is missing"))?;
    serde_path_to_error::deserialize(data).map_err(|error| {
        PlatformError::protocol(format!("`data.{}`: {}", error.path(), error.inner()))
    })
}

/// The JSON of an answer that is not GraphQL.
pub fn plain<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, PlatformError> {
    crate::wire::from_value(body(response)?)
}

fn body(response: &HttpResponse) -> Result<Value, PlatformError> {
    let parsed: Result<Value, _> = serde_json::from_slice(response.body());
    let status = response.status();
    if status.is_success() {
        return parsed.map_err(|_| PlatformError::protocol("the body is not JSON"));
    }
    let reason = spoken(response);
    Err(match status {
        StatusCode::UNAUTHORIZED => PlatformError::AuthenticateAgain { reason },
        // A token of a kind that is taken no more: "Non-expiring access tokens are no longer accepted".
        StatusCode::FORBIDDEN if reason.contains("access token") => {
            PlatformError::AuthenticateAgain { reason }
        }
        StatusCode::FORBIDDEN | StatusCode::PAYMENT_REQUIRED | StatusCode::LOCKED => {
            PlatformError::rejected(reason)
        }
        StatusCode::NOT_FOUND => PlatformError::rejected_field("config.shop_domain", reason),
        _ => PlatformError::protocol(format!("HTTP {}: {reason}", status.as_u16())),
    })
}

/// Whether the token endpoint does not know the client, the code or the refresh token. OAuth answers 400
/// (RFC 6749, 5.2); the others are what Shopify's own gates say for an app that was removed.
pub fn is_token_refused(response: &HttpResponse) -> bool {
    matches!(
        response.status(),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    )
}

/// The vendor's sentence in an answer that is a refusal, or its status.
pub fn spoken(response: &HttpResponse) -> String {
    let body = serde_json::from_slice(response.body()).ok();
    body.and_then(|body| sentence_of(&body))
        .unwrap_or_else(|| format!("HTTP {}", response.status().as_u16()))
}

/// From `{"errors": "…"}` or `{"error": "…", "error_description": "…"}`.
fn sentence_of(body: &Value) -> Option<String> {
    let first = ["error_description", "errors", "error"]
        .iter()
        .find_map(|name| body.get(name))?;
    Some(match first {
        Value::String(text) => text.clone(),
        Value::Array(_) => sentence(first),
        other => other.to_string(),
    })
}

fn sentence(errors: &Value) -> String {
    let messages: Vec<&str> = errors
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error.get("message")?.as_str())
        .collect();
    if messages.is_empty() {
        "no reason given".to_owned()
    } else {
        messages.join("; ")
    }
}

fn from_errors(errors: &Value, body: &Value) -> PlatformError {
    let reason = sentence_of(body).unwrap_or_else(|| sentence(errors));
    let code = errors
        .get(0)
        .and_then(|error| error.pointer("/extensions/code")?.as_str())
        .unwrap_or_default();
    match code {
        "THROTTLED" => PlatformError::RetryAfter {
            after: cost_wait(body),
            reason,
        },
        "INTERNAL_SERVER_ERROR" | "TIMEOUT" => PlatformError::RetryAfter {
            after: None,
            reason,
        },
        "UNAUTHENTICATED" => PlatformError::AuthenticateAgain { reason },
        "ACCESS_DENIED" => PlatformError::rejected_field("credentials.access_token", reason),
        "MAX_COST_EXCEEDED" | "SHOP_INACTIVE" => PlatformError::rejected(reason),
        _ => PlatformError::protocol(reason),
    }
}

/// How long a throttled answer asks to wait.
pub fn throttle_wait(response: &HttpResponse) -> Option<Duration> {
    cost_wait(&serde_json::from_slice(response.body()).ok()?)
}

/// What the answer says of the cost bucket.
pub fn allowances(response: &HttpResponse) -> Vec<Allowance> {
    let body: Option<Value> = serde_json::from_slice(response.body()).ok();
    let read = |body: Value| {
        let status = body.pointer("/extensions/cost/throttleStatus")?;
        let number = |name: &str| status.get(name)?.as_f64();
        Some(Allowance {
            limit: BUCKET,
            remaining: number("currentlyAvailable")?,
            capacity: number("maximumAvailable"),
            per_second: number("restoreRate"),
        })
    };
    body.and_then(read).into_iter().collect()
}

/// The time in which the bucket refills by what the request costs more than it holds.
fn cost_wait(body: &Value) -> Option<Duration> {
    let cost = body.pointer("/extensions/cost")?;
    let number = |path: &str| cost.pointer(path)?.as_f64();
    let requested = number("/requestedQueryCost")?;
    let available = number("/throttleStatus/currentlyAvailable")?;
    let rate = number("/throttleStatus/restoreRate").filter(|rate| *rate > 0.0)?;
    Duration::try_from_secs_f64(((requested - available) / rate).max(0.0)).ok()
}

/// A refusal inside `data`.
#[derive(Debug, Deserialize)]
pub struct UserError {
    #[serde(default)]
    pub code: Option<String>,
    pub field: Option<Vec<String>>,
    pub message: String,
}

impl UserError {
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

/// Turns the first of `errors` into a refusal whose reason has all of them.
pub fn accept(errors: &[UserError]) -> Result<(), PlatformError> {
    let Some(first) = errors.first() else {
        return Ok(());
    };
    let reasons: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    let reason = reasons.join("; ");
    Err(match first.code.as_deref() {
        Some("GENERIC_ERROR" | "JOB_ERROR" | "IDEMPOTENCY_CONCURRENT_REQUEST") => {
            PlatformError::RetryAfter {
                after: None,
                reason,
            }
        }
        Some("IDEMPOTENCY_KEY_PARAMETER_MISMATCH") => PlatformError::protocol(reason),
        _ => PlatformError::Rejected {
            reason,
            field: first.field.as_ref().map(|path| path.join(".")),
        },
    })
}

/// A page of a connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection<T> {
    pub nodes: Vec<T>,
    pub page_info: PageInfo,
}

/// Where the next page begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    pub has_next_page: bool,
    #[serde(default)]
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// The cursor of the next page, if there is one.
    pub fn next(&self) -> Result<Option<String>, PlatformError> {
        match (self.has_next_page, &self.end_cursor) {
            (false, _) => Ok(None),
            (true, Some(cursor)) => Ok(Some(cursor.clone())),
            (true, None) => Err(PlatformError::protocol(
                "`pageInfo.endCursor` is missing though there is a next page",
            )),
        }
    }
}

/// A connection of which only the rows are asked for.
#[derive(Debug, Deserialize)]
pub struct Nodes<T> {
    pub nodes: Vec<T>,
}

/// An object of which only the id is asked for.
#[derive(Debug, Deserialize)]
pub struct Id {
    pub id: String,
}
