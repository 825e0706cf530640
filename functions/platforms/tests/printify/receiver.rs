//! Takes what the channel posts.

use common::platform::{Platform, WebhookDelivery, WebhookEvent, WebhookRefused};
use common::secret::Secret;
use http::HeaderMap;
use platforms::printify::Printify;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A delivery as it came.
#[derive(Clone)]
pub struct Received {
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Received {
    pub fn delivery(&self) -> WebhookDelivery<'_> {
        WebhookDelivery {
            headers: &self.headers,
            body: &self.body,
        }
    }

    pub fn verified(&self, secret: &str) -> Result<(), WebhookRefused> {
        Printify.verify_webhook(&self.delivery(), &Secret::new(secret.to_owned()), 0)
    }

    pub fn event(&self) -> WebhookEvent {
        Printify.decode_webhook(&self.delivery()).unwrap()
    }
}

/// Takes deliveries and answers each with `status`.
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    pub async fn new(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/webhooks/printify/1",
            listener.local_addr().unwrap()
        );
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = received.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                let delivery = loop {
                    let mut part = [0; 4096];
                    let read = stream.read(&mut part).await.unwrap();
                    bytes.extend_from_slice(&part[..read]);
                    if let Some(delivery) = whole(&bytes) {
                        break delivery;
                    }
                };
                kept.lock().unwrap().push(delivery);
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, received }
    }

    pub fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn topics(&self) -> Vec<String> {
        self.all().iter().map(|it| it.event().topic).collect()
    }
}

/// The request in `bytes`, once all of it is there.
fn whole(bytes: &[u8]) -> Option<Received> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").unwrap();
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let body = bytes[end + 4..].to_vec();
    (body.len() >= length).then_some(Received { headers, body })
}
