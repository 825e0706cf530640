//! `/orders`: what was bought on the channels, read from them and kept up by their notifications. What was sent is told to
//! the channel from here. Names and addresses of customers are not kept.

use crate::channels;
use crate::error::{Error, Result};
use crate::fields::Text;
use crate::platform::{OperationKind, Platform};
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Idempotency, Need, Session};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.orders",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("store_id", Kind::Uuid),
        Column::new("external_id", Kind::Text),
        Column::new("number", Kind::Text),
        Column::new("status", Kind::Text),
        Column::new("channel_status", Kind::Text),
        Column::new("currency", Kind::Text),
        Column::new("total", Kind::Money),
        Column::new("total_minor", Kind::Int),
        Column::new("lines", Kind::Json),
        Column::new("placed_at", Kind::Time),
        Column::new("channel_updated_at", Kind::Time),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
    ],
    default_order: "placed_at.desc",
};

/// More lines than any order of a shop has.
const MOST_LINES: usize = 500;

/// What was sent. Without lines it is all that was still to be sent.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Fulfilment {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking: Option<Tracking>,
    #[serde(default)]
    notify_customer: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<Recipient>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    sku: Text<255>,
    quantity: Pieces,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(try_from = "i64", into = "i64")]
struct Pieces(i64);

impl TryFrom<i64> for Pieces {
    type Error = &'static str;
    fn try_from(number: i64) -> Result<Self, Self::Error> {
        (1..=1_000_000)
            .contains(&number)
            .then_some(Self(number))
            .ok_or("must be a whole number from 1 to 1000000")
    }
}

impl From<Pieces> for i64 {
    fn from(pieces: Pieces) -> Self {
        pieces.0
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Tracking {
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<Text<255>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<Text<255>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Text<2000>>,
}

/// Where an order goes, for channels that make it themselves. Kept with the job until that is done, and shown to nobody.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Recipient {
    first_name: Text<255>,
    last_name: Text<255>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Text<255>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Text<64>>,
    country: Text<2>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Text<255>>,
    address1: Text<255>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address2: Option<Text<255>>,
    city: Text<255>,
    zip: Text<32>,
}

/// `GET /orders`: the latest first.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /orders/{id}`: one order with the jobs that told its channel what was sent.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("orders/get.sql");
    resource::get(request, host, Need::Read, statement, id).await
}

/// `POST /orders/{id}/fulfil` `{lines?: [{sku, quantity}], tracking?: {company?, number?, url?}, notify_customer?, recipient?}`
/// → 201 with the job that tells the channel, or 200 with the one that is about to tell it the same.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 when nothing is left to be sent or the channel can't be told, 413.
pub async fn fulfil(
    request: &mut Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
    id: &str,
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let (wanted, body) = request.json::<Fulfilment>().await?;
    if wanted.lines.len() > MOST_LINES {
        let issue = format!("may have {MOST_LINES} entries at most");
        return Err(Error::field("lines", issue));
    }
    let known = channels::capabilities(platforms, &[OperationKind::ProcessOrder]);
    let args = json!({"id": id, "payload": wanted, "channels": known});
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("orders/fulfil.sql");
    session
        .change(host, Need::Jobs, statement, &args, idempotency)
        .await
}
