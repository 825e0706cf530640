//! Many writes as one document: `JSON_LISTINGS_FEED`, version 2.
//!
//! Address for the document, upload, feed, wait, address of the report, report. A feed that is not done while
//! the operation may wait goes on by itself; its items tell how it ended.

mod report;

use super::answer::content;
use super::call::{Ask, Call};
use super::limits;
use super::submit::Write;
use common::platform::PlatformError;
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

const BASE: &str = "/feeds/2021-06-30";
const CONTENT_TYPE: &str = "application/json; charset=UTF-8";

/// The pauses before each look at a feed, in seconds; together less than an operation may take.
const PAUSES_S: [u64; 5] = [1, 2, 3, 4, 5];

/// Where a feed stands.
#[derive(Debug, Serialize, Deserialize)]
pub enum Feed {
    /// An address for the document was asked for.
    Document,
    /// The document is being uploaded.
    Upload { document_id: String },
    /// The feed is being made.
    Create,
    /// It was looked at so many times before.
    Poll { feed_id: String, looks: usize },
    /// The address of its report was asked for.
    Report { feed_id: String },
    /// Its report is being fetched.
    Download { feed_id: String, is_packed: bool },
}

/// What to do next.
pub enum Turn {
    Ask(Ask, Feed),
    /// For the job's result.
    Ended(Value),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    feed_document_id: String,
    url: String,
    compression_algorithm: Option<Packing>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Packing {
    Gzip,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    feed_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    processing_status: Processing,
    result_feed_document_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Processing {
    Cancelled,
    Done,
    Fatal,
    InProgress,
    InQueue,
}

impl Feed {
    /// Asks where the document goes. The writes are checked for what the document needs before.
    pub fn begin(call: Call<'_>, writes: &[Write]) -> Result<(Ask, Self), PlatformError> {
        document(call, writes)?;
        let ask = Ask::write(
            Method::POST,
            limits::CREATE_DOCUMENT,
            format!("{BASE}/documents"),
        )
        .json(&json!({"contentType": CONTENT_TYPE}))
        // A document that nobody uploads is forgotten.
        .repeatable();
        Ok((ask, Self::Document))
    }

    /// Takes in the answer to the request that is under way.
    pub fn resume(
        self,
        call: Call<'_>,
        writes: &[Write],
        response: &HttpResponse,
    ) -> Result<Turn, PlatformError> {
        match self {
            Self::Document => {
                let place: Document = content(response)?;
                let bytes = document(call, writes)?.to_string().into_bytes();
                let ask = Ask::given(Method::PUT, place.url).body(CONTENT_TYPE, bytes);
                let document_id = place.feed_document_id;
                Ok(Turn::Ask(ask, Self::Upload { document_id }))
            }
            Self::Upload { document_id } => {
                transferred(response)?;
                let body = json!({
                    "feedType": "JSON_LISTINGS_FEED",
                    "marketplaceIds": [call.market_id()?],
                    "inputFeedDocumentId": document_id,
                });
                let ask = Ask::write(Method::POST, limits::CREATE_FEED, format!("{BASE}/feeds"));
                Ok(Turn::Ask(ask.json(&body), Self::Create))
            }
            Self::Create => {
                let created: Created = content(response)?;
                Ok(poll(created.feed_id, 0, writes.len()))
            }
            Self::Poll { feed_id, looks } => polled(feed_id, looks, writes.len(), response),
            Self::Report { feed_id } => {
                let place: Document = content(response)?;
                let is_packed = matches!(place.compression_algorithm, Some(Packing::Gzip));
                let ask = Ask::given(Method::GET, place.url);
                Ok(Turn::Ask(ask, Self::Download { feed_id, is_packed }))
            }
            Self::Download { feed_id, is_packed } => {
                transferred(response)?;
                report::read(&feed_id, is_packed, writes, response).map(Turn::Ended)
            }
        }
    }
}

/// Looks at the feed after a pause, or leaves it to itself.
fn poll(feed_id: String, looks: usize, messages: usize) -> Turn {
    match PAUSES_S.get(looks) {
        Some(pause) => {
            let path = format!("{BASE}/feeds/{}", crate::wire::percent_encode(&feed_id));
            let ask = Ask::get(limits::GET_FEED, path).after(Duration::from_secs(*pause));
            Turn::Ask(ask, Feed::Poll { feed_id, looks })
        }
        None => {
            Turn::Ended(json!({"feed_id": feed_id, "messages": messages, "state": "under_way"}))
        }
    }
}

fn polled(
    feed_id: String,
    looks: usize,
    messages: usize,
    response: &HttpResponse,
) -> Result<Turn, PlatformError> {
    let progress: Progress = content(response)?;
    match progress.processing_status {
        Processing::InQueue | Processing::InProgress => Ok(poll(feed_id, looks + 1, messages)),
        Processing::Done => {
            let id = progress.result_feed_document_id.ok_or_else(|| {
                PlatformError::protocol("`resultFeedDocumentId`: is missing in a feed that is DONE")
            })?;
            let path = format!("{BASE}/documents/{}", crate::wire::percent_encode(&id));
            let ask = Ask::get(limits::GET_DOCUMENT, path);
            Ok(Turn::Ask(ask, Feed::Report { feed_id }))
        }
        // Some, none or all of it was done: every message sets what is to be, so all of it may be sent again.
        Processing::Cancelled | Processing::Fatal => Err(PlatformError::RetryAfter {
            after: Some(Duration::from_secs(300)),
            reason: format!("Amazon gave up on the feed {feed_id}"),
        }),
    }
}

/// Answers of the document store are no API answers: their refusals are XML.
fn transferred(response: &HttpResponse) -> Result<(), PlatformError> {
    match response.status().is_success() {
        true => Ok(()),
        // An address is good for five minutes; a repeat gets a new one.
        false => Err(PlatformError::RetryAfter {
            after: None,
            reason: format!(
                "the document's address answered HTTP {}",
                response.status().as_u16()
            ),
        }),
    }
}

fn document(call: Call<'_>, writes: &[Write]) -> Result<Value, PlatformError> {
    let messages: Vec<Value> = (1..).zip(writes).map(message).collect();
    Ok(json!({
        "header": {"sellerId": call.seller()?, "version": "2.0"},
        "messages": messages,
    }))
}

fn message((id, write): (u32, &Write)) -> Value {
    let (operation, body) = match write {
        Write::Put { body, .. } => ("UPDATE", Some(body)),
        Write::Patch { body, .. } => ("PATCH", Some(body)),
        Write::Delete { .. } => ("DELETE", None),
    };
    let mut fields: Map<String, Value> =
        body.and_then(Value::as_object).cloned().unwrap_or_default();
    fields.insert("messageId".to_owned(), json!(id));
    fields.insert("sku".to_owned(), json!(write.sku()));
    fields.insert("operationType".to_owned(), json!(operation));
    Value::Object(fields)
}
