//! `/approvals`: what would reach a channel is asked for here, and decided by another person.

use crate::channels;
use crate::error::{Error, Result};
use crate::fields::{Amount, Instant, Quantity, Text};
use crate::platform::{OperationKind, Platform};
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Idempotency, Need, Session, if_match};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.approvals",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("resource_type", Kind::Text),
        Column::new("resource_id", Kind::Uuid),
        Column::new("action", Kind::Text),
        Column::new("payload", Kind::Json),
        Column::new("status", Kind::Text),
        Column::new("reviewed_by", Kind::Uuid),
        Column::new("reviewed_at", Kind::Time),
        Column::new("comments", Kind::Text),
        Column::new("review_comments", Kind::Text),
        Column::new("expires_at", Kind::Time),
        Column::new("job_ids", Kind::Json),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
        Column::new("notes", Kind::Json),
        Column::new("preview", Kind::Json),
    ],
    default_order: "created_at.desc",
};

/// What an approved action may need of a channel.
const NEEDED: [OperationKind; 5] = [
    OperationKind::CreateProduct,
    OperationKind::UpdateProduct,
    OperationKind::DeleteProduct,
    OperationKind::SyncInventory,
    OperationKind::PreviewProduct,
];

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum ResourceType {
    Listing,
    Product,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Publish,
    Update,
    Delete,
}

/// What an update may change of a listing besides what the product itself says by then.
#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
struct Payload {
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inventory: Option<Quantity>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewApproval {
    resource_type: ResourceType,
    resource_id: Uuid,
    action: Action,
    #[serde(default)]
    payload: Payload,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<Text<2000>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Instant>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Approved,
    Rejected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    status: Verdict,
    comments: Option<Text<2000>>,
}

/// `GET /approvals`: requests, newest first.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /approvals/{id}`: one request with its history.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    resource::get(
        request,
        host,
        Need::Read,
        include_str!("approvals/get.sql"),
        id,
    )
    .await
}

/// `POST /approvals` `{resource_type, resource_id, action, payload?, comments?, expires_at?}` → 201.
///
/// What a reached channel can't do is refused here; what it does by other means is among the answer's `notes`.
/// Where a channel can say beforehand what it thinks of the product, it is asked: `preview`.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn ask(
    request: &mut Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewApproval>().await?;
    let empty = wanted.payload.price.is_none() && wanted.payload.inventory.is_none();
    if !empty
        && !matches!(
            (&wanted.resource_type, &wanted.action),
            (ResourceType::Listing, Action::Update)
        )
    {
        return Err(Error::field(
            "payload",
            "only the update of a listing takes price or inventory; leave it out",
        ));
    }
    let mut args = serde_json::to_value(&wanted).map_err(Error::internal)?;
    if let Some(fields) = args.as_object_mut() {
        let known = channels::capabilities(platforms, &NEEDED);
        fields.insert("channels".to_owned(), known);
    }
    let statement = include_str!("approvals/request.sql");
    let idempotency = Idempotency::of(request, &body)?;
    session
        .change(host, Need::Request, statement, &args, idempotency)
        .await
}

/// `PATCH /approvals/{id}` `{status: approved|rejected, comments?}`. What a channel is still checking, or would
/// refuse, can't be approved.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn decide(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let version = if_match(request)?;
    let (decision, body) = request.json::<Decision>().await?;
    let args = json!({
        "id": id,
        "status": decision.status,
        "comments": decision.comments,
        "if_match": version,
    });
    let idempotency = Idempotency::of(request, &body)?;
    session
        .change(
            host,
            Need::Decide,
            include_str!("approvals/decide.sql"),
            &args,
            idempotency,
        )
        .await
}
