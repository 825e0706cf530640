//! An address that takes notifications.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A notification as it came.
#[derive(Clone)]
pub struct Letter {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Letter {
    pub fn topic(&self) -> &str {
        self.headers["x-shopify-topic"].to_str().unwrap()
    }

    pub fn delivery(&self) -> common::platform::WebhookDelivery<'_> {
        common::platform::WebhookDelivery {
            headers: &self.headers,
            body: &self.body,
        }
    }
}

/// Keeps what is posted to it and answers what it is told.
pub struct Inbox {
    pub address: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    status: Arc<AtomicU16>,
    task: JoinHandle<()>,
}

impl Inbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!(
            "http://{}/webhooks/shopify/s1",
            listener.local_addr().unwrap()
        );
        let letters: Arc<Mutex<Vec<Letter>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let task = tokio::spawn(serve(listener, letters.clone(), status.clone()));
        Self {
            address,
            letters,
            status,
            task,
        }
    }

    /// From now on every delivery is answered so.
    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// What came since the last time.
    pub fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut self.letters.lock().unwrap())
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, letters: Arc<Mutex<Vec<Letter>>>, status: Arc<AtomicU16>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (letters, status) = (letters.clone(), status.clone());
        tokio::spawn(async move {
            let take = service_fn(|request: Request<Incoming>| {
                let (letters, status) = (letters.clone(), status.clone());
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let headers = parts.headers;
                    letters.lock().unwrap().push(Letter { headers, body });
                    let mut response = Response::new(Full::<Bytes>::default());
                    *response.status_mut() =
                        http::StatusCode::from_u16(status.load(Ordering::Relaxed)).unwrap();
                    Ok::<_, Infallible>(response)
                }
            });
            // The sender hangs up when it has its answer.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), take)
                .await;
        });
    }
}
