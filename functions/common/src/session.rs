//! Who asks, in which workspace, and the one round trip in which Postgres checks and answers.

mod idempotency;
mod need;

pub use idempotency::Idempotency;
pub use need::Need;

use crate::cors::Origin;
use crate::error::{Error, Kind, Result};
use crate::identity::{self, Caller, Via};
use crate::limits::{Class, Limit};
use crate::outcome;
use crate::ports::{Host, Param, Repeat};
use crate::reply::Reply;
use crate::request::{Aside, Request};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use uuid::Uuid;

const SERVE: &str = include_str!("session/serve.sql");

/// A verified caller, in a workspace or for themselves; that they may is checked by the statement itself.
pub struct Session {
    caller: Caller,
    path: String,
    context: Value,
    class: Class,
    counted: Cell<bool>,
    aside: Rc<RefCell<Aside>>,
    /// A signature's nonce is stored by the first statement of its request, and none of the others' business.
    nonce_is_stored: Cell<bool>,
}

/// The first line of `hub.serve`'s answer.
#[derive(Deserialize)]
struct Head {
    refused: Option<String>,
    #[serde(default)]
    limits: Vec<Limit>,
}

impl Session {
    /// Finds out who calls and in which workspace: the token's claim or the key's, else `X-Workspace`.
    ///
    /// # Errors
    /// 401 without a valid proof; 403 when `X-Workspace` names another workspace than the token;
    /// 400 when neither names one.
    pub async fn open(request: &Request, host: &impl Host) -> Result<Self> {
        let caller = identity::authenticate(request, host).await?;
        let workspace = workspace(&caller, request, None)?;
        Self::of(request, host, caller, workspace)
    }

    /// As [`Session::open`], for addresses that name a workspace themselves: who names none elsewhere means this one.
    ///
    /// # Errors
    /// 401 without a valid proof; 403 when `X-Workspace` names another workspace than the token.
    pub async fn at(request: &Request, host: &impl Host, named: Uuid) -> Result<Self> {
        let caller = identity::authenticate(request, host).await?;
        let workspace = workspace(&caller, request, Some(named))?;
        Self::of(request, host, caller, workspace)
    }

    /// Finds out who calls, for what they do in no workspace: with [`Need::Personal`], statements see
    /// `hub.user_id()` and no `hub.workspace()`.
    ///
    /// # Errors
    /// 401 without a valid proof; 403 for keys and for tokens that are limited to a workspace.
    pub async fn personal(request: &Request, host: &impl Host) -> Result<Self> {
        let caller = identity::authenticate(request, host).await?;
        if caller.key.is_some() || caller.workspace.is_some() {
            return Err(Error::new(
                Kind::Forbidden,
                "Only a person who is signed in may do this, not a key or a token limited to a workspace.",
            ));
        }
        Self::of(request, host, caller, None)
    }

    fn of(
        request: &Request,
        host: &impl Host,
        caller: Caller,
        workspace: Option<String>,
    ) -> Result<Self> {
        let origin = Origin::of(request, host.settings())?;
        let mut context = caller.context();
        if let Some(fields) = context.as_object_mut() {
            let user_agent = request.header("user-agent");
            let user_agent = user_agent.map(|text| text.chars().take(300).collect::<String>());
            for (name, value) in [
                ("workspace", workspace),
                ("request_id", Some(request.request_id.clone())),
                ("ip", request.client_address()),
                ("user_agent", user_agent),
                ("origin", origin.foreign().map(str::to_owned)),
            ] {
                if let Some(value) = value {
                    fields.insert(name.to_owned(), value.into());
                }
            }
        }
        Ok(Self {
            caller,
            path: request.path.trim_end_matches('/').to_owned(),
            context,
            class: match request.method {
                Method::GET | Method::HEAD => Class::Read,
                _ => Class::Write,
            },
            counted: Cell::new(false),
            aside: Rc::clone(&request.aside),
            nonce_is_stored: Cell::new(false),
        })
    }

    /// Counts this session's request as `class`, not as what its method implies.
    #[must_use]
    pub const fn counted_as(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// Who calls.
    pub const fn caller(&self) -> &Caller {
        &self.caller
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
        #[derive(Deserialize)]
        struct Row {
            version: Option<i64>,
        }
        let row = self.read(host, need, statement, args).await?;
        if row.is_empty() {
            return Err(Error::not_found());
        }
        let version = serde_json::from_str::<Row>(&row)
            .ok()
            .and_then(|row| row.version);
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
        let text = self.serve(host, need, statement, args, idempotency, repeat);
        self.take_aside(text.await?)
    }

    async fn serve(
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
            // A request counts once, however many statements it takes.
            if !self.counted.replace(true) {
                fields.insert("class".to_owned(), self.class.name().into());
            }
            if let Some(Idempotency { key, fingerprint }) = idempotency {
                fields.insert("idempotency_key".to_owned(), key.into());
                fields.insert("fingerprint".to_owned(), fingerprint.into());
            }
            if let (Some(Value::Object(key)), true) =
                (fields.get_mut("key"), self.nonce_is_stored.get())
            {
                key.remove("nonce");
            }
        }
        let params = vec![
            Param::Json(context.to_string()),
            Param::Text(statement.to_owned()),
            Param::Json(args.to_string()),
        ];
        // A signature is good once: sent again after a broken connection it would be taken for a replay.
        let repeat = match self.caller.via {
            Via::Signature => Repeat::Unsafe,
            _ => repeat,
        };
        let text = host.text(SERVE, params, repeat).await?;
        self.nonce_is_stored.set(true);
        Ok(text)
    }

    /// Keeps the first line for the headers and gives the rest.
    fn take_aside(&self, mut text: String) -> Result<String> {
        let (line, _) = text
            .split_once('\n')
            .ok_or_else(|| Error::internal("hub.serve answered without its first line"))?;
        let head: Head = serde_json::from_str(line)
            .map_err(|error| Error::internal(format!("first line of hub.serve: {error}")))?;
        text.drain(..=line.len());
        let mut aside = self.aside.borrow_mut();
        if !head.limits.is_empty() {
            aside.limits = head.limits;
        }
        match head.refused {
            None => {
                aside.origin_listed = true;
                Ok(text)
            }
            Some(sqlstate) => Err(identity::refusal(&sqlstate)),
        }
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

/// A token's claim wins, and the header must not contradict it; a key's workspace is known to Postgres, which compares.
fn workspace(caller: &Caller, request: &Request, path: Option<Uuid>) -> Result<Option<String>> {
    let mut given = request.headers.get_all("x-workspace").iter();
    let named = given.next().and_then(|value| value.to_str().ok());
    let wanted = || {
        Error::field(
            "X-Workspace",
            "name the workspace (id or slug) in this header, or use a token that carries it",
        )
    };
    if given.next().is_some() {
        return Err(wanted());
    }
    match (&caller.workspace, named) {
        (Some(claimed), Some(named)) if claimed != named => {
            Err(Error::new(Kind::Forbidden, "You may not do this here."))
        }
        (Some(workspace), _) => Ok(Some(workspace.clone())),
        (None, Some(named)) if (1..=64).contains(&named.len()) => Ok(Some(named.to_owned())),
        (None, None) if caller.key.is_some() => Ok(None),
        (None, None) => path.map(|id| Some(id.to_string())).ok_or_else(wanted),
        (None, Some(_)) => Err(wanted()),
    }
}
