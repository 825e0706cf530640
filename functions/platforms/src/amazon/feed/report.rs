//! The report on a feed, version 2.

use crate::amazon::issue::Grade;
use crate::amazon::submit::Write;
use crate::wire;
use common::platform::PlatformError;
use common::ports::{HttpResponse, MAX_RESPONSE_BYTES};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Read;

#[derive(Deserialize)]
struct Report {
    issues: Vec<FeedIssue>,
    summary: Summary,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FeedIssue {
    message_id: Option<u32>,
    code: Option<String>,
    severity: Grade,
    message: String,
    attribute_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    messages_processed: u64,
    messages_accepted: u64,
    messages_invalid: u64,
}

/// What became of `writes`, for the job's result.
///
/// # Errors
/// The first message that was refused, with its SKU and attribute; how many others were.
pub fn read(
    feed_id: &str,
    is_packed: bool,
    writes: &[Write],
    response: &HttpResponse,
) -> Result<Value, PlatformError> {
    let report: Report = match is_packed {
        true => wire::typed(&http::Response::new(unpacked(response.body())?))?,
        false => wire::typed(response)?,
    };
    let summary = &report.summary;
    // What is gone already needs no removal; Amazon may call that an error.
    let is_failure = |issue: &&FeedIssue| {
        issue.severity == Grade::Error && !matches!(issue.write(writes), Some(Write::Delete { .. }))
    };
    if let Some(issue) = report.issues.iter().find(is_failure) {
        return Err(refusal(issue, summary, writes));
    }
    Ok(json!({
        "feed_id": feed_id,
        "messages": summary.messages_processed,
        "accepted": summary.messages_accepted,
        "state": "done",
    }))
}

impl FeedIssue {
    fn write<'w>(&self, writes: &'w [Write]) -> Option<&'w Write> {
        let index = usize::try_from(self.message_id?).ok()?.checked_sub(1)?;
        writes.get(index)
    }
}

fn refusal(issue: &FeedIssue, summary: &Summary, writes: &[Write]) -> PlatformError {
    let sku = issue.write(writes).map_or("the feed", Write::sku);
    let code = issue.code.as_deref().unwrap_or("no code");
    let reason = format!(
        "`{sku}`: {} ({code}); {} of {} items were refused",
        issue.message, summary.messages_invalid, summary.messages_processed
    );
    match &issue.attribute_name {
        Some(attribute) => PlatformError::rejected_field(attribute, reason),
        None => PlatformError::rejected(reason),
    }
}

/// At most as much as an answer may have: a small archive can hold a great deal.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, PlatformError> {
    let most = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes)
        .take(most + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| PlatformError::protocol("the feed's report is not GZIP as announced"))?;
    match unpacked.len() > MAX_RESPONSE_BYTES {
        true => Err(PlatformError::protocol(
            "the feed's report is larger than any report has to be",
        )),
        false => Ok(unpacked),
    }
}
