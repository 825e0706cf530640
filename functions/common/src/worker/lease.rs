//! A worker's hold on one job, and the gate through which the job reaches the outside: no request is begun
//! on a lease that is lost or about to run out.

use super::queue::{Worker, millis};
use crate::ports::{Clock, Db, HttpClient, HttpError, HttpRequest, HttpResponse, Log};
use std::cell::Cell;
use std::time::Duration;

/// The hold, in the worker's own clock: counted from before the database was asked, it ends no later than
/// the database thinks.
pub(super) struct Lease {
    pub id: String,
    pub seq: i64,
    until_ms: Cell<i64>,
    lost: Cell<bool>,
    begun: Cell<bool>,
    put_back: Cell<bool>,
}

impl Lease {
    pub fn new(id: &str, seq: i64, asked_at_ms: i64, length: Duration) -> Self {
        Self {
            id: id.to_owned(),
            seq,
            until_ms: Cell::new(end(asked_at_ms, length)),
            lost: Cell::new(false),
            begun: Cell::new(false),
            put_back: Cell::new(false),
        }
    }

    /// Notes the database's answer to a renewal asked for at `asked_at_ms`.
    pub fn renewed(&self, held: bool, asked_at_ms: i64, length: Duration) {
        if held {
            self.until_ms.set(end(asked_at_ms, length));
        } else {
            self.lost.set(true);
        }
    }

    /// Asks the job to give itself back if it has sent nothing yet.
    pub fn wind_up(&self) {
        self.put_back.set(true);
    }

    /// Whether the job was stopped before it sent anything.
    pub fn is_put_back(&self) -> bool {
        self.put_back.get() && !self.begun.get()
    }

    pub fn is_lost(&self) -> bool {
        self.lost.get()
    }

    fn left_ms(&self, now_ms: i64) -> i64 {
        self.until_ms.get().saturating_sub(now_ms)
    }
}

fn end(asked_at_ms: i64, length: Duration) -> i64 {
    asked_at_ms.saturating_add(i64::try_from(millis(length)).unwrap_or(i64::MAX))
}

/// The outside as one job sees it.
pub(super) struct Gate<'a, H> {
    pub host: &'a H,
    pub worker: &'a Worker,
    pub lease: &'a Lease,
}

impl<H: Db + Clock> Gate<'_, H> {
    /// Whether a request may be begun. Renews first when less than a third of the lease is left.
    async fn open(&self) -> Result<(), HttpError> {
        if self.lease.is_put_back() {
            return Err(HttpError::Connect("the worker's time is over".to_owned()));
        }
        let third = i64::try_from(millis(self.worker.lease) / 3).unwrap_or(i64::MAX);
        if !self.lease.lost.get() && self.lease.left_ms(self.host.now_ms()) < third {
            let renewed = self.worker.renew(self.host, &[self.lease]).await;
            if renewed.is_err() && self.lease.left_ms(self.host.now_ms()) <= 0 {
                self.lease.lost.set(true);
            }
        }
        if self.lease.lost.get() {
            return Err(HttpError::Connect("the job's lease ran out".to_owned()));
        }
        self.lease.begun.set(true);
        Ok(())
    }
}

impl<H: Db + HttpClient + Clock> HttpClient for Gate<'_, H> {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        self.open().await?;
        self.host.send(request, timeout).await
    }
}

impl<H: Clock> Clock for Gate<'_, H> {
    fn now_ms(&self) -> i64 {
        self.host.now_ms()
    }

    async fn sleep(&self, duration: Duration) {
        self.host.sleep(duration).await;
    }
}

impl<H: Log> Log for Gate<'_, H> {
    fn log(&self, mut fields: serde_json::Value) {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("job.id".to_owned(), self.lease.id.clone().into());
        }
        self.host.log(fields);
    }
}
