//! What every collection does alike: a list by the query language, one row by its id.

use crate::error::{Error, Result};
use crate::ports::Host;
use crate::query::{Query, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::session::{Idempotency, Need, Session, if_match};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

/// `GET /<collection>`: a page of rows, filtered, ordered and projected as the query string says.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(
    request: &Request,
    host: &impl Host,
    need: Need,
    resource: &'static Resource,
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (statement, args) = Query::parse(resource, &request.query)?.list_statement();
    let page = session.read(host, need, &statement, &args).await?;
    Ok(Reply::json(StatusCode::OK, page))
}

/// `GET /<collection>/{id}`: the row that `statement` finds by `$1 ->> 'id'`.
///
/// # Errors
/// 404 when there is none in this workspace, or `id` is no id; 401, 403.
pub async fn get(
    request: &Request,
    host: &impl Host,
    need: Need,
    statement: &str,
    id: &str,
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    session
        .one(host, need, statement, &json!({"id": parse_id(id)?}))
        .await
}

/// `DELETE /<collection>/{id}`, on the condition of `If-Match`: `statement` answers with an outcome.
///
/// # Errors
/// 404, 409 with the reason, 412; 401, 403.
pub async fn delete(
    request: &Request,
    host: &impl Host,
    need: Need,
    statement: &str,
    id: &str,
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let args = json!({"id": parse_id(id)?, "if_match": if_match(request)?});
    let idempotency = Idempotency::of(request, &[])?;
    session
        .change(host, need, statement, &args, idempotency)
        .await
}

/// The id in a path.
///
/// # Errors
/// 404: what is no id is no resource.
pub fn parse_id(segment: &str) -> Result<Uuid> {
    segment.parse().map_err(|_| Error::not_found())
}
