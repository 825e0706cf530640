//! The vendor's ways to say no.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// What is answered instead.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub body: Value,
}

pub type Answer = Result<Value, Refusal>;

/// `{"status": "error", …}` with a code.
pub fn invalid(code: i64, reason: impl Into<String>) -> Refusal {
    let reason = reason.into();
    Refusal {
        status: StatusCode::BAD_REQUEST,
        body: json!({
            "status": "error",
            "code": code,
            "message": "Validation failed.",
            "errors": {"reason": reason, "code": code},
        }),
    }
}

/// A field that is missing or wrong, in the words of the vendor's framework.
pub fn field(name: &str, issue: &str) -> Refusal {
    invalid(8150, format!("{name}: The {name} {issue}."))
}

pub fn required(name: &str) -> Refusal {
    field(name, "field is required")
}

pub fn not_found() -> Refusal {
    Refusal {
        status: StatusCode::NOT_FOUND,
        body: json!({"error": "Not found", "request_id": "sandbox"}),
    }
}

pub fn locked() -> Refusal {
    invalid(8252, "Product is disabled for editing")
}

/// No token, a wrong one, or a shop that it does not reach.
pub fn unauthorized() -> Refusal {
    Refusal {
        status: StatusCode::UNAUTHORIZED,
        body: json!({}),
    }
}

/// A body with its status and length.
pub fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    let text = body.to_string();
    let length = HeaderValue::from(text.len());
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length);
    response
}
