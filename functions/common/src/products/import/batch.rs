//! Products on their way to the database, some at a time.

use super::group::{Group, not_without};
use super::report::Report;
use crate::error::{Error, Result};
use crate::ports::Host;
use crate::session::{Need, Session};
use serde::Deserialize;
use serde_json::{Value, json};

const MAX_PRODUCTS: usize = 100;
const FULL_BYTES: usize = 256 * 1024;

struct Pending {
    handle: String,
    lines: Vec<u64>,
}

/// The products of the next statement.
#[derive(Default)]
pub struct Batch {
    pending: Vec<Pending>,
    items: Vec<Value>,
    bytes: usize,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    outcome: Ended,
    errors: Vec<LineError>,
    skus: Vec<LineSku>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    Created,
    Updated,
    Unchanged,
    Failed,
}

#[derive(Deserialize)]
struct LineError {
    line: u64,
    field: Option<String>,
    reason: String,
}

#[derive(Deserialize)]
struct LineSku {
    line: u64,
    sku: String,
}

impl Batch {
    /// Adds a product that was read whole.
    pub fn push(&mut self, group: Group) {
        let (handle, bytes) = (group.handle.clone(), group.bytes);
        let (item, lines) = group.into_item();
        self.bytes += bytes;
        self.items.push(item);
        self.pending.push(Pending { handle, lines });
    }

    /// Whether it is time to send.
    pub fn is_full(&self) -> bool {
        self.items.len() >= MAX_PRODUCTS || self.bytes >= FULL_BYTES
    }

    /// Saves the products and says in `report` what became of each. Nothing is sent for none.
    ///
    /// # Errors
    /// When the database is away or the caller's right was taken meanwhile; earlier batches stay.
    pub async fn send(
        &mut self,
        session: &Session,
        host: &impl Host,
        report: &mut Report,
    ) -> Result<()> {
        let batch = std::mem::take(self);
        if batch.items.is_empty() {
            return Ok(());
        }
        let args = json!({ "products": batch.items });
        let statement = include_str!("../import.sql");
        // As a read, which may be sent twice: saving the same again changes nothing.
        let text = session
            .read(host, Need::Catalogue, statement, &args)
            .await?;
        let answer: Answer = serde_json::from_str(&text).map_err(Error::internal)?;
        for (product, outcome) in batch.pending.iter().zip(answer.results) {
            tell(report, product, outcome);
        }
        Ok(())
    }
}

fn tell(report: &mut Report, product: &Pending, outcome: Outcome) {
    match outcome.outcome {
        Ended::Created => report.created += 1,
        Ended::Updated => report.updated += 1,
        Ended::Unchanged => report.unchanged += 1,
        Ended::Failed => report.failed += 1,
    }
    if outcome.outcome == Ended::Failed {
        let named: Vec<u64> = outcome.errors.iter().map(|error| error.line).collect();
        let first = named
            .first()
            .or(product.lines.first())
            .copied()
            .unwrap_or_default();
        for line in product.lines.iter().filter(|line| !named.contains(line)) {
            let issue = not_without(first);
            report.error(*line, Some(&product.handle), issue.field, issue.reason);
        }
    }
    for error in outcome.errors {
        report.error(
            error.line,
            Some(&product.handle),
            error.field.as_deref(),
            error.reason,
        );
    }
    for sku in outcome.skus {
        report.derived(sku.line, &product.handle, sku.sku);
    }
}
