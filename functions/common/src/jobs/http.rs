//! `/jobs`: what is waiting, running and done; jobs that need no approval can be queued by hand.

use crate::channels;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::fields::{Instant, Text};
use crate::jobs::{APPROVED, CHECK_LISTING, DIRECT, NOOP, SYNC_INVENTORY};
use crate::platform::{OperationKind, Platform};
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Idempotency, Need, Session};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.jobs",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::joined("user_id", Kind::Uuid),
        Column::new("type", Kind::Text),
        Column::new("status", Kind::Text),
        Column::joined("waiting_for", Kind::Text),
        Column::new("store_id", Kind::Uuid),
        Column::new("listing_id", Kind::Uuid),
        Column::new("approval_id", Kind::Uuid),
        Column::joined("payload", Kind::Json),
        Column::joined("result", Kind::Json),
        Column::joined("error", Kind::Text),
        Column::new("attempts", Kind::Int),
        Column::new("max_attempts", Kind::Int),
        Column::new("priority", Kind::Int),
        Column::new("cancel_requested", Kind::Bool),
        Column::new("scheduled_at", Kind::Time),
        Column::new("started_at", Kind::Time),
        Column::new("completed_at", Kind::Time),
        Column::new("created_at", Kind::Time),
        Column::joined("note", Kind::Text),
    ],
    default_order: "created_at.desc",
};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewJob {
    #[serde(rename = "type")]
    kind: Text<63>,
    #[serde(default)]
    payload: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listing_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(rename(deserialize = "scheduled_at", serialize = "run_at"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<Attempts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_key: Option<Text<255>>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(try_from = "i64", into = "i64")]
struct Bounded<const MIN: i64, const MAX: i64>(i64);

/// −100 (last) to 100 (first).
type Priority = Bounded<-100, 100>;
type Attempts = Bounded<1, 100>;

impl<const MIN: i64, const MAX: i64> TryFrom<i64> for Bounded<MIN, MAX> {
    type Error = String;
    fn try_from(number: i64) -> Result<Self, String> {
        (MIN..=MAX)
            .contains(&number)
            .then_some(Self(number))
            .ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}"))
    }
}

impl<const MIN: i64, const MAX: i64> From<Bounded<MIN, MAX>> for i64 {
    fn from(bounded: Bounded<MIN, MAX>) -> Self {
        bounded.0
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WantedStatus {
    Cancelled,
    Pending,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    status: Option<WantedStatus>,
    priority: Option<Priority>,
}

/// `GET /jobs`: newest first.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /jobs/{id}`: one job with its payload, result, error and log.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    resource::get(request, host, Need::Read, include_str!("get.sql"), id).await
}

/// `POST /jobs` `{type, payload?, store_id?, listing_id?, priority?, scheduled_at?, max_attempts?, unique_key?}` → 201,
/// or 200 with the job that has the `unique_key` already and is still to be done. What the store's channel can't do
/// is refused; what it does by other means is told in `note`.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn create(
    request: &mut Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewJob>().await?;
    check(&wanted)?;
    let mut args = serde_json::to_value(&wanted).map_err(Error::internal)?;
    if let Some(fields) = args.as_object_mut() {
        let known = channels::capabilities(platforms, &OperationKind::ALL);
        fields.insert("channels".to_owned(), known);
    }
    let idempotency = Idempotency::of(request, &body)?;
    session
        .change(
            host,
            Need::Jobs,
            include_str!("create.sql"),
            &args,
            idempotency,
        )
        .await
}

fn check(wanted: &NewJob) -> Result<()> {
    let kind: &str = &wanted.kind;
    if APPROVED.contains(&kind) {
        let action = kind.trim_end_matches("_listing");
        return Err(Error::conflict(format!(
            "A {kind} job comes from an approval. Ask for it with POST /approvals \
             {{\"resource_type\": \"listing\", \"resource_id\": …, \"action\": \"{action}\"}}."
        )));
    }
    if !DIRECT.contains(&kind) {
        let known = DIRECT.join(", ");
        return Err(Error::field("type", format!("must be one of: {known}")));
    }
    let (subject, missing) = match kind {
        NOOP => return Ok(()),
        SYNC_INVENTORY | CHECK_LISTING => ("listing_id", wanted.listing_id.is_none()),
        _ => ("store_id", wanted.store_id.is_none()),
    };
    match missing {
        true => Err(Error::field(subject, format!("is needed by {kind}"))),
        false => Ok(()),
    }
}

/// `PATCH /jobs/{id}` `{status: "cancelled"}` cancels, `{status: "pending"}` tries again now, `{priority}` reorders.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn change(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let (changes, body) = request.json::<Changes>().await?;
    let action = changes.status.map(|status| match status {
        WantedStatus::Cancelled => "cancel",
        WantedStatus::Pending => "retry",
    });
    if action.is_none() && changes.priority.is_none() {
        return Err(Error::new(
            ErrorKind::Validation,
            "Say what to change: {\"status\": \"cancelled\"}, {\"status\": \"pending\"} or {\"priority\": 10}.",
        ));
    }
    let args = json!({"id": id, "action": action, "priority": changes.priority});
    let idempotency = Idempotency::of(request, &body)?;
    session
        .change(
            host,
            Need::Jobs,
            include_str!("change.sql"),
            &args,
            idempotency,
        )
        .await
}
