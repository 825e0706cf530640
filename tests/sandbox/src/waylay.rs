//! What becomes of a request that meets a fault.

use crate::asked::Asked;
use crate::control;
use crate::faults::{Fault, FaultKind};
use crate::graphql::GraphqlError;
use crate::inner::Inner;
use crate::server::Body;
use futures::StreamExt;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// Answers `asked` as `fault` has it.
pub async fn waylaid(inner: &Inner, asked: Asked, fault: &Fault) -> io::Result<Response<Body>> {
    let broken = || io::Error::other("broken on demand");
    match fault.kind {
        FaultKind::Timeout => std::future::pending().await,
        FaultKind::Status => Ok(refusal(fault, fault.status)),
        FaultKind::TooManyRequests => Ok(refusal(fault, 429)),
        FaultKind::Throttled => Ok(control::json(StatusCode::OK, &throttled())),
        FaultKind::LostReply => {
            drop(inner.respond(&asked));
            Err(broken())
        }
        FaultKind::Slow => slowly(inner.respond(&asked), fault.delay()).await,
        FaultKind::Cut => {
            let (parts, body) = inner.respond(&asked).into_parts();
            let whole = body.collect().await?.to_bytes();
            let half = whole.slice(..whole.len() / 2);
            let frames = [Ok(Frame::data(half)), Err(broken())];
            let stream = StreamBody::new(futures::stream::iter(frames));
            Ok(Response::from_parts(parts, stream.boxed_unsync()))
        }
        FaultKind::Sale => {
            inner.sell(&asked, &fault.sku, fault.quantity);
            Ok(inner.respond(&asked))
        }
        FaultKind::ExpireTokens => {
            inner.expire_tokens(&asked);
            Ok(inner.respond(&asked))
        }
        FaultKind::Late => {
            tokio::time::sleep(fault.delay()).await;
            Ok(inner.respond(&asked))
        }
        // Faults of notifications meet no request.
        FaultKind::LostWebhook | FaultKind::DoubleWebhook | FaultKind::LateWebhook => {
            Ok(inner.respond(&asked))
        }
    }
}

async fn slowly(response: Response<Body>, pause: Duration) -> io::Result<Response<Body>> {
    let (parts, body) = response.into_parts();
    let whole = body.collect().await?.to_bytes();
    let bytes = futures::stream::iter(0..whole.len()).then(move |at| {
        let byte = whole.slice(at..=at);
        async move {
            tokio::time::sleep(pause).await;
            Ok(Frame::data(byte))
        }
    });
    Ok(Response::from_parts(
        parts,
        StreamBody::new(bytes).boxed_unsync(),
    ))
}

fn refusal(fault: &Fault, status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let reason = status.canonical_reason().unwrap_or("Error");
    let mut response = control::json(status, &json!({ "errors": reason }));
    let text = fault.retry_after.as_ref();
    if let Some(value) = text.and_then(|text| http::HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert("retry-after", value);
    }
    response
}

/// A bucket that lacks 150 points, restored at 100 a second.
fn throttled() -> Value {
    let cost = json!({
        "requestedQueryCost": 200,
        "actualQueryCost": null,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 50, "restoreRate": 100.0},
    });
    let error = GraphqlError::new("THROTTLED", "Throttled");
    json!({"errors": [error.body()], "extensions": {"cost": cost}})
}
