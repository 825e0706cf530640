//! `/listings`: a product in a store. Made as a draft; what a channel shows changes by approval only.

use crate::error::{Error, Result};
use crate::fields::{Amount, Currency, Quantity};
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
    view: "api.listings",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("product_id", Kind::Uuid),
        Column::new("store_id", Kind::Uuid),
        Column::new("external_id", Kind::Text),
        Column::new("price", Kind::Money),
        Column::new("currency", Kind::Text),
        Column::new("price_minor", Kind::Int),
        Column::new("inventory", Kind::Int),
        Column::new("status", Kind::Text),
        Column::new("platform_data", Kind::Json),
        Column::new("synced_at", Kind::Time),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
        Column::new("status_reason", Kind::Text),
    ],
    default_order: "created_at.desc",
};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewListing {
    product_id: Uuid,
    store_id: Uuid,
    price: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    inventory: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    price: Option<Amount>,
    inventory: Option<Quantity>,
    status: Option<String>,
}

/// `GET /listings`.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /listings/{id}`.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    resource::get(
        request,
        host,
        Need::Read,
        include_str!("listings/get.sql"),
        id,
    )
    .await
}

/// `DELETE /listings/{id}`: of one that no channel shows.
///
/// # Errors
/// 404, 409 with the reason and the way, 412; 401, 403.
pub async fn delete(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("listings/delete.sql");
    resource::delete(request, host, Need::Catalogue, statement, id).await
}

/// `POST /listings` `{product_id, store_id, price, inventory?, currency?}` → 201, a draft.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn create(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewListing>().await?;
    let args = serde_json::to_value(&wanted).map_err(Error::internal)?;
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("listings/create.sql");
    session
        .change(host, Need::Catalogue, statement, &args, idempotency)
        .await
}

/// `PATCH /listings/{id}` `{price?, inventory?}`: of a listing that no channel shows; else 409 with the way.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn update(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let version = if_match(request)?;
    let (changes, body) = request.json::<Changes>().await?;
    if changes.status.is_some() {
        return Err(Error::conflict(format!(
            "A listing's status follows from the channel. Ask for publication or withdrawal with POST /approvals \
             {{\"resource_type\": \"listing\", \"resource_id\": \"{id}\", \"action\": \"publish\" or \"delete\"}}."
        )));
    }
    let args = json!({
        "id": id,
        "price": changes.price,
        "inventory": changes.inventory,
        "if_match": version,
    });
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("listings/update.sql");
    session
        .change(host, Need::Catalogue, statement, &args, idempotency)
        .await
}
