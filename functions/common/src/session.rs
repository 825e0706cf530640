//! Who asks, in which workspace, and the one round trip in which Postgres checks and answers.

use crate::error::{Error, Kind, Result};
use crate::outcome;
use crate::ports::{Host, Param, Repeat};
use crate::reply::Reply;
use crate::request::Request;
use crate::token::{self, Claims};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The right that a request needs; `hub.may` (migrations) says which role has which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// See the workspace's resources. Every role.
    Read,
    /// See the audit trail. Owner, admin, reviewer.
    Audit,
    /// Change products and listings. Owner, admin, operator.
    Catalogue,
    /// Connect and change stores. Owner, admin.
    Stores,
    /// Ask for approval. Owner, admin, operator.
    Request,
    /// Decide on approvals. Owner, admin, reviewer.
    Decide,
    /// Create and change jobs. Owner, admin, operator.
    Jobs,
}

impl Need {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Audit => "audit",
            Self::Catalogue => "catalogue",
            Self::Stores => "stores",
            Self::Request => "request",
            Self::Decide => "decide",
            Self::Jobs => "jobs",
        }
    }
}

const RUN: &str = include_str!("session/run.sql");

/// A verified caller in a workspace; the workspace's membership is checked by the statement itself.
pub struct Session {
    claims: Claims,
    path: String,
    context: Value,
}

impl Session {
    /// Verifies the bearer token and finds the workspace: the token's claim, else `X-Workspace`.
    ///
    /// # Errors
    /// 401 without a valid token; 403 when `X-Workspace` names another workspace than the token;
    /// 400 when neither names one.
    pub fn open(request: &Request, host: &impl Host) -> Result<Self> {
        let unauthorized = || Error::new(Kind::Unauthorized, "A valid bearer token is needed.");
        let token = request
            .header("authorization")
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(unauthorized)?;
        let claims = token::verify(token, host.settings().text("jwt_secret")?, host.now_ms())?;
        let workspace = workspace(&claims, request.header("x-workspace"))?;
        let context = json!({
            "user": claims.sub,
            "workspace": workspace,
            "request_id": request.request_id,
            "ip": client_address(request),
            "user_agent": request.header("user-agent").map(|text| text.chars().take(300).collect::<String>()),
        });
        let path = request.path.trim_end_matches('/').to_owned();
        Ok(Self {
            claims,
            path,
            context,
        })
    }

    /// The caller.
    pub const fn user(&self) -> uuid::Uuid {
        self.claims.sub
    }

    /// Runs a reading statement and returns its text; empty when it found nothing.
    ///
    /// # Errors
    /// 403 for who is no member, 503 when the database is away, 400 when a value does not fit.
    pub async fn read(
        &self,
        host: &impl Host,
        need: Need,
        statement: &str,
        args: &Value,
    ) -> Result<String> {
        self.run(host, need, statement, args, None, Repeat::Safe)
            .await
    }

    /// The answer of a statement that gives one row's JSON or nothing (404).
    ///
    /// # Errors
    /// As [`Session::read`], and 404.
    pub async fn one(
        &self,
        host: &impl Host,
        need: Need,
        statement: &str,
        args: &Value,
    ) -> Result<Reply> {
        #[derive(serde::Deserialize)]
        struct Head {
            version: Option<i64>,
        }
        let row = self.read(host, need, statement, args).await?;
        if row.is_empty() {
            return Err(Error::not_found());
        }
        let version = serde_json::from_str::<Head>(&row)
            .ok()
            .and_then(|head| head.version);
        Ok(Reply::json(StatusCode::OK, row).with_version(version))
    }

    /// Runs a changing statement, which answers with an [`outcome`] envelope. With `idempotency`
    /// (from [`Idempotency::of`]) a repeated request gets the first answer and changes nothing.
    ///
    /// # Errors
    /// As [`Session::read`], and whatever the outcome says.
    pub async fn change(
        &self,
        host: &impl Host,
        need: Need,
        statement: &str,
        args: &Value,
        idempotency: Option<Idempotency>,
    ) -> Result<Reply> {
        // With a key the statement may be sent twice: the second finds the first's answer.
        let repeat = match idempotency {
            Some(_) => Repeat::Safe,
            None => Repeat::Unsafe,
        };
        let text = self
            .run(host, need, statement, args, idempotency, repeat)
            .await?;
        outcome::reply(&text, &self.path)
    }

    async fn run(
        &self,
        host: &impl Host,
        need: Need,
        statement: &str,
        args: &Value,
        idempotency: Option<Idempotency>,
        repeat: Repeat,
    ) -> Result<String> {
        let mut context = self.context.clone();
        if let Some(fields) = context.as_object_mut() {
            fields.insert("need".to_owned(), need.name().into());
            if let Some(Idempotency { key, fingerprint }) = idempotency {
                fields.insert("idempotency_key".to_owned(), key.into());
                fields.insert("fingerprint".to_owned(), fingerprint.into());
            }
        }
        let params = vec![
            Param::Json(context.to_string()),
            Param::Text(statement.to_owned()),
            Param::Json(args.to_string()),
        ];
        Ok(host.text(RUN, params, repeat).await?)
    }
}

/// Bound to one caller's one request: its key, and a fingerprint of what was asked.
pub struct Idempotency {
    key: String,
    fingerprint: String,
}

impl Idempotency {
    /// The request's `Idempotency-Key`, if it has one, with the fingerprint of method, path and `body`.
    ///
    /// # Errors
    /// 400 when the key is empty, longer than 255 characters or not printable ASCII.
    pub fn of(request: &Request, body: &[u8]) -> Result<Option<Self>> {
        let Some(key) = request.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=255).contains(&key.len()))
            .ok_or_else(|| {
                Error::field(
                    "Idempotency-Key",
                    "takes 1 to 255 printable ASCII characters",
                )
            })?;
        let mut hash = Sha256::new();
        for part in [
            request.method.as_str().as_bytes(),
            request.path.as_bytes(),
            body,
        ] {
            hash.update(part);
            hash.update([0]);
        }
        let fingerprint = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Some(Self {
            key: key.to_owned(),
            fingerprint,
        }))
    }
}

/// The version that `If-Match` names: none without the header or with `*`.
///
/// # Errors
/// 400 when it is not one of our entity tags.
pub fn if_match(request: &Request) -> Result<Option<i64>> {
    match request.header("if-match").map(str::trim) {
        None | Some("*") => Ok(None),
        Some(tag) => tag
            .strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .and_then(|version| version.parse().ok())
            .map(Some)
            .ok_or_else(|| {
                Error::field("If-Match", "takes the ETag of the resource, such as \"3\"")
            }),
    }
}

fn workspace(claims: &Claims, header: Option<&str>) -> Result<String> {
    match (&claims.workspace, header) {
        (Some(claimed), Some(named)) if claimed != named => {
            Err(Error::new(Kind::Forbidden, "You may not do this here."))
        }
        (Some(workspace), _) => Ok(workspace.clone()),
        (None, Some(named)) if (1..=64).contains(&named.len()) => Ok(named.to_owned()),
        (None, _) => Err(Error::field(
            "X-Workspace",
            "name the workspace (id or slug) in this header, or use a token that carries it",
        )),
    }
}

/// The client's address as the trigger saw it (`spin-client-addr`, `ip:port`).
fn client_address(request: &Request) -> Option<String> {
    let text = request.header("spin-client-addr")?;
    let address: std::net::SocketAddr = text.parse().ok()?;
    Some(address.ip().to_string())
}
