//! The sign-in's statements and what they answer.

use super::refusal::{Refusal, Result};
use crate::error::Error;
use crate::ports::{Host, Param, Repeat};
use crate::request::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a statement says has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Ok,
    /// Too often.
    Limited,
    /// The password was changed after it was verified.
    Refused,
    /// The address has an account.
    Exists,
    /// No such token or session.
    NotFound,
    /// The session's time is over.
    Expired,
    /// The token was exchanged before: its session has been ended.
    Reused,
    /// The caller's session has ended.
    NoSession,
    /// Somebody else was faster.
    Conflict,
    /// More than an account may say of itself.
    TooLarge,
}

/// An answer of any of the statements.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    retry_after_ms: Option<u64>,
    /// The person, as clients see them; their id before a password is verified.
    pub(super) user: Option<Value>,
    pub(super) session: Option<Uuid>,
    pub(super) signed_in_at: Option<i64>,
    pub(super) ends_in_s: Option<i64>,
    /// The stored password hash.
    pub(super) hash: Option<String>,
    pub(super) email: Option<String>,
    pub(super) recent: Option<bool>,
    pub(super) salt: Option<String>,
    pub(super) data: Option<Value>,
    pub(super) count: Option<i64>,
}

/// Runs `statement` with `args` and, beside them, where the request came from.
///
/// # Errors
/// 429 and 403 where the statement says so; 503 when the database is away.
pub(super) async fn ask(
    host: &impl Host,
    request: &Request,
    statement: &'static str,
    args: Value,
    repeat: Repeat,
) -> Result<Answer> {
    let mut args = args;
    if let Some(fields) = args.as_object_mut() {
        fields.insert("request".to_owned(), origin(request));
    }
    let text = host
        .text(statement, vec![Param::Json(args.to_string())], repeat)
        .await?;
    let answer: Answer = serde_json::from_str(&text)
        .map_err(|error| Error::internal(format!("the sign-in's statement: {error}")))?;
    match answer.outcome {
        Outcome::Limited => Err(Refusal::limited(answer.retry_after_ms.unwrap_or(1000))),
        Outcome::NoSession => Err(Refusal::no_session()),
        _ => Ok(answer),
    }
}

/// Where a request came from, for limits and the record.
fn origin(request: &Request) -> Value {
    let address = request
        .header("spin-client-addr")
        .and_then(|text| text.parse::<std::net::SocketAddr>().ok());
    let agent = request.header("user-agent");
    json!({
        "request_id": request.request_id,
        // An IPv4 client on a dual-stack socket is the IPv4 client that it is.
        "ip": address.map(|address| address.ip().to_canonical().to_string()),
        "user_agent": agent.map(|text| text.chars().take(300).collect::<String>()),
    })
}
