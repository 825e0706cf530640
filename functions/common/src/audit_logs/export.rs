//! `GET /audit-logs/export`: the sealed record as lines of JSON, in the order of its chain.
//!
//! A page is read when the one before has left: however long the record is, an instance holds two pages of it. Each page is
//! a statement of its own under the caller's rights, so that an export ends when its caller loses them.
//!
//! A line is `{"seq", "previous", "hash", "entry"}`, where `hash` is the SHA-256 of the 32 bytes of `previous` and the bytes of
//! `entry` as they stand in the line. The last line is `{"end": true, …}`: without it something is missing.

use super::parameters::{Parameters, time};
use crate::error::{Error, Result};
use crate::limits::Class;
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::{Body, Chunk, Request};
use crate::session::{Need, Session};
use bytes::Bytes;
use http::header;
use serde::Deserialize;
use serde_json::json;

/// The most entries of a page; it ends earlier when they are large.
const MOST: u32 = 1_000;

/// Answers with all sealed entries from `from` to before `to` (RFC 3339, when they were written).
///
/// # Errors
/// 400 naming the parameter; 401, 403. What happens after the first page ends the answer broken off.
pub async fn export<H: Host>(request: &Request, host: &'static H) -> Result<Reply> {
    let session = Session::open(request, host).await?.counted_as(Class::Bulk);
    let given = Parameters::of(&request.query, &["from", "to"])?;
    let mut export = Export {
        from: time(&given, "from")?,
        to: time(&given, "to")?,
        session,
        request_id: request.request_id.clone(),
        host,
        place: None,
        rows: 0,
        unsealed: 0,
        ended: false,
    };
    let beginning = export.page().await?;
    let file = "attachment; filename=\"audit-logs.ndjson\"";
    let is_whole = export.ended;
    let mut reply = Reply::streamed("application/x-ndjson", beginning, export);
    if is_whole {
        reply.rest = None;
    }
    Ok(reply.with_header(header::CONTENT_DISPOSITION, file))
}

/// Where the next page begins, and the last entry there was when the first one was read.
#[derive(Clone, Copy)]
struct Place {
    after: i64,
    last: i64,
}

struct Export<H: 'static> {
    session: Session,
    host: &'static H,
    request_id: String,
    from: Option<String>,
    to: Option<String>,
    place: Option<Place>,
    rows: u64,
    unsealed: u64,
    ended: bool,
}

/// The first line of a page.
#[derive(Deserialize)]
struct Head {
    after: i64,
    last: i64,
    more: bool,
    rows: u64,
    unsealed: Option<u64>,
}

impl<H: Host> Export<H> {
    /// The lines of the next page that has any; after the last one the line that ends the export.
    async fn page(&mut self) -> Result<String> {
        loop {
            let args = json!({
                "from": self.from, "to": self.to, "most": MOST,
                "after": self.place.map(|place| place.after), "last": self.place.map(|place| place.last),
            });
            let statement = include_str!("export.sql");
            let text = self.session.read(self.host, Need::Audit, statement, &args);
            let mut lines = self.take_head(text.await?)?;
            if self.ended {
                let end = json!({"end": true, "rows": self.rows, "unsealed": self.unsealed});
                lines.push_str(&format!("{end}\n"));
                self.log(None);
            }
            if !lines.is_empty() {
                return Ok(lines);
            }
        }
    }

    fn take_head(&mut self, mut text: String) -> Result<String> {
        let (line, _) = text
            .split_once('\n')
            .ok_or_else(|| Error::internal("a page of the export without its first line"))?;
        let head: Head = serde_json::from_str(line)
            .map_err(|error| Error::internal(format!("first line of the export: {error}")))?;
        text.drain(..=line.len());
        self.place = Some(Place {
            after: head.after,
            last: head.last,
        });
        self.rows += head.rows;
        self.unsealed = head.unsealed.unwrap_or(self.unsealed);
        self.ended = !head.more;
        Ok(text)
    }

    /// How the export ended; the request itself was logged when it began.
    fn log(&self, error: Option<&Error>) {
        self.host.log(json!({
            "event": "audit.export",
            "request.id": self.request_id,
            "audit.rows": self.rows,
            "error": error.map(|error| &error.message),
            "error.source": error.and_then(|error| error.source.as_ref()),
        }));
    }
}

impl<H: Host> Body for Export<H> {
    fn chunk(&mut self) -> Chunk<'_> {
        Box::pin(async move {
            if self.ended {
                return Ok(None);
            }
            let page = self.page().await;
            page.map(|lines| Some(Bytes::from(lines)))
                .inspect_err(|error| self.log(Some(error)))
        })
    }
}
