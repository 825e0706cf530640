//! Requests over kept connections, as fast as they are answered or at a given rate. The client is as
//! light as can be: it shares the machine with what it measures.

use crate::cpu;
use anyhow::{Context, Result, bail, ensure};
use futures::future::join_all;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where to, and over how many connections.
#[derive(Clone, Copy)]
pub struct Load {
    pub address: SocketAddr,
    pub connections: usize,
}

/// What came of it: the time that each request took, in ascending order.
pub struct Taken {
    latencies: Vec<Duration>,
    elapsed: Duration,
    /// Processor seconds that making the load took.
    pub cpu: Option<f64>,
}

impl Taken {
    pub const fn count(&self) -> usize {
        self.latencies.len()
    }

    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time within which `share` of the requests were answered.
    pub fn quantile(&self, share: f64) -> Duration {
        let at = (self.latencies.len() as f64 * share) as usize;
        let last = self.latencies.len().saturating_sub(1);
        self.latencies
            .get(at.min(last))
            .copied()
            .unwrap_or_default()
    }
}

/// When a load ends.
#[derive(Clone, Copy)]
pub enum Until {
    /// When this time is over; it must not run out of requests before.
    Over(Duration),
    /// When each request was answered.
    Sent,
}

impl Until {
    fn is_reached(self, began: Instant) -> bool {
        matches!(self, Self::Over(time) if began.elapsed() >= time)
    }
}

impl Load {
    /// Sends `requests` in turn (each once where there is more than one) until the end; at `rate` requests per
    /// second where given, each counted from when it was due. Has a thread of its own, so that its share of
    /// the processor can be told from the host's.
    pub async fn run(
        &self,
        requests: &[Vec<u8>],
        until: Until,
        rate: Option<f64>,
    ) -> Result<Taken> {
        let (load, requests) = (*self, requests.to_vec());
        let on_thread = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let taken = runtime.block_on(load.connections(&requests, until, rate))?;
            Ok(Taken {
                cpu: cpu::of_this_thread(),
                ..taken
            })
        };
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || tell.send(on_thread()));
        told.await?
    }

    async fn connections(
        &self,
        requests: &[Vec<u8>],
        until: Until,
        rate: Option<f64>,
    ) -> Result<Taken> {
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        let one = |_| connection(self.address, requests, &next, began, until, rate);
        let mut latencies = Vec::new();
        for taken in join_all((0..self.connections).map(one)).await {
            latencies.extend(taken?);
        }
        ensure!(!latencies.is_empty(), "nothing was answered");
        let elapsed = began.elapsed();
        latencies.sort_unstable();
        Ok(Taken {
            latencies,
            elapsed,
            cpu: None,
        })
    }
}

async fn connection(
    address: SocketAddr,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    began: Instant,
    until: Until,
    rate: Option<f64>,
) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut latencies = Vec::new();
    while !until.is_reached(began) {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        let request = match requests {
            [only] => only,
            many => match (many.get(turn), until) {
                (Some(request), _) => request,
                (None, Until::Sent) => break,
                (None, Until::Over(_)) => {
                    bail!("the seed has too few requests for this machine: raise it")
                }
            },
        };
        let due = match rate {
            Some(rate) => began + Duration::from_secs_f64(turn as f64 / rate),
            None => Instant::now(),
        };
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        stream.write_all(request).await?;
        answer(&mut stream, &mut buffer).await?;
        latencies.push(due.elapsed());
    }
    Ok(latencies)
}

/// Reads one answer with `Content-Length`; anything but 2xx ends the measurement.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    let (mut head, mut length) = (0, 0);
    loop {
        let read = stream.read_buf(buffer).await?;
        ensure!(read > 0, "the host closed the connection");
        if head == 0
            && let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let text = std::str::from_utf8(buffer.get(..end).unwrap_or_default())?;
            ensure!(
                text.starts_with("HTTP/1.1 2"),
                "answered {}",
                String::from_utf8_lossy(buffer)
            );
            head = end + 4;
            length = content_length(text).context("an answer without Content-Length")?;
        }
        if head > 0 && buffer.len() >= head + length {
            return Ok(());
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    head.split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
}
