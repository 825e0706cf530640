//! Outbound HTTP over WASI 0.2.

use common::ports::{HttpError, HttpRequest, HttpResponse, MAX_RESPONSE_BYTES};
use futures::future::{Either, select};
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use std::pin::pin;
use std::time::Duration;
use wstd::http::error::ErrorCode;
use wstd::http::{Body, Client};

/// Sends `request` with its length and reads the whole answer, `timeout` for all of it.
pub async fn send(request: HttpRequest, timeout: Duration) -> Result<HttpResponse, HttpError> {
    let exchange = pin!(exchange(request));
    let alarm = pin!(wstd::task::sleep(timeout.into()));
    match select(exchange, alarm).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(HttpError::Timeout),
    }
}

async fn exchange(mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let length = HeaderValue::from(request.body().len());
    request.headers_mut().insert(CONTENT_LENGTH, length);
    let answer = Client::new().send(request).await.map_err(to_http_error)?;
    let (parts, body) = answer.into_parts();
    Ok(http::Response::from_parts(parts, read(body).await?))
}

async fn read(body: Body) -> Result<Vec<u8>, HttpError> {
    let mut body = body.into_boxed_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(to_http_error)?.into_data() {
            if bytes.len() + data.len() > MAX_RESPONSE_BYTES {
                return Err(HttpError::Broken(format!(
                    "the answer is longer than {MAX_RESPONSE_BYTES} bytes"
                )));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

fn to_http_error(error: wstd::http::Error) -> HttpError {
    let text = error.to_string();
    match error.downcast_ref::<ErrorCode>() {
        Some(ErrorCode::HttpRequestDenied | ErrorCode::HttpRequestUriInvalid) => {
            HttpError::Denied(text)
        }
        Some(
            ErrorCode::DnsError(_)
            | ErrorCode::DnsTimeout
            | ErrorCode::DestinationNotFound
            | ErrorCode::DestinationUnavailable
            | ErrorCode::DestinationIpProhibited
            | ErrorCode::DestinationIpUnroutable
            | ErrorCode::ConnectionRefused
            | ErrorCode::ConnectionTimeout
            | ErrorCode::TlsCertificateError
            | ErrorCode::TlsAlertReceived(_),
        ) => HttpError::Connect(text),
        Some(ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout) => {
            HttpError::Timeout
        }
        _ => HttpError::Broken(text),
    }
}
