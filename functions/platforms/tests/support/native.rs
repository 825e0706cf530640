//! A host on this machine's own network, which remembers what was exchanged.

use common::ports::{Clock, HttpClient, HttpError, HttpRequest, HttpResponse, Log};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::sync::Mutex;
use std::time::Duration;
use tokio::net::TcpStream;

/// Sends over TCP; its clock stands still.
#[derive(Default)]
pub struct Native {
    /// Every request and its answer, in order.
    pub exchanges: Mutex<Vec<Exchanged>>,
}

/// A request and its answer, where one came.
pub struct Exchanged {
    pub request: HttpRequest,
    pub response: Option<HttpResponse>,
}

impl HttpClient for Native {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        let answer = tokio::time::timeout(timeout, exchange(request.clone()))
            .await
            .unwrap_or(Err(HttpError::Timeout));
        let response = answer.as_ref().ok().cloned();
        self.exchanges
            .lock()
            .unwrap()
            .push(Exchanged { request, response });
        answer
    }
}

async fn exchange(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let broken = |error: hyper::Error| HttpError::Broken(error.to_string());
    let authority = request.uri().authority().unwrap().clone();
    let stream = TcpStream::connect(authority.as_str())
        .await
        .map_err(|error| HttpError::Connect(error.to_string()))?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(broken)?;
    let connection = tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    parts
        .headers
        .insert("host", authority.as_str().parse().unwrap());
    parts.uri = parts
        .uri
        .path_and_query()
        .unwrap()
        .as_str()
        .parse()
        .unwrap();
    let request = http::Request::from_parts(parts, Full::<bytes::Bytes>::from(body));
    let response = sender.send_request(request).await.map_err(broken)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(broken)?.to_bytes().to_vec();
    connection.abort();
    Ok(http::Response::from_parts(parts, body))
}

impl Clock for Native {
    fn now_ms(&self) -> i64 {
        1_792_000_000_000
    }

    async fn sleep(&self, _: Duration) {}
}

impl Log for Native {
    fn log(&self, _: Value) {}
}
