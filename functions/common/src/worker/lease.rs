//! A worker's hold on one job. No request is begun on a lease that is lost or about to run out.

use super::queue::{Worker, millis};
use crate::ports::{Clock, Db};
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

    /// Whether a request may be begun; why not, otherwise. Renews first when less than a third is left.
    pub async fn allow<H: Db + Clock>(
        &self,
        host: &H,
        worker: &Worker,
    ) -> Result<(), &'static str> {
        if self.is_put_back() {
            return Err("the worker's time is over");
        }
        let third = i64::try_from(millis(worker.lease) / 3).unwrap_or(i64::MAX);
        if !self.lost.get() && self.left_ms(host.now_ms()) < third {
            let renewed = worker.renew(host, &[self]).await;
            if renewed.is_err() && self.left_ms(host.now_ms()) <= 0 {
                self.lost.set(true);
            }
        }
        if self.lost.get() {
            return Err("the job's lease ran out");
        }
        self.begun.set(true);
        Ok(())
    }

    fn left_ms(&self, now_ms: i64) -> i64 {
        self.until_ms.get().saturating_sub(now_ms)
    }
}

fn end(asked_at_ms: i64, length: Duration) -> i64 {
    asked_at_ms.saturating_add(i64::try_from(millis(length)).unwrap_or(i64::MAX))
}
