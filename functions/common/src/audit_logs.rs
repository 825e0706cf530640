//! `/audit-logs`: who changed what, when, from what to what. Read only.
//!
//! Entries are written by the database's triggers and sealed, some seconds later, into a chain of hashes for each workspace
//! (`audit-seal`): [`verify()`] compares the two, [`export()`] gives both away.

mod export;
mod parameters;
mod verify;

pub use export::export;
pub use verify::verify;

use crate::error::Result;
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource;
use crate::session::Need;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.audit_logs",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("actor", Kind::Text),
        Column::new("action", Kind::Text),
        Column::new("resource_type", Kind::Text),
        Column::new("resource_id", Kind::Uuid),
        Column::new("resource_key", Kind::Text),
        Column::new("changes", Kind::Json),
        Column::new("request_id", Kind::Text),
        Column::new("ip_address", Kind::Text),
        Column::new("user_agent", Kind::Text),
        Column::new("via", Kind::Text),
        Column::new("api_key_id", Kind::Uuid),
        Column::new("session_id", Kind::Uuid),
        Column::new("created_at", Kind::Time),
    ],
    default_order: "created_at.desc",
};

/// `GET /audit-logs`: the record, newest first.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Audit, &RESOURCE).await
}

/// `GET /audit-logs/{id}`: one entry.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    resource::get(
        request,
        host,
        Need::Audit,
        include_str!("audit_logs/get.sql"),
        id,
    )
    .await
}
