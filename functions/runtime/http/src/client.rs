//! Outbound HTTP.

use crate::body;
use bytes::Bytes;
use common::ports::{HttpError, HttpRequest, HttpResponse, MAX_RESPONSE_BYTES};
use futures::future::{Either, select};
use http::{HeaderValue, header};
use spin_sdk::http::FullBody;
use spin_sdk::wasip3::http::types::ErrorCode;
use std::pin::pin;
use std::time::Duration;

/// Sends `request` and reads the whole answer, unless `timeout` passes first.
pub(crate) async fn send(
    request: HttpRequest,
    timeout: Duration,
) -> Result<HttpResponse, HttpError> {
    let exchange = pin!(exchange(request));
    let end = pin!(spin_sdk::time::sleep(timeout));
    match select(exchange, end).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(HttpError::Timeout),
    }
}

async fn exchange(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let (mut head, content) = request.into_parts();
    // Without it the body goes out chunked, which some platforms refuse.
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
    let request = http::Request::from_parts(head, FullBody::new(Bytes::from(content)));
    let response = spin_sdk::http::send(request).await.map_err(refused)?;
    let (head, mut incoming) = response.into_parts();
    let mut content = Vec::new();
    while let Some(chunk) = body::next(&mut incoming).await.map_err(cut)? {
        if content.len() + chunk.len() > MAX_RESPONSE_BYTES {
            let issue = format!("the answer has more than {MAX_RESPONSE_BYTES} bytes");
            return Err(HttpError::Broken(issue));
        }
        content.extend_from_slice(&chunk);
    }
    Ok(http::Response::from_parts(head, content))
}

/// Why there was no answer. Whatever does not certainly precede the request is `Broken`.
fn refused(error: ErrorCode) -> HttpError {
    let text = error.to_string();
    match error {
        ErrorCode::HttpRequestDenied
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::DestinationIpProhibited => HttpError::Denied(text),
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsCertificateError => HttpError::Connect(text),
        ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => HttpError::Timeout,
        _ => HttpError::Broken(text),
    }
}

/// Why the answer ended early. The request has been received by then.
fn cut(error: ErrorCode) -> HttpError {
    match error {
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => HttpError::Timeout,
        other => HttpError::Broken(other.to_string()),
    }
}
