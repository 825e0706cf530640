//! `POST /products/import`: a Shopify product CSV into the catalogue.
//!
//! The file passes through: a piece of the body → rows (`csv`) → what each says (`import_row`) → the rows of one
//! handle (`group`) → some products at a time to the database (`batch`) → counts and reasons (`report`). None of
//! them holds more than its bound, so that the size of a file does not matter to the memory that it takes.

mod batch;
mod cells;
mod columns;
mod csv;
mod group;
mod import_row;
mod report;
mod seen;

use crate::error::{Error, Kind, Result};
use crate::limits::Class;
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::Request;
use crate::session::{Idempotency, Need, Session};
use batch::Batch;
use cells::{Cells, Issue, Terms};
use columns::{Column, Header};
use csv::{Row, RowReader};
use group::Group;
use http::StatusCode;
use report::Report;
use seen::SeenHandles;
use std::rc::Rc;

/// The largest file, in bytes; more is a 413.
pub const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// Imports the body, merging by handle: what the file gives replaces, variants are found by their option values, images
/// by their address, and nothing is deleted. A bad row is reported with its line and left out; when it is the first of
/// its product, so are the product's other rows. The status becomes `staged` (active, published) or `draft`.
///
/// Answers 200 with `{created, updated, unchanged, failed, rows, errors, errors_total, derived_skus,
/// derived_skus_total, ignored_columns}`; a handle that comes in two places of the file counts twice. Importing a file
/// again changes nothing, with or without an `Idempotency-Key`.
///
/// # Errors
/// 400 for an empty file, or one without the columns Handle and Title; 401, 403; 413 above [`MAX_FILE_BYTES`]; 415.
/// When the database or the connection breaks in between, what was imported before stays.
pub async fn run(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?.counted_as(Class::Bulk);
    require_csv(request)?;
    Idempotency::of(request, &[])?;
    let announced = request
        .header("content-length")
        .and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_FILE_BYTES) {
        return Err(too_large());
    }
    let mut import = Import::begin(&session, host).await?;
    let mut total: u64 = 0;
    loop {
        let chunk = request
            .body
            .chunk()
            .await
            .map_err(|error| import.interrupted(error))?;
        let Some(chunk) = chunk else { break };
        total += chunk.len() as u64;
        if total > MAX_FILE_BYTES {
            return Err(import.interrupted(too_large()));
        }
        import
            .take(&chunk)
            .await
            .map_err(|error| import.interrupted(error))?;
    }
    import
        .end()
        .await
        .map_err(|error| import.interrupted(error))?;
    let report = serde_json::to_vec(&import.report).map_err(Error::internal)?;
    Ok(Reply::json(StatusCode::OK, report))
}

fn require_csv(request: &Request) -> Result<()> {
    request
        .require_type("text/csv")
        .or_else(|error| request.require_type("application/csv").map_err(|_| error))
}

fn too_large() -> Error {
    Error::new(
        Kind::PayloadTooLarge,
        format!(
            "The file may have {MAX_FILE_BYTES} bytes at most. Divide it between two products and import the parts one after the other."
        ),
    )
}

struct Import<'a, H> {
    session: &'a Session,
    host: &'a H,
    terms: Rc<Terms>,
    reader: RowReader,
    header: Option<Header>,
    group: Option<Group>,
    seen: SeenHandles,
    batch: Batch,
    report: Report,
}

impl<'a, H: Host> Import<'a, H> {
    /// Asks the database first: who may not import is told so before the file is read.
    async fn begin(session: &'a Session, host: &'a H) -> Result<Self> {
        let statement = include_str!("import_terms.sql");
        let terms = session
            .read(host, Need::Catalogue, statement, &serde_json::json!({}))
            .await?;
        Ok(Self {
            session,
            host,
            terms: Rc::new(serde_json::from_str(&terms).map_err(Error::internal)?),
            reader: RowReader::new(),
            header: None,
            group: None,
            seen: SeenHandles::default(),
            batch: Batch::default(),
            report: Report::default(),
        })
    }

    async fn take(&mut self, chunk: &[u8]) -> Result<()> {
        let mut rest = chunk;
        while let Some(row) = self.reader.read(&mut rest) {
            self.row(&row)?;
            if self.batch.is_full() {
                self.batch
                    .send(self.session, self.host, &mut self.report)
                    .await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        if let Some(row) = self.reader.finish() {
            self.row(&row)?;
        }
        let Some(header) = &mut self.header else {
            return Err(Error::field("body", "is empty; send a Shopify product CSV"));
        };
        self.report.ignored_columns = std::mem::take(&mut header.ignored);
        self.close_group();
        self.batch
            .send(self.session, self.host, &mut self.report)
            .await?;
        self.report.sort();
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<()> {
        let Some(header) = self.header.take() else {
            self.header = Some(Header::read(row)?);
            return Ok(());
        };
        if !row.is_blank() {
            self.report.rows += 1;
            self.content(&header, row);
        }
        self.header = Some(header);
        Ok(())
    }

    /// Brings a row to the product that it belongs to, or reports it.
    fn content(&mut self, header: &Header, row: &Row) {
        let terms = Rc::clone(&self.terms);
        let cells = Cells {
            header,
            row,
            terms: &terms,
        };
        let handle = match cells.handle() {
            Ok(handle) => handle,
            Err(issue) => {
                let issue = row.fault.map_or(issue, |fault| Issue::row(fault.reason()));
                self.report.error(
                    row.line,
                    header.cell(row, Column::Handle),
                    issue.field,
                    issue.reason,
                );
                return;
            }
        };
        let taken = match &mut self.group {
            Some(group) if group.handle == handle => match row.fault {
                Some(fault) => Err(Issue::row(fault.reason())),
                None => group.add(&cells),
            },
            _ => {
                let known = self.seen.may_have(handle);
                let mut group = Group::new(handle, row.line);
                let begun = match row.fault {
                    Some(fault) => Err(Issue::row(fault.reason())),
                    None => group.begin(&cells, known),
                };
                group.failed = begun.is_err();
                self.open_group(group);
                begun
            }
        };
        if let Err(issue) = taken {
            self.report
                .error(row.line, Some(handle), issue.field, issue.reason);
        }
    }

    fn open_group(&mut self, group: Group) {
        self.close_group();
        match group.failed {
            true => self.report.failed += 1,
            false => self.seen.insert(&group.handle),
        }
        self.group = Some(group);
    }

    fn close_group(&mut self) {
        if let Some(group) = self.group.take().filter(|group| !group.failed) {
            self.batch.push(group);
        }
    }

    /// An error that came in between: products before it are saved, each of them whole.
    fn interrupted(&self, error: Error) -> Error {
        let Report {
            created,
            updated,
            unchanged,
            ..
        } = self.report;
        match created + updated + unchanged {
            0 => error,
            done => Error {
                message: format!(
                    "{} The first {done} products are imported; import the whole file again to go on.",
                    error.message
                ),
                ..error
            },
        }
    }
}
