//! Writes to items: one request each, or one feed for many. What Amazon accepts is not done yet: the
//! notifications and later reads tell how it ended.

use super::answer::content;
use super::call::{Ask, Call};
use super::feed::{Feed, Turn};
use super::issue::{ItemIssue, refusal};
use super::listings;
use common::platform::PlatformError;
use common::ports::HttpResponse;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// More writes than these go as one feed.
pub const MOST_SINGLE: usize = 20;

/// One write to one item.
#[derive(Debug, Serialize, Deserialize)]
pub enum Write {
    /// Make it: product type, requirements, attributes.
    Put { sku: String, body: Value },
    /// Change it: product type, patches.
    Patch { sku: String, body: Value },
    /// Remove it.
    Delete { sku: String },
}

impl Write {
    pub fn sku(&self) -> &str {
        match self {
            Self::Put { sku, .. } | Self::Patch { sku, .. } | Self::Delete { sku } => sku,
        }
    }
}

/// The writing of many items.
#[derive(Debug, Serialize, Deserialize)]
pub struct Submission {
    /// The last one is under way.
    left: Vec<Write>,
    accepted: Vec<Value>,
    feed: Option<Feed>,
}

/// What to do next.
pub enum Next {
    Ask(Box<Ask>, Submission),
    /// All was accepted; for the job's result.
    Settled(Value),
}

impl Submission {
    /// Sends `writes` in their order.
    pub fn begin(call: Call<'_>, mut writes: Vec<Write>) -> Result<Next, PlatformError> {
        if writes.len() > MOST_SINGLE {
            let (ask, feed) = Feed::begin(call, &writes)?;
            let submission = Self {
                left: writes,
                accepted: Vec::new(),
                feed: Some(feed),
            };
            return Ok(Next::Ask(Box::new(ask), submission));
        }
        writes.reverse();
        Self {
            left: writes,
            accepted: Vec::new(),
            feed: None,
        }
        .next(call)
    }

    fn next(self, call: Call<'_>) -> Result<Next, PlatformError> {
        let ask = match self.left.last() {
            None => return Ok(Next::Settled(json!({ "submissions": self.accepted }))),
            Some(Write::Put { sku, body }) => listings::put(call, sku, body, false)?,
            Some(Write::Patch { sku, body }) => listings::patch(call, sku, body, false)?,
            Some(Write::Delete { sku }) => listings::delete(call, sku)?,
        };
        Ok(Next::Ask(Box::new(ask), self))
    }

    /// Takes in the answer to the write that is under way.
    pub fn resume(
        mut self,
        call: Call<'_>,
        response: &HttpResponse,
    ) -> Result<Next, PlatformError> {
        if let Some(feed) = self.feed.take() {
            return Ok(match feed.resume(call, &self.left, response)? {
                Turn::Ask(ask, feed) => {
                    self.feed = Some(feed);
                    Next::Ask(Box::new(ask), self)
                }
                Turn::Ended(result) => Next::Settled(result),
            });
        }
        if let Some(write) = self.left.pop() {
            self.accepted.push(accepted(&write, response)?);
        }
        self.next(call)
    }
}

/// The answer to every write.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    sku: String,
    pub status: Status,
    submission_id: String,
    #[serde(default)]
    pub issues: Vec<ItemIssue>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Accepted,
    Invalid,
    Valid,
}

fn accepted(write: &Write, response: &HttpResponse) -> Result<Value, PlatformError> {
    if matches!(write, Write::Delete { .. }) && response.status() == StatusCode::NOT_FOUND {
        return Ok(json!({"sku": write.sku(), "was_gone": true}));
    }
    let verdict: Verdict = content(response)?;
    match verdict.status {
        Status::Invalid => Err(refusal(&verdict.sku, &verdict.issues)),
        Status::Accepted => Ok(json!({"sku": verdict.sku, "submission_id": verdict.submission_id})),
        Status::Valid => Err(PlatformError::protocol(
            "`status`: is VALID, the answer to a preview, which was not asked for",
        )),
    }
}
