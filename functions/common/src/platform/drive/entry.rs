//! One redacted log line a request: never its query, headers or body.

use crate::platform::Platform;
use crate::platform::pipeline::Observation;
use serde_json::{Value, json};

pub fn line(platform: &dyn Platform, seen: &Observation<'_>) -> Value {
    let subject = seen.subject;
    let mut line = json!({
        "event": "platform.request",
        "platform": platform.descriptor().slug,
        "operation": subject.operation,
        "http.method": subject.method,
        "http.host": subject.host,
        "http.path": subject.path,
        "http.request_bytes": seen.request_bytes,
        "attempt": seen.attempt,
        "wait_ms": seen.wait_ms,
        "duration_ms": seen.duration_ms,
    });
    let answered = [
        ("http.status", json!(seen.status)),
        ("http.response_bytes", json!(seen.response_bytes)),
        ("http.error", json!(seen.error)),
    ];
    if let Some(fields) = line.as_object_mut() {
        for (name, value) in answered {
            if !value.is_null() {
                fields.insert(name.to_owned(), value);
            }
        }
    }
    line
}
