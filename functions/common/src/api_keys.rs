//! `/api-keys`: what machines call with. A key acts as who made it, within its scopes; its secret is shown once, when it
//! is made or rotated, and is nowhere to be found afterwards.
//!
//! A bearer key is sent as `Authorization: Bearer shk_…` ([`crate::identity::api_key`]); a signing key never leaves
//! its owner, who signs each request with it ([`crate::identity::signature`]).

use crate::error::{Error, Result};
use crate::fields::{Instant, Text};
use crate::identity::api_key;
use crate::identity::signing_key::{KeyId, Masters};
use crate::ports::Host;
use crate::query::{Column, Kind as ColumnKind, Resource};
use crate::reply::Reply;
use crate::request::{MAX_JSON_BYTES, Request, parse_json};
use crate::resource::{self, parse_id};
use crate::secret::Secret;
use crate::session::{Idempotency, Need, Session, if_match};
use crate::stores::new_id;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.api_keys",
    columns: &[
        Column::new("id", ColumnKind::Uuid),
        Column::new("workspace_id", ColumnKind::Uuid),
        Column::new("user_id", ColumnKind::Uuid),
        Column::new("name", ColumnKind::Text),
        Column::new("kind", ColumnKind::Text),
        Column::new("scopes", ColumnKind::TextArray),
        Column::new("hint", ColumnKind::Text),
        Column::new("status", ColumnKind::Text),
        Column::new("previous_until", ColumnKind::Time),
        Column::new("generation", ColumnKind::Int),
        Column::new("expires_at", ColumnKind::Time),
        Column::new("revoked_at", ColumnKind::Time),
        Column::new("last_used_at", ColumnKind::Time),
        Column::new("version", ColumnKind::Int),
        Column::new("created_at", ColumnKind::Time),
        Column::new("updated_at", ColumnKind::Time),
    ],
    default_order: "created_at.desc",
};

/// How a key is used.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Bearer,
    Signing,
}

/// What a key may: the rights of a role that a machine can have. Making keys and members is for people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    Read,
    Audit,
    Catalogue,
    Stores,
    Request,
    Decide,
    Jobs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    name: Text<200>,
    kind: Kind,
    scopes: BTreeSet<Scope>,
    expires_at: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    name: Option<Text<200>>,
    scopes: Option<BTreeSet<Scope>>,
    expires_at: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default = "a_day")]
    overlap_hours: u16,
    expires_at: Option<Instant>,
}

const fn a_day() -> u16 {
    24
}

/// The longest that an old secret stays good beside the new one: thirty days.
const MAX_OVERLAP_HOURS: u16 = 720;

/// `GET /api-keys`: without secrets.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Keys, &RESOURCE).await
}

/// `GET /api-keys/{id}`: without the secret.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("api_keys/get.sql");
    resource::get(request, host, Need::Keys, statement, id).await
}

/// `POST /api-keys` `{name, kind, scopes, expires_at?}` → 201 with `secret`, and for a signing key `keyid`. The secret is
/// not shown again: a request that is repeated with its `Idempotency-Key` gets the key with `"secret": null`.
///
/// # Errors
/// 400 naming the field; 401, 403, 413.
pub async fn create(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewKey>().await?;
    let id = new_id(host);
    let fresh = Fresh::make(host, wanted.kind, id, 1)?;
    let args = json!({
        "id": id,
        "name": wanted.name,
        "kind": wanted.kind,
        "scopes": some_of(&wanted.scopes)?,
        "expires_at": wanted.expires_at,
        "hash": fresh.hash,
        "hint": fresh.hint,
        "made": fresh.made,
    });
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("api_keys/create.sql");
    let reply = session
        .change(host, Need::Keys, statement, &args, idempotency)
        .await?;
    fresh.shown_in(reply)
}

/// `PATCH /api-keys/{id}` `{name?, scopes?, expires_at?}`, on the condition of `If-Match`. A key only ever loses power:
/// scopes can be taken away and the end brought forward.
///
/// # Errors
/// 400 naming the field, 404, 409 when the key is revoked, 412; 401, 403, 413.
pub async fn change(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let version = if_match(request)?;
    let (changes, body) = request.json::<Changes>().await?;
    let args = json!({
        "id": id,
        "name": changes.name,
        "scopes": changes.scopes.as_ref().map(some_of).transpose()?,
        "expires_at": changes.expires_at,
        "if_match": version,
    });
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("api_keys/change.sql");
    session
        .change(host, Need::Keys, statement, &args, idempotency)
        .await
}

