//! From a response to data or to what the vendor has against the request.
//!
//! The vendor's errors have several shapes (all of them seen): `{"status": "error", "code", "message", "errors":
//! {"reason", "code"}}` with a sentence or JSON text as reason, `{"error": "Not found"}`, and `{}`.

use crate::wire;
use common::platform::{Allowance, PlatformError};
use common::ports::HttpResponse;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// "Product is disabled for editing": it is being published.
const LOCKED: i64 = 8252;
/// "Product … does not belong to shop …".
const OF_ANOTHER_SHOP: i64 = 8104;
/// How long a channel of Printify's own takes to finish a publication; about ten seconds were measured.
pub const LOCK_WAIT: Duration = Duration::from_secs(30);
/// The vendor's sentences are passed on up to this length.
const LONGEST_REASON: usize = 500;

/// What the vendor has against a request.
#[derive(Debug)]
pub enum Refusal {
    /// The thing is not in this shop.
    Missing,
    /// The product is locked.
    Locked,
    /// Anything else.
    Other(PlatformError),
}

impl From<Refusal> for PlatformError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::rejected_field(
                "config.shop_id",
                "the shop has nothing at this address: check the shop's number",
            ),
            Refusal::Locked => locked(),
            Refusal::Other(error) => error,
        }
    }
}

/// The product can't be changed now.
pub fn locked() -> PlatformError {
    PlatformError::RetryAfter {
        after: Some(LOCK_WAIT),
        reason: "the product is locked while it is being published".to_owned(),
    }
}

/// The body of a success.
pub fn read<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, PlatformError> {
    accept(response)?;
    wire::typed(response)
}

/// The body of a success; `None` where the thing is not in this shop.
pub fn found<T: DeserializeOwned>(response: &HttpResponse) -> Result<Option<T>, PlatformError> {
    match accept(response) {
        Ok(()) => wire::typed(response).map(Some),
        Err(Refusal::Missing) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Whether the vendor did what was asked.
pub fn accept(response: &HttpResponse) -> Result<(), Refusal> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    let code = ["/code", "/errors/code"]
        .iter()
        .find_map(|path| body.pointer(path)?.as_i64());
    let spoken = spoken(&body);
    // An id that can't be one is an id that nothing has.
    let malformed_id = status == StatusCode::UNPROCESSABLE_ENTITY
        && spoken
            .as_deref()
            .is_some_and(|it| it.starts_with("Invalid") && it.contains(" ID format"));
    Err(match (status, code) {
        (StatusCode::NOT_FOUND, _) | (_, Some(OF_ANOTHER_SHOP)) => Refusal::Missing,
        _ if malformed_id => Refusal::Missing,
        (_, Some(LOCKED)) => Refusal::Locked,
        (StatusCode::UNAUTHORIZED, _) => Refusal::Other(PlatformError::AuthenticateAgain {
            reason: "the token is wrong, older than a year, or may not reach the shop of \
                     `config.shop_id`"
                .to_owned(),
        }),
        (StatusCode::FORBIDDEN, _) => Refusal::Other(PlatformError::rejected_field(
            "credentials.token",
            spoken.unwrap_or_else(|| "lacks the access scope for this".to_owned()),
        )),
        _ => Refusal::Other(explained(status, spoken)),
    })
}

fn explained(status: StatusCode, spoken: Option<String>) -> PlatformError {
    let Some(reason) = spoken else {
        return PlatformError::protocol(format!("HTTP {} without a reason", status.as_u16()));
    };
    match by_field(&reason) {
        Some((field, reason)) => PlatformError::rejected_field(field, reason),
        None => PlatformError::rejected(reason),
    }
}

/// The vendor's sentence.
fn spoken(body: &Value) -> Option<String> {
    let paths = ["/errors/reason", "/error_description", "/error", "/message"];
    let text = paths
        .iter()
        .find_map(|path| body.pointer(path)?.as_str())
        .filter(|text| !text.trim().is_empty())?;
    Some(text.chars().take(LONGEST_REASON).collect())
}

/// Field and sentence of `print_areas: The print areas field is required.` or `{"zip":["…"]}`.
fn by_field(reason: &str) -> Option<(String, String)> {
    if let Ok(Value::Object(fields)) = serde_json::from_str(reason) {
        let (field, sentences) = fields.into_iter().next()?;
        let sentence = match sentences.get(0).unwrap_or(&sentences) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        return Some((field, sentence));
    }
    let (field, sentence) = reason.split_once(": ")?;
    let is_path = field
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.*".contains(&byte));
    (is_path && !field.is_empty()).then(|| (field.to_owned(), sentence.to_owned()))
}

/// What the headers say of the limits. They are not documented: seen on answers of the vendor, with the number
/// that tells which limit is meant.
pub fn allowances(response: &HttpResponse) -> Vec<Allowance> {
    let number = |name: &str| {
        let text = response.headers().get(name)?.to_str().ok()?;
        text.trim().parse::<u32>().ok()
    };
    let limit = match number("x-ratelimit-limit") {
        Some(600) => "global",
        Some(100) => "catalog",
        Some(200) => "publish",
        _ => return Vec::new(),
    };
    let left = number("x-ratelimit-remaining").map(|remaining| Allowance {
        limit,
        remaining: f64::from(remaining),
        capacity: None,
        per_second: None,
    });
    left.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(status: u16, body: &Value) -> PlatformError {
        let response = http::Response::builder().status(status);
        let response = response.body(body.to_string().into_bytes()).unwrap();
        accept(&response).unwrap_err().into()
    }

    #[test]
    fn the_vendors_reason_names_the_field() {
        let reason = "variants.0.price: The variants.0.price field is required.";
        let body = json!({"status": "error", "code": 8150, "message": "Validation failed.",
            "errors": {"reason": reason, "code": 8150}});
        let sentence = "The variants.0.price field is required.";
        assert_eq!(
            refused(400, &body),
            PlatformError::rejected_field("variants.0.price", sentence)
        );
        let body = json!({"code": 8103, "errors": {"reason": "{\"zip\":[\"The zip field is required.\"]}"}});
        let zip = PlatformError::rejected_field("zip", "The zip field is required.");
        assert_eq!(refused(400, &body), zip);
        let body = json!({"code": 8203, "errors": {"reason": "Image has low quality"}});
        let quality = PlatformError::rejected("Image has low quality");
        assert_eq!(refused(400, &body), quality);
    }

    #[test]
    fn each_status_has_its_meaning() {
        let code = |status, body: &Value| refused(status, body).code();
        assert_eq!(code(401, &json!({})), "authenticate_again");
        assert_eq!(code(403, &json!({})), "rejected");
        assert_eq!(
            code(402, &json!({"message": "Payment required"})),
            "rejected"
        );
        assert_eq!(code(418, &json!({})), "protocol");
        assert_eq!(code(400, &json!({"code": 8252})), "retry_after");
    }
}
