//! `/webhook-events`: what was posted to us and what became of it; any of it can be processed again.

use crate::error::Result;
use crate::fields::{Instant, Text};
use crate::limits::Class;
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Idempotency, Need, Session};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.webhook_events",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("store_id", Kind::Uuid),
        Column::new("key_id", Kind::Uuid),
        Column::new("platform", Kind::Text),
        Column::new("event_id", Kind::Text),
        Column::new("topic", Kind::Text),
        Column::new("status", Kind::Text),
        Column::new("error", Kind::Text),
        Column::new("detail", Kind::Text),
        Column::new("job_id", Kind::Uuid),
        Column::new("body_bytes", Kind::Int),
        Column::new("duplicates", Kind::Int),
        Column::new("conflicts", Kind::Int),
        Column::new("conflicted_at", Kind::Time),
        Column::new("replays", Kind::Int),
        Column::new("received_at", Kind::Time),
        Column::new("processed_at", Kind::Time),
    ],
    default_order: "received_at.desc",
};

/// Statuses in which an event can be replayed.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    Processed,
    Ignored,
    Failed,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: Instant,
    to: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Ended>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Text<255>>,
}

/// `GET /webhook-events`: newest first, without headers and bodies.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /webhook-events/{id}`: one event with its headers (proofs redacted) and its body: `body` where it is text, else
/// `body_base64`. A body may be about customers: for those who mind jobs.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("webhook_events/get.sql");
    resource::get(request, host, Need::Jobs, statement, id).await
}

/// `POST /webhook-events/{id}/replay` → 202 with the event, which is processed again by a new job.
///
/// # Errors
/// 404; 409 while it waits or is being processed; 401, 403.
pub async fn replay(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let args = json!({"id": parse_id(id)?});
    let idempotency = Idempotency::of(request, &[])?;
    let statement = include_str!("webhook_events/replay.sql");
    session
        .change(host, Need::Jobs, statement, &args, idempotency)
        .await
}

/// `POST /webhook-events/replay` `{from, to, store_id?, status?, topic?}` → 202 `{"replayed": 12, "more": false, "next_from": null}`.
///
/// Events received from `from` up to but not including `to` are processed again in their order, at most 10,000 at
/// once: when there are `more`, ask again with `from` as `next_from` says. What waits or is being processed is passed over.
///
/// # Errors
/// 400 naming the field; 401, 403, 413.
pub async fn replay_range(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?.counted_as(Class::Bulk);
    let (range, body) = request.json::<Range>().await?;
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("webhook_events/replay_range.sql");
    session
        .change(host, Need::Jobs, statement, &json!(range), idempotency)
        .await
}
