//! `GET /products` and `GET /products/{id}`.

use crate::error::Result;
use crate::ports::Host;
use crate::query::{Column, Kind, Query, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Need, Session};

/// What products can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.products",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("handle", Kind::Text),
        Column::new("sku", Kind::Text),
        Column::new("title", Kind::Text),
        Column::new("description", Kind::Text),
        Column::new("vendor", Kind::Text),
        Column::new("product_type", Kind::Text),
        Column::new("images", Kind::Json),
        Column::new("options", Kind::Json),
        Column::new("variants", Kind::Json),
        Column::new("tags", Kind::TextArray),
        Column::new("seo", Kind::Json),
        Column::new("status", Kind::Text),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
    ],
    default_order: "created_at.desc",
};

/// `GET /products`: a page, as the query string says.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /products/{id}`, with `select=` where only some columns are wanted. `ETag` needs the column `version`.
///
/// # Errors
/// 404 when there is none in this workspace; 400, 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let (statement, args) = Query::parse(&RESOURCE, &request.query)?.one_statement(id);
    session.one(host, Need::Read, &statement, &args).await
}
