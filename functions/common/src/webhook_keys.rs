//! `/webhook-keys`: what product management systems sign their events with (`POST /api/webhook`). A secret is shown
//! once, when it is made.

use crate::credentials::{KeyRing, Place, seal};
use crate::error::{Error, Result};
use crate::fields::{Instant, Text};
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::secret::Secret;
use crate::session::{Idempotency, Need, Session};
use crate::stores::new_id;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.webhook_keys",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("name", Kind::Text),
        Column::new("status", Kind::Text),
        Column::new("previous_until", Kind::Time),
        Column::new("expires_at", Kind::Time),
        Column::new("revoked_at", Kind::Time),
        Column::new("last_used_at", Kind::Time),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
    ],
    default_order: "created_at.desc",
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    name: Text<200>,
    expires_at: Option<Instant>,
}

/// Where a key's secrets are sealed.
pub(crate) const fn place<'a>(workspace: &'a str, key: &'a str) -> Place<'a> {
    Place {
        workspace,
        table: "webhook_keys",
        row: key,
        column: "secret",
    }
}

/// `GET /webhook-keys`: without secrets.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Stores, &RESOURCE).await
}

/// `GET /webhook-keys/{id}`: without secrets.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("webhook_keys/get.sql");
    resource::get(request, host, Need::Stores, statement, id).await
}

/// `POST /webhook-keys` `{name, expires_at?}` → 201 with `secret`, which is not shown again: a request that is repeated
/// with its `Idempotency-Key` gets the key without it.
///
/// # Errors
/// 400 naming the field; 401, 403, 413.
pub async fn create(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewKey>().await?;
    let id = new_id(host);
    let fresh = Fresh::make(&session, host, id).await?;
    let args = json!({"id": id, "name": wanted.name, "expires_at": wanted.expires_at, "secret": fresh.sealed});
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("webhook_keys/create.sql");
    let reply = session
        .change(host, Need::Stores, statement, &args, idempotency)
        .await?;
    let made = json!(id);
    with_secret(reply, &fresh, |row| row.get("id") == Some(&made))
}

/// `POST /webhook-keys/{id}/rotate` → 200 with the new `secret`; the one before stays good for 24 hours. Takes no
/// `Idempotency-Key`: whoever lost the answer rotates again.
///
/// # Errors
/// 404; 409 when the key is revoked; 401, 403.
pub async fn rotate(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let fresh = Fresh::make(&session, host, id).await?;
    let args = json!({"id": id, "secret": fresh.sealed});
    let statement = include_str!("webhook_keys/rotate.sql");
    let reply = session
        .change(host, Need::Stores, statement, &args, None)
        .await?;
    with_secret(reply, &fresh, |_| true)
}

/// `DELETE /webhook-keys/{id}` → 204: nothing is taken under it from now on.
///
/// # Errors
/// 404, 412; 401, 403.
pub async fn revoke(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("webhook_keys/revoke.sql");
    resource::delete(request, host, Need::Stores, statement, id).await
}

/// What a secret begins with.
const PREFIX: &str = "whk_";
/// The characters of a secret: the prefix and 32 bytes as base64url.
const LENGTH: usize = PREFIX.len() + 43;

/// A secret of 32 random bytes, plain and sealed.
struct Fresh {
    plain: Secret<String>,
    sealed: String,
}

impl Fresh {
    async fn make(session: &Session, host: &impl Host, key: Uuid) -> Result<Self> {
        let ring = host.settings().text("credentials_keys")?;
        let ring = KeyRing::parse(ring).map_err(Error::internal)?;
        let statement = include_str!("stores/workspace.sql");
        let workspace = session
            .read(host, Need::Stores, statement, &json!({}))
            .await?;
        let mut bytes = Secret::new([0; 32]);
        host.fill(bytes.expose_mut());
        let mut plain = Secret::new(String::with_capacity(LENGTH));
        plain.expose_mut().push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(bytes.expose(), plain.expose_mut());
        let sealed = seal(&ring, host, &place(&workspace, &key.to_string()), &plain);
        Ok(Self {
            sealed: sealed.map_err(Error::internal)?,
            plain,
        })
    }
}

/// `reply` with the plain secret beside the row, where the row is the one that has it. The database never sees it, and
/// so no stored answer does.
fn with_secret(
    mut reply: Reply,
    fresh: &Fresh,
    has_it: impl Fn(&Map<String, Value>) -> bool,
) -> Result<Reply> {
    let mut row: Map<String, Value> =
        serde_json::from_slice(&reply.body).map_err(Error::internal)?;
    if has_it(&row) {
        row.insert("secret".to_owned(), fresh.plain.expose().as_str().into());
    }
    reply.body = Value::Object(row).to_string().into();
    Ok(reply)
}
