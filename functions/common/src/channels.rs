//! `/platforms`: what each sales channel is, can do and allows, as its plugin declares it. Nothing here is a
//! secret or of a workspace; the database is asked only whether the caller still may, and counts the request.

use crate::error::{Error, Result};
use crate::platform::{Descriptor, OperationKind, Platform};
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::Request;
use crate::session::{Need, Session};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// `GET /platforms`: every channel.
///
/// # Errors
/// 400 for a parameter, 401, 403.
pub async fn list(
    request: &Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
) -> Result<Reply> {
    without_parameters(request)?;
    admit(request, host).await?;
    let rows: Vec<&Descriptor> = platforms.iter().map(|p| p.descriptor()).collect();
    let page = json!({"data": rows, "count": rows.len(), "page": 1, "pageSize": rows.len()});
    Ok(Reply::json(StatusCode::OK, page.to_string()))
}

/// `GET /platforms/{slug}`: one channel.
///
/// # Errors
/// 404 when there is no plugin of that name; 400 for a parameter, 401, 403.
pub async fn get(
    request: &Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
    slug: &str,
) -> Result<Reply> {
    without_parameters(request)?;
    admit(request, host).await?;
    let platform = find(platforms, slug).ok_or_else(Error::not_found)?;
    let row = serde_json::to_string(platform.descriptor()).map_err(Error::internal)?;
    Ok(Reply::json(StatusCode::OK, row))
}

/// Any member may look.
async fn admit(request: &Request, host: &impl Host) -> Result<()> {
    let session = Session::open(request, host).await?;
    let statement = include_str!("channels/admit.sql");
    session
        .read(host, Need::Read, statement, &json!({}))
        .await
        .map(drop)
}

/// The plugin for `slug`.
pub fn find<'p>(platforms: &[&'p dyn Platform], slug: &str) -> Option<&'p dyn Platform> {
    let mut all = platforms.iter().copied();
    all.find(|platform| platform.descriptor().slug == slug)
}

/// How well each channel does each of `kinds`, for the statements that refuse what can't be done:
/// `{slug: {operation: {level, reason}}}`. The reason of what is native is left out.
pub fn capabilities(platforms: &[&dyn Platform], kinds: &[OperationKind]) -> Value {
    let channels = platforms.iter().map(|platform| {
        let known = platform.descriptor();
        let operations = kinds.iter().map(|kind| {
            let capability = known.capability(*kind);
            let told = match capability.level {
                crate::platform::Level::Native => json!({"level": capability.level}),
                _ => json!(capability),
            };
            (kind.name().to_owned(), told)
        });
        let operations = Value::Object(operations.collect::<Map<_, _>>());
        (known.slug.to_owned(), operations)
    });
    Value::Object(channels.collect())
}

fn without_parameters(request: &Request) -> Result<()> {
    match request.query.is_empty() {
        true => Ok(()),
        false => Err(Error::field(
            "query",
            "takes no parameters here; there are only as many rows as plugins",
        )),
    }
}
