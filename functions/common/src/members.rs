//! `/members`: who belongs to the workspace, and as what. Members come by invitation ([`crate::invitations`]); they are
//! given another role, removed, or leave. What changes counts from the member's next request on.

use crate::error::Result;
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Idempotency, Need, Session, if_match};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the list can be filtered, ordered and projected by. `id` is the user's: by it a member is addressed.
pub const RESOURCE: Resource = Resource {
    view: "api.members",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::joined("email", Kind::Text),
        Column::new("role", Kind::Text),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
    ],
    default_order: "created_at.asc",
};

/// What a member may do, most to least; `hub.may` (migrations) says what that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, and says who else owns the workspace.
    Owner,
    /// Everything but that.
    Admin,
    /// Decides on approvals, sees the audit trail.
    Reviewer,
    /// Works on the catalogue, asks for approval, runs jobs.
    Operator,
    /// Looks.
    Viewer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    role: Role,
}

/// `GET /members`: everybody in the workspace, with address and role.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /members/{id}`: one, by the user's id.
///
/// # Errors
/// 404 when they are no member of this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("members/get.sql");
    resource::get(request, host, Need::Read, statement, id).await
}

/// `PATCH /members/{id}` `{role}`, on the condition of `If-Match`. Only owners make or unmake owners.
///
/// # Errors
/// 400 naming the field; 401; 403 for all but owners and admins; 404; 409 for the last owner; 412.
pub async fn update(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (id, version) = (parse_id(id)?, if_match(request)?);
    let (wanted, body) = request.json::<Changes>().await?;
    let args = json!({"id": id, "role": wanted.role, "if_match": version});
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("members/update.sql");
    session
        .change(host, Need::Members, statement, &args, idempotency)
        .await
}

/// `DELETE /members/{id}` → 204, on the condition of `If-Match`. Whose own id it is leaves, whatever their role.
///
/// # Errors
/// 401; 403 for somebody else's id, for all but owners and admins; 404; 409 for the last owner; 412.
pub async fn remove(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    // A key has no user of its own here, so that it can't make its maker leave.
    let leaves = session.caller().user == Some(id);
    let need = if leaves { Need::Read } else { Need::Members };
    let args = json!({"id": id, "if_match": if_match(request)?});
    let idempotency = Idempotency::of(request, &[])?;
    let statement = include_str!("members/delete.sql");
    session
        .change(host, need, statement, &args, idempotency)
        .await
}
