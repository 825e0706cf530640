//! `/stores/{id}/requests` and `/stores/{id}/traffic`: what was sent to a store's channel, how long it waited and took, and how it was
//! answered. Kept for seven days; never a query, a header or a body.

use super::platform_of;
use crate::error::Result;
use crate::ports::Host;
use crate::query::{Column, Kind, Query, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Need, Session};
use http::StatusCode;
use serde::Deserialize;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.channel_requests",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("store_id", Kind::Uuid),
        Column::new("job_id", Kind::Uuid),
        Column::new("operation", Kind::Text),
        Column::new("method", Kind::Text),
        Column::new("host", Kind::Text),
        Column::new("path", Kind::Text),
        Column::new("status", Kind::Int),
        Column::new("error", Kind::Text),
        Column::new("attempt", Kind::Int),
        Column::new("wait_ms", Kind::Int),
        Column::new("duration_ms", Kind::Int),
        Column::new("request_bytes", Kind::Int),
        Column::new("response_bytes", Kind::Int),
        Column::new("cached", Kind::Bool),
        Column::new("created_at", Kind::Time),
    ],
    default_order: "created_at.desc",
};

/// `GET /stores/{id}/requests`: newest first, filtered, ordered and projected as the query string says.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 404 for a store that is not there; 401, 403.
pub async fn list(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    #[derive(Deserialize)]
    struct Head {
        count: u64,
    }
    let session = Session::open(request, host).await?;
    let store = parse_id(id)?;
    let query = format!("store_id=eq.{store}&{}", request.query);
    let (statement, args) = Query::parse(&RESOURCE, &query)?.list_statement();
    let page = session.read(host, Need::Read, &statement, &args).await?;
    let is_empty = serde_json::from_str::<Head>(&page).is_ok_and(|head| head.count == 0);
    if is_empty {
        platform_of(&session, host, Need::Read, store).await?;
    }
    Ok(Reply::json(StatusCode::OK, page))
}

/// `GET /stores/{id}/traffic`: whether the channel is asked at all (`closed`, `open`, `half_open`: the circuit breaker),
/// until when it wants to be left alone, and how its limits stand.
///
/// # Errors
/// 404 for a store that is not there; 401, 403.
pub async fn traffic(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("traffic.sql");
    resource::get(request, host, Need::Read, statement, id).await
}
