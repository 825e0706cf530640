//! An exchange on its way: what is asked for it, and what is told of it.

use crate::platform::pipeline::{Draw, Go, Kept, Observation, Renewed, Spent, Subject, Told};
use crate::platform::retry::retry_after;
use crate::platform::{Exchange, Operation, Platform, State};
use crate::ports::{HttpError, HttpRequest, HttpResponse};
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A larger answer is not kept.
const MOST_KEPT_BYTES: usize = 4 * 1024 * 1024;

pub type Answer = Result<HttpResponse, HttpError>;

pub struct Call {
    pub subject: Subject,
    pub limits: Vec<Draw>,
    pub cache_key: Option<String>,
    pub is_repeatable: bool,
    pub state: State,
    request: HttpRequest,
    cache_for_ms: u64,
}

/// When and how often a call was sent.
pub struct Sent {
    /// Which try it was, from 1.
    pub attempt: u32,
    /// Before it was sent.
    pub wait: Duration,
    /// By the clock, when its answer had come.
    pub ended_at_ms: i64,
    /// From sending it to the end of the answer.
    pub duration_ms: i64,
}

impl Call {
    pub fn new(platform: &dyn Platform, operation: &Operation, exchange: Exchange) -> Self {
        Self {
            subject: Subject::new(operation, &exchange),
            limits: Draw::all(platform, &exchange),
            cache_key: exchange.cache_for.map(|_| cache_key(&exchange.request)),
            is_repeatable: exchange.is_repeatable,
            cache_for_ms: exchange.cache_for.map_or(0, millis),
            state: exchange.state,
            request: exchange.request,
        }
    }

    /// The request, which asks whether the kept answer of that `etag` is still right.
    pub fn request(&self, etag: Option<&str>) -> HttpRequest {
        let mut request = self.request.clone();
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            request.headers_mut().insert(IF_NONE_MATCH, etag);
        }
        request
    }

    pub fn observation<'a>(
        &'a self,
        platform: &dyn Platform,
        answer: &'a Answer,
        go: &Go,
        sent: &Sent,
    ) -> Observation<'a> {
        let response = answer.as_ref().ok();
        let status = response.map(HttpResponse::status);
        let named = response.and_then(|it| retry_after(it.headers(), sent.ended_at_ms));
        let is_limit = status == Some(StatusCode::TOO_MANY_REQUESTS);
        let is_refusal = is_limit || status.is_some_and(|status| status.is_server_error());
        let throttled = response.filter(|_| is_limit && named.is_none());
        let allowances = response.map(|it| platform.allowances(it));
        Observation {
            subject: &self.subject,
            status: status.map(|status| status.as_u16()),
            error: answer.as_ref().err().map(word),
            attempt: sent.attempt,
            wait_ms: millis(sent.wait),
            duration_ms: sent.duration_ms,
            request_bytes: self.request.body().len(),
            response_bytes: response.map(|it| it.body().len()),
            is_failure: is_failure(answer),
            told: Told::all(platform, &allowances.unwrap_or_default(), &go.charge),
            spent: throttled.and_then(|it| {
                let wait_ms = platform.throttle_wait(it).map(millis);
                Spent::of(&self.limits, wait_ms)
            }),
            block_ms: named.filter(|_| is_refusal).map(millis),
            keep: response.and_then(|it| self.kept(it)),
            renewed: (go.etag.is_some() && status == Some(StatusCode::NOT_MODIFIED))
                .then(|| self.renewed())
                .flatten(),
        }
    }

    fn renewed(&self) -> Option<Renewed<'_>> {
        let key = self.cache_key.as_deref()?;
        let for_ms = self.cache_for_ms;
        Some(Renewed { key, for_ms })
    }

    /// What of `response` is kept: reference data as text. A NUL has no place in the database's text.
    fn kept<'a>(&'a self, response: &'a HttpResponse) -> Option<Kept<'a>> {
        let Renewed { key, for_ms } = self.renewed()?;
        let fits = response.status() == StatusCode::OK && response.body().len() <= MOST_KEPT_BYTES;
        let body = std::str::from_utf8(response.body()).ok()?;
        (fits && !body.contains('\0')).then(|| Kept {
            key,
            for_ms,
            status: response.status().as_u16(),
            content_type: header(response.headers(), &CONTENT_TYPE),
            etag: header(response.headers(), &ETAG),
            body,
        })
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The same for the same question, and nobody can tell the question from it.
fn cache_key(request: &HttpRequest) -> String {
    let mut hash = Sha256::new();
    let uri = request.uri().to_string();
    for part in [
        request.method().as_str().as_bytes(),
        uri.as_bytes(),
        request.body(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether it is the channel that failed, and not its limits or what we asked.
fn is_failure(answer: &Answer) -> bool {
    match answer {
        Ok(response) => response.status().is_server_error(),
        Err(HttpError::Denied(_)) => false,
        Err(HttpError::Connect(_) | HttpError::Timeout | HttpError::Broken(_)) => true,
    }
}

/// An error as the log names it.
pub const fn word(error: &HttpError) -> &'static str {
    match error {
        HttpError::Denied(_) => "denied",
        HttpError::Connect(_) => "connect",
        HttpError::Timeout => "timeout",
        HttpError::Broken(_) => "broken",
    }
}

/// Whole milliseconds.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