/// `POST /api-keys/{id}/rotate` `{overlap_hours?, expires_at?}` → 200 with the new `secret`; the one before stays good for
/// `overlap_hours` (24 when not said, 0 to 720). Only who made the key can do it, since the secret acts as them.
///
/// # Errors
/// 400 naming the field, 404, 409 when the key is revoked or being rotated, 412; 401, 403, 413.
pub async fn rotate(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    #[derive(Deserialize)]
    struct Known {
        kind: Kind,
        generation: u32,
    }
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let version = if_match(request)?;
    let (wanted, body) = rotation(request).await?;
    let known = include_str!("api_keys/get.sql");
    let known = session
        .read(host, Need::Keys, known, &json!({"id": id}))
        .await?;
    if known.is_empty() {
        return Err(Error::not_found());
    }
    let known: Known = serde_json::from_str(&known).map_err(Error::internal)?;
    let generation = known.generation.saturating_add(1);
    let fresh = Fresh::make(host, known.kind, id, generation)?;
    let args = json!({
        "id": id,
        "generation": generation,
        "hash": fresh.hash,
        "hint": fresh.hint,
        "overlap_hours": wanted.overlap_hours,
        "expires_at": wanted.expires_at,
        "if_match": version,
        "made": fresh.made,
    });
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("api_keys/rotate.sql");
    let reply = session
        .change(host, Need::Keys, statement, &args, idempotency)
        .await?;
    fresh.shown_in(reply)
}

/// `DELETE /api-keys/{id}` → 204: the key is good for nothing from now on.
///
/// # Errors
/// 404, 412; 401, 403.
pub async fn revoke(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("api_keys/revoke.sql");
    resource::delete(request, host, Need::Keys, statement, id).await
}

async fn rotation(request: &mut Request) -> Result<(Rotation, Vec<u8>)> {
    request.require_type("application/json")?;
    let body = request.bytes(MAX_JSON_BYTES).await?;
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    let wanted: Rotation = parse_json(text)?;
    if wanted.overlap_hours > MAX_OVERLAP_HOURS {
        let issue = format!("takes 0 to {MAX_OVERLAP_HOURS} hours");
        return Err(Error::field("overlap_hours", issue));
    }
    Ok((wanted, body))
}

fn some_of(scopes: &BTreeSet<Scope>) -> Result<&BTreeSet<Scope>> {
    match scopes.is_empty() {
        true => Err(Error::field("scopes", "names one thing at least")),
        false => Ok(scopes),
    }
}

/// A secret that was made for this request, and what is stored of it.
struct Fresh {
    secret: Secret<String>,
    hash: String,
    hint: String,
    keyid: Option<String>,
    /// Comes back with the row that the secret belongs to, and with no other.
    made: Uuid,
}

impl Fresh {
    fn make(host: &impl Host, kind: Kind, id: Uuid, generation: u32) -> Result<Self> {
        let (secret, keyid) = match kind {
            Kind::Bearer => (api_key::make(id, host), None),
            Kind::Signing => {
                let masters = Masters::of(host)?;
                let key = KeyId {
                    master: masters.newest()?.to_owned(),
                    id,
                    generation,
                };
                let secret = masters.secret(&key);
                let secret =
                    secret.ok_or_else(|| Error::internal("`signing_keys` lost its first"))?;
                (secret, Some(key.to_string()))
            }
        };
        Ok(Self {
            hash: api_key::hash(secret.expose()),
            hint: keyid
                .clone()
                .unwrap_or_else(|| api_key::hint(secret.expose())),
            secret,
            keyid,
            made: new_id(host),
        })
    }

    /// `reply` with the secret beside the row, where the row is the one that has it. The database never sees it, and so no
    /// stored answer does.
    fn shown_in(&self, mut reply: Reply) -> Result<Reply> {
        let mut row: Map<String, Value> =
            serde_json::from_slice(&reply.body).map_err(Error::internal)?;
        let secret = match row.remove("made") == Some(json!(self.made)) {
            true => self.secret.expose().as_str().into(),
            false => {
                let note = "The secret was shown in the first answer to this request. If that was lost, rotate the key.";
                row.insert("note".to_owned(), note.into());
                Value::Null
            }
        };
        if self.keyid.is_some() {
            let keyid = row.get("hint").cloned().unwrap_or_default();
            row.insert("keyid".to_owned(), keyid);
        }
        row.insert("secret".to_owned(), secret);
        reply.body = Value::Object(row).to_string().into();
        Ok(reply)
    }
}
