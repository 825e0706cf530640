//! `/invitations`: how somebody becomes a member. An invitation is a token that works once, shown once, kept as its hash;
//! whoever holds it and is signed in accepts it. An address on it is a note for people and decides nothing.

mod token;

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::fields::Text;
use crate::members::Role;
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource;
use crate::session::{Idempotency, Need, Session};
use crate::stores::new_id;
use crate::workspaces::arriving;
use http::StatusCode;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value, json};
use token::Token;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.invitations",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("role", Kind::Text),
        Column::new("email", Kind::Text),
        Column::new("status", Kind::Text),
        Column::new("expires_at", Kind::Time),
        Column::new("accepted_at", Kind::Time),
        Column::new("accepted_by", Kind::Uuid),
        Column::new("revoked_at", Kind::Time),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
    ],
    default_order: "created_at.desc",
};

/// How long an invitation is good for, in hours: 1 to 168, 72 if nobody says.
#[derive(Clone, Copy)]
struct Hours(u8);

impl Default for Hours {
    fn default() -> Self {
        Self(72)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hours = i64::deserialize(deserializer)?;
        u8::try_from(hours)
            .ok()
            .filter(|hours| (1..=168).contains(hours))
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be a whole number from 1 to 168"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    role: Role,
    email: Option<Text<254>>,
    #[serde(default)]
    expires_in_hours: Hours,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    token: String,
}

/// `GET /invitations`: without tokens.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401; 403 for all but owners and admins.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Members, &RESOURCE).await
}

/// `GET /invitations/{id}`: without its token.
///
/// # Errors
/// 404 when there is none in this workspace; 401; 403 for all but owners and admins.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("invitations/get.sql");
    resource::get(request, host, Need::Members, statement, id).await
}

/// `POST /invitations` `{role, email?, expires_in_hours?}` → 201 with `token` and `url`, which are not shown again: a
/// request that is repeated with its `Idempotency-Key` gets the invitation without them. The token is in the address's fragment,
/// which browsers keep from servers and their logs.
///
/// # Errors
/// 400 naming the field; 401; 403 for all but owners and admins, and for admins who invite an owner; 409 for too many.
pub async fn create(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewInvitation>().await?;
    let public_url = host.settings().text("public_url")?.trim_end_matches('/');
    let (id, token) = (new_id(host), Token::random(host));
    let args = json!({
        "id": id,
        "role": wanted.role,
        "email": wanted.email,
        "hours": wanted.expires_in_hours.0,
        "token_hash": token.hash(),
    });
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("invitations/create.sql");
    let mut reply = session
        .change(host, Need::Members, statement, &args, idempotency)
        .await?;
    let mut row: Map<String, Value> =
        serde_json::from_slice(&reply.body).map_err(Error::internal)?;
    // The answer to a repeated request tells of the first one's invitation: this token is not its.
    if row.get("id") == Some(&json!(id)) {
        let url = format!("{public_url}/invitations/accept#token={}", token.expose());
        row.insert("token".to_owned(), token.expose().into());
        row.insert("url".to_owned(), url.into());
    }
    reply.body = Value::Object(row).to_string().into();
    Ok(reply)
}

/// `DELETE /invitations/{id}` → 204: nobody gets in by it any more.
///
/// # Errors
/// 404; 409 when it was accepted; 412; 401; 403 for all but owners and admins.
pub async fn revoke(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("invitations/revoke.sql");
    resource::delete(request, host, Need::Members, statement, id).await
}

/// `POST /invitations/accept` `{token}` → 200 with the workspace: whoever is signed in is a member of it now.
///
/// # Errors
/// 404 for a token that is unknown, expired, used or revoked, without saying which; 409 for who is a member already; 401;
/// 403 for keys and tokens limited to a workspace.
pub async fn accept(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::personal(request, host).await?;
    let (given, body) = request.json::<Acceptance>().await?;
    // What is no token has the hash of none: it takes the same way and the same time.
    let hash = Token::parse(given.token).map_or_else(|| "00".repeat(32), |token| token.hash());
    let args = arriving(session.caller(), json!({"token_hash": hash}));
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("invitations/accept.sql");
    let accepted = session
        .change(host, Need::Personal, statement, &args, idempotency)
        .await;
    accepted.map_err(|error| match error.kind {
        ErrorKind::NotFound => Error::new(
            ErrorKind::NotFound,
            "This invitation is not good (any more). Ask for another one.",
        ),
        _ => error,
    })
}

/// `GET /invitations/accept`: for who opens the link in a browser that no page of the shop's own answers to.
pub fn explain() -> Reply {
    let help = json!({"message": "This is an invitation to a workspace. Sign in, then POST {\"token\": …} to this address with what stands behind #token= in the link."});
    Reply::json(StatusCode::OK, help.to_string())
}
