//! Answers as the Selling Partner API gives them.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// What is answered; a refusal carries its status and body.
pub type Reply = Result<(StatusCode, Value), (StatusCode, Value)>;

/// 200.
pub fn ok(body: Value) -> Reply {
    Ok((StatusCode::OK, body))
}

/// A refusal with one reason.
pub fn refusal(status: u16, code: &str, message: &str, details: &str) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let error = json!({"code": code, "message": message, "details": details});
    Err((status, json!({"errors": [error]})))
}

/// 400, the answer to what is not as the model has it.
pub fn invalid(message: &str) -> Reply {
    refusal(400, "InvalidInput", message, "")
}

/// 404.
pub fn not_found(message: &str) -> Reply {
    refusal(404, "NOT_FOUND", message, "")
}

/// A JSON body, or none for null.
pub fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    let text = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let mut response = bytes(status, text);
    if !body.is_null() {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

/// A body as it is.
pub fn bytes(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    response
}
