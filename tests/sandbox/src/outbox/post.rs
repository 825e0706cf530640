//! The sending: one connection a delivery, five seconds for all of it.

use super::Waiting;
use crate::inner::Inner;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How often the outbox is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How long a vendor waits for an answer (Shopify: five seconds for all of it).
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends what is due, for as long as the sandbox runs.
pub async fn run(inner: Arc<Inner>) {
    let mut under_way = JoinSet::new();
    loop {
        for item in inner.due_deliveries() {
            let inner = inner.clone();
            under_way.spawn(async move {
                let mut status = None;
                for _ in 0..item.copies {
                    status = send(&item).await;
                }
                inner.delivered(item, status);
            });
        }
        while under_way.try_join_next().is_some() {}
        tokio::time::sleep(LOOK).await;
    }
}

async fn send(item: &Waiting) -> Option<u16> {
    tokio::time::timeout(PATIENCE, exchange(item)).await.ok()?
}

async fn exchange(item: &Waiting) -> Option<u16> {
    let delivery = &item.delivery;
    let uri: Uri = delivery.url.parse().ok()?;
    let authority = uri.authority()?.as_str().to_owned();
    let path = uri.path_and_query()?.as_str().to_owned();
    let address = match uri.port_u16() {
        Some(_) => authority.clone(),
        None => format!("{authority}:80"),
    };
    let now = SystemTime::UNIX_EPOCH.elapsed().ok()?.as_millis();
    let mut request = Request::post(path)
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_LENGTH, delivery.body.len());
    for (name, value) in (delivery.sign)(i64::try_from(now).ok()?) {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::from(delivery.body.clone()));
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .ok()?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request.body(body).ok()?).await.ok()?;
    let status = response.status().as_u16();
    // The connection ends here whether or not the rest of the answer comes.
    let _ = response.into_body().collect().await;
    connection.abort();
    Some(status)
}
