//! The envelope in which a statement reports what happened, and the status that it becomes.
//!
//! `{"outcome": "ok" | "created" | "accepted" | "deleted" | "not_found" | "conflict" | "stale" | "invalid" |
//! "forbidden", "row"?, "version"?, "message"?, "field"?, "issue"?}`: `row` is the resource as the API shows it.

use crate::error::{Error, Kind, Result};
use crate::reply::Reply;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Envelope<'a> {
    outcome: &'a str,
    #[serde(borrow)]
    row: Option<&'a RawValue>,
    version: Option<i64>,
    message: Option<String>,
    field: Option<String>,
    issue: Option<String>,
}

/// What a resource's row says about itself, for headers.
#[derive(Default, Deserialize)]
struct RowHead {
    id: Option<String>,
    version: Option<i64>,
}

/// The answer that `text`, an envelope, stands for. A row is passed through as Postgres built it; one that
/// was created at `path` (the collection's) has its address in `Location`.
///
/// # Errors
/// The contract's error for every outcome but the good ones.
pub fn reply(text: &str, path: &str) -> Result<Reply> {
    let envelope: Envelope<'_> = serde_json::from_str(text)
        .map_err(|error| Error::internal(format!("outcome envelope: {error}")))?;
    let head: RowHead = envelope
        .row
        .and_then(|row| serde_json::from_str(row.get()).ok())
        .unwrap_or_default();
    let version = envelope.version.or(head.version);
    let row = envelope.row.map_or("{}", RawValue::get).to_owned();
    let status = match envelope.outcome {
        "ok" => StatusCode::OK,
        "created" => StatusCode::CREATED,
        "accepted" => StatusCode::ACCEPTED,
        "deleted" => return Ok(Reply::empty(StatusCode::NO_CONTENT)),
        outcome => return Err(refusal(outcome, &envelope)),
    };
    let reply = Reply::json(status, row).with_version(version);
    Ok(match (status, head.id) {
        (StatusCode::CREATED, Some(id)) => {
            reply.with_header(http::header::LOCATION, &format!("{path}/{id}"))
        }
        _ => reply,
    })
}

fn refusal(outcome: &str, envelope: &Envelope<'_>) -> Error {
    let message = |default: &str| {
        envelope
            .message
            .clone()
            .unwrap_or_else(|| default.to_owned())
    };
    let error = match outcome {
        "not_found" => Error::not_found(),
        "conflict" => Error::conflict(message("The state of the resource forbids this.")),
        "stale" => Error::new(
            Kind::PreconditionFailed,
            message("The resource changed meanwhile; look at its current state and try again."),
        ),
        "forbidden" => Error::new(Kind::Forbidden, message("You may not do this here.")),
        "invalid" => Error::new(Kind::Validation, message("A value is not valid.")),
        other => return Error::internal(format!("unknown outcome {other:?}")),
    };
    let mut details = serde_json::Map::new();
    if let Some(field) = &envelope.field {
        details.insert("field".to_owned(), json!(field));
    }
    if let Some(issue) = &envelope.issue {
        details.insert("issue".to_owned(), json!(issue));
    }
    if let Some(row) = envelope.row
        && let Ok(current) = serde_json::from_str::<Value>(row.get())
    {
        details.insert("current".to_owned(), current);
    }
    match details.is_empty() {
        true => error,
        false => error.with_details(Value::Object(details)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_passed_through_with_its_version_as_etag() {
        let reply = reply(
            r#"{"outcome":"ok","row":{"id": "a",  "version": 3}}"#,
            "/jobs",
        )
        .unwrap();
        assert_eq!(reply.body, r#"{"id": "a",  "version": 3}"#);
        assert!(reply.headers.iter().any(|(_, value)| value == "\"3\""));
    }

    #[test]
    fn what_was_created_says_where_it_is() {
        let reply = reply(r#"{"outcome":"created","row":{"id":"a"}}"#, "/jobs").unwrap();
        assert!(reply.headers.iter().any(|(_, value)| value == "/jobs/a"));
    }

    #[test]
    fn a_stale_version_shows_the_current_row() {
        let error = reply(r#"{"outcome":"stale","row":{"version":4}}"#, "/jobs").unwrap_err();
        assert_eq!(error.kind, Kind::PreconditionFailed);
        assert_eq!(error.details["current"]["version"], 4);
    }
}
