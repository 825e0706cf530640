//! Receives what the sandbox posts.

use http::{HeaderMap, HeaderName};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A notification as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Takes everything with 200.
pub struct Receiver {
    pub address: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let kept = arrived.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let one = take(stream).await;
                kept.lock().unwrap().push(one);
            }
        });
        Self { address, arrived }
    }

    pub fn all(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

async fn take(stream: TcpStream) -> Arrived {
    let mut stream = BufReader::new(stream);
    let mut headers = HeaderMap::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    stream.get_mut().write_all(answer).await.unwrap();
    Arrived { headers, body }
}
