//! Bytes as no client would send them.

use super::world::World;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back over the connection until it was closed.
#[derive(Debug)]
pub struct RawAnswer(pub String);

impl RawAnswer {
    /// The status of the first answer; 0 where the connection was closed without one.
    pub fn status(&self) -> u16 {
        let code = self.0.split(' ').nth(1).unwrap_or_default();
        code.parse().unwrap_or_default()
    }

    /// Whether the request was refused: with an answer, or as what is no HTTP by closing the connection.
    pub fn is_refused(&self) -> bool {
        [0, 400].contains(&self.status())
    }

    /// How many answers came.
    pub fn count(&self) -> usize {
        self.0.matches("HTTP/1.1 ").count()
    }

    /// Whether the first answer has a header of that name.
    pub fn has_header(&self, name: &str) -> bool {
        let head = self.0.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.to_lowercase();
        head.lines()
            .any(|line| line.starts_with(&format!("{name}:")))
    }
}

impl World {
    /// Sends `bytes` to the app and reads until it closes the connection.
    pub async fn raw(&self, bytes: &[u8]) -> RawAnswer {
        let url = self.app.host.url();
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        // An app that has refused already may have closed its side.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(
            read.is_ok(),
            "the connection stays open: {}",
            String::from_utf8_lossy(&answer)
        );
        RawAnswer(String::from_utf8_lossy(&answer).into_owned())
    }

    /// A request of the attacker's owner with `head` (request line and more headers) and `body`.
    pub async fn raw_call(&self, head: &str, body: &[u8]) -> RawAnswer {
        let token = self.bearer.as_str();
        let (line, more) = head.split_once("\r\n").unwrap_or((head, ""));
        let mut request = format!(
            "{line}\r\nHost: shop.example\r\nConnection: close\r\nAuthorization: {token}\r\n"
        );
        if !more.is_empty() {
            request.push_str(more);
            request.push_str("\r\n");
        }
        if !body.is_empty() {
            request.push_str(&format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes).await
    }
}
