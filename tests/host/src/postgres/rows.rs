//! The answer of an asynchronous query: columns, a stream of rows, and how it ended.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::stream::{BoxStream, StreamExt as _};
use tokio_postgres::Row;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult, VecBuffer};

use super::error::{query_failed, text};
use super::value;
use crate::bindings::spin::spin::postgres::postgres::{Column, DbValue, Error};

type WitRow = Vec<DbValue>;
type Found = BoxStream<'static, Result<Row, tokio_postgres::Error>>;

/// The most rows handed to the guest at once.
const BATCH: usize = 256;

/// An answer that has begun.
pub(super) struct Answer {
    /// None where there is no row: only a row tells its columns, as in Spin.
    pub(super) columns: Vec<Column>,
    pub(super) rows: Rows,
    pub(super) end: End,
}

/// Tells how the stream of rows ended.
pub(super) type End = oneshot::Receiver<Result<(), Error>>;

/// Rows on their way to the guest.
pub(super) struct Rows {
    ready: VecDeque<WitRow>,
    /// None once it has ended.
    coming: Option<Found>,
    end: Option<oneshot::Sender<Result<(), Error>>>,
}

impl Answer {
    /// Waits for the first row, and takes what has arrived with it: mostly that is all.
    pub(super) async fn new(mut found: Found) -> Self {
        let (sender, end) = oneshot::channel();
        let first = found.next().await;
        let columns = match &first {
            Some(Ok(row)) => value::columns(row),
            _ => Vec::new(),
        };
        let mut rows = Rows {
            ready: VecDeque::new(),
            coming: Some(found),
            end: Some(sender),
        };
        rows.take(first);
        while rows.ready.len() < BATCH
            && let Some(next) = rows
                .coming
                .as_mut()
                .and_then(|found| found.next().now_or_never())
        {
            rows.take(next);
        }
        Self { columns, rows, end }
    }
}

impl Rows {
    fn take(&mut self, next: Option<Result<Row, tokio_postgres::Error>>) {
        match next {
            Some(Ok(row)) => match value::values(&row) {
                Ok(values) => self.ready.push_back(values),
                Err(error) => self.finish(Err(text(format!("{error:#}")))),
            },
            Some(Err(error)) => self.finish(Err(query_failed(&error))),
            None => self.finish(Ok(())),
        }
    }

    fn finish(&mut self, end: Result<(), Error>) {
        self.coming = None;
        if let Some(sender) = self.end.take() {
            // Nobody listens where the guest has dropped its end.
            let _ = sender.send(end);
        }
    }
}

impl<D> StreamProducer<D> for Rows {
    type Item = WitRow;
    type Buffer = VecBuffer<WitRow>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let rows = self.get_mut();
        while rows.ready.is_empty()
            && let Some(found) = rows.coming.as_mut()
        {
            let next = match found.poll_next_unpin(context) {
                Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
                poll => ready!(poll),
            };
            rows.take(next);
        }
        let batch: Vec<_> = std::mem::take(&mut rows.ready).into();
        destination.set_buffer(batch.into());
        Poll::Ready(Ok(match rows.coming {
            Some(_) => StreamResult::Completed,
            None => StreamResult::Dropped,
        }))
    }
}
