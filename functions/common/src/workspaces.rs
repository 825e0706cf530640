//! `/workspaces`: founded by anybody who is signed in, who owns what they found. There is no way to delete one: its record,
//! its orders and its history belong to everybody who worked in it.

mod origin;
mod slug;

use crate::error::{Error, Result};
use crate::fields::{Currency, Text};
use crate::identity::Caller;
use crate::ports::Host;
use crate::query::{Column, Kind, Query, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::parse_id;
use crate::session::{Idempotency, Need, Session, if_match};
use crate::stores::new_id;
use http::StatusCode;
use origin::Origin;
use serde::Deserialize;
use serde_json::{Value, json};
use slug::Slug;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.workspaces",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("slug", Kind::Text),
        Column::new("name", Kind::Text),
        Column::new("currency", Kind::Text),
        Column::new("role", Kind::Text),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
    ],
    default_order: "created_at.asc",
};

/// The most origins of a workspace.
const MAX_ORIGINS: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWorkspace {
    slug: Slug,
    name: Text<200>,
    currency: Option<Currency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    name: Option<Text<200>>,
    origins: Option<Vec<Origin>>,
}

/// `GET /workspaces`: those that the caller is a member of, with their role; in no workspace.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401; 403 for keys and tokens limited to a workspace.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    let session = Session::personal(request, host).await?;
    let (statement, args) = Query::parse(&RESOURCE, &request.query)?.list_statement();
    let page = session
        .read(host, Need::Personal, &statement, &args)
        .await?;
    Ok(Reply::json(StatusCode::OK, page))
}

/// `GET /workspaces/{id}`: with the origins from which browsers may call. The path may stand for `X-Workspace`.
///
/// # Errors
/// 404 when it is not the session's workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let id = parse_id(id)?;
    let session = Session::at(request, host, id).await?;
    let statement = include_str!("workspaces/get.sql");
    session
        .one(host, Need::Read, statement, &json!({"id": id}))
        .await
}

/// `POST /workspaces` `{slug, name, currency?}` → 201: the caller is its owner.
///
/// # Errors
/// 400 naming the field; 401; 403 for keys and tokens limited to a workspace; 409 for a slug that is taken.
pub async fn create(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::personal(request, host).await?;
    let (wanted, body) = request.json::<NewWorkspace>().await?;
    let args = json!({
        "id": new_id(host),
        "slug": wanted.slug,
        "name": wanted.name,
        "currency": wanted.currency,
    });
    let args = arriving(session.caller(), args);
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("workspaces/create.sql");
    session
        .change(host, Need::Personal, statement, &args, idempotency)
        .await
}

/// `PATCH /workspaces/{id}` `{name?, origins?}`, on the condition of `If-Match`. Slug and currency stay what they are: others
/// refer to them.
///
/// # Errors
/// 400 naming the field; 401; 403 for all but owners and admins; 404 when it is not the session's workspace; 412.
pub async fn update(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let id = parse_id(id)?;
    let session = Session::at(request, host, id).await?;
    let version = if_match(request)?;
    let (wanted, body) = request.json::<Changes>().await?;
    if wanted
        .origins
        .as_ref()
        .is_some_and(|origins| origins.len() > MAX_ORIGINS)
    {
        let issue = format!("may have {MAX_ORIGINS} entries at most");
        return Err(Error::field("origins", issue));
    }
    let args = json!({
        "id": id,
        "name": wanted.name,
        "origins": wanted.origins,
        "if_match": version,
    });
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("workspaces/update.sql");
    session
        .change(host, Need::Members, statement, &args, idempotency)
        .await
}

/// `args` with what makes the caller an account, should they be new here: somebody whom another identity provider vouches for.
pub(crate) fn arriving(caller: &Caller, mut args: Value) -> Value {
    if let (Some(fields), Some(known_as)) = (args.as_object_mut(), &caller.known_as) {
        fields.insert("issuer".to_owned(), json!(known_as.issuer));
        fields.insert("subject".to_owned(), json!(known_as.subject));
        fields.insert("email".to_owned(), json!(caller.email));
    }
    args
}
