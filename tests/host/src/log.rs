//! What components print, as lines that name the component.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A line longer than this many bytes is cut into several.
const LONGEST_LINE: usize = 64 * 1024;

/// Where log lines go: called with a component's id and one line without its end.
#[derive(Clone)]
pub struct LogSink(Arc<Sink>);

type Sink = dyn Fn(&str, &str) + Send + Sync;

impl LogSink {
    /// Hands each line to a function.
    pub fn new(sink: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Writes `[component] line` to this process's stderr.
    pub fn stderr() -> Self {
        Self::new(|component, line| {
            // One write, so that lines of concurrent components don't mix. A closed stderr is no
            // reason to fail a request.
            let _ = std::io::stderr()
                .lock()
                .write_all(format!("[{component}] {line}\n").as_bytes());
        })
    }

    /// Logs a text, one line at a time.
    pub(crate) fn lines(&self, component: &str, text: &str) {
        for line in text.lines() {
            (self.0)(component, line);
        }
    }
}

impl Default for LogSink {
    fn default() -> Self {
        Self::stderr()
    }
}

/// stdout or stderr of one instance.
#[derive(Clone)]
pub(crate) struct LineStream(Arc<Mutex<Lines>>);

struct Lines {
    sink: LogSink,
    component: Arc<str>,
    partial: Vec<u8>,
}

impl LineStream {
    pub(crate) fn new(sink: LogSink, component: Arc<str>) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            sink,
            component,
            partial: Vec::new(),
        })))
    }

    fn push(&self, bytes: &[u8]) {
        // A poisoned lock means that the sink panicked; what was printed since is still a log.
        let mut lines = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        lines.push(bytes);
    }
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    self.partial.extend_from_slice(end);
                    self.emit();
                }
                None => self.partial.extend_from_slice(piece),
            }
            if self.partial.len() > LONGEST_LINE {
                self.emit();
            }
        }
    }

    fn emit(&mut self) {
        let line = String::from_utf8_lossy(&self.partial);
        (self.sink.0)(&self.component, line.trim_end_matches('\r'));
        self.partial.clear();
    }
}

impl Drop for Lines {
    /// What was printed without a line's end must not be lost: it is often a panic's last words.
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            self.emit();
        }
    }
}

impl IsTerminal for LineStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineStream {
    async fn ready(&mut self) {}
}

impl OutputStream for LineStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST_LINE)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn pieces_become_whole_lines_and_the_last_one_is_not_lost() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = seen.clone();
        let sink = LogSink::new(move |component, line| {
            keep.lock().unwrap().push(format!("{component}: {line}"));
        });
        let stream = LineStream::new(sink, "jobs".into());
        stream.push(b"one\r\ntw");
        stream.push(b"o\nthree");
        drop(stream);
        assert_eq!(
            *seen.lock().unwrap(),
            ["jobs: one", "jobs: two", "jobs: three"]
        );
    }
}
