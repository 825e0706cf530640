//! One redacted log line a request.

use crate::platform::{Exchange, Operation, Platform};
use crate::ports::{HttpError, HttpResponse};
use serde_json::{Value, json};

/// What the log may know of a request: never its query, headers or body.
pub struct Entry(Value);

impl Entry {
    pub fn new(platform: &dyn Platform, operation: &Operation, exchange: &Exchange) -> Self {
        let request = &exchange.request;
        Self(json!({
            "event": "platform.request",
            "platform": platform.descriptor().slug,
            "operation": operation.kind().name(),
            "http.method": request.method().as_str(),
            "http.host": request.uri().host().unwrap_or_default(),
            "http.path": request.uri().path(),
            "http.request_bytes": request.body().len(),
        }))
    }

    pub fn line(self, answer: &Result<HttpResponse, HttpError>, duration_ms: i64) -> Value {
        let mut line = self.0;
        if let Some(fields) = line.as_object_mut() {
            fields.insert("duration_ms".to_owned(), json!(duration_ms));
            match answer {
                Ok(response) => {
                    let (status, bytes) = (response.status().as_u16(), response.body().len());
                    fields.insert("http.status".to_owned(), json!(status));
                    fields.insert("http.response_bytes".to_owned(), json!(bytes));
                }
                Err(error) => {
                    let word = match error {
                        HttpError::Denied(_) => "denied",
                        HttpError::Connect(_) => "connect",
                        HttpError::Timeout => "timeout",
                        HttpError::Broken(_) => "broken",
                    };
                    fields.insert("http.error".to_owned(), json!(word));
                }
            }
        }
        line
    }
}
