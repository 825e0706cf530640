//! `GET /oauth/callback`: the channel sends the shop's owner back.

use super::page::{error_page, page};
use super::{StoreRow, credentials_place, hash, opened, plugin, refused, ring, verifier_place};
use crate::credentials::{open, seal};
use crate::error::{Error, Kind, Result};
use crate::platform::{
    Action, CodeGrant, Level, Limits, Operation, OperationKind, Outcome, Platform, PlatformError,
    drive,
};
use crate::ports::{Host, Param, Repeat};
use crate::query::parameters;
use crate::reply::Reply;
use crate::request::Request;
use crate::secret::Secret;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// How long the owner's browser may wait for the channel to take the code.
const BUDGET: Duration = Duration::from_secs(20);
/// The longest text of the channel's that a message repeats.
const LONGEST_REASON: usize = 200;

type Query = Vec<(String, String)>;

/// A consumed state, and what it stood for.
#[derive(Deserialize)]
struct Connection {
    id: Uuid,
    workspace_id: String,
    user_id: Uuid,
    redirect_uri: String,
    /// Sealed.
    verifier: String,
    store: StoreRow,
}

/// `GET /oauth/callback[/{platform}]?state=…&code=…`: turns the code into credentials, stores them sealed and makes the
/// store active. A browser gets a page, others JSON.
///
/// # Errors
/// 400 for a state that was never given, used before or too old; 403 when who asked may not any more; 409 when the
/// owner declined or the channel refused; 429 for too many from one address; 503 when it can't be reached. All say what to do.
pub async fn callback(
    request: &Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
    named: Option<&str>,
) -> Result<Reply> {
    let accept = request.header("accept").unwrap_or_default();
    let is_browser = accept.contains("text/html");
    match answer(request, host, platforms, named).await {
        Ok(store) if is_browser => Ok(page(
            StatusCode::OK,
            "The store is connected",
            &format!("{} can be used now. You can close this page.", store.name),
        )),
        Ok(store) => Ok(Reply::json(
            StatusCode::OK,
            json!({"status": "connected", "store_id": store.id, "platform": store.platform, "name": store.name})
                .to_string(),
        )),
        // What has a source is logged with it, by the border.
        Err(error) if is_browser && error.source.is_none() => Ok(error_page(&error)),
        Err(error) => Err(error),
    }
}

async fn answer(
    request: &Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
    named: Option<&str>,
) -> Result<StoreRow> {
    let query = parameters::decode(&request.query)?;
    let connection = consume(request, host, only(&query, "state")?).await?;
    let slug = connection.store.platform.as_str();
    if named.is_some_and(|named| named != slug) {
        return Err(Error::field(
            "platform",
            "is not the one that this address was given for",
        ));
    }
    let platform = plugin(platforms, slug)?;
    if let Some((_, error)) = query.iter().find(|(name, _)| name == "error") {
        return Err(declined(platform, error, &query));
    }
    let (outcome, old) = exchange(host, platform, &connection, query).await?;
    complete(request, host, platform, &connection, outcome, old).await?;
    Ok(connection.store)
}

/// The value of a parameter that is given exactly once.
fn only<'q>(query: &'q Query, name: &str) -> Result<&'q str> {
    let mut values = query.iter().filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) if !value.is_empty() => Ok(value),
        _ => Err(Error::field(name, "is given once by the channel")),
    }
}

/// What the state stood for. It is used up, whatever comes after.
async fn consume(request: &Request, host: &impl Host, state: &str) -> Result<Connection> {
    let args = json!({
        "state_hash": hash(state),
        "request_id": request.request_id,
        "ip": request.client_address(),
    });
    let params = vec![Param::Json(args.to_string())];
    let text = host
        .text(
            include_str!("consume.sql"),
            params,
            Repeat::Unsafe, // a second look would find it used
        )
        .await?;
    let answer: Value = serde_json::from_str(&text).map_err(Error::internal)?;
    match answer.get("outcome").and_then(Value::as_str) {
        Some("ok") => serde_json::from_value(answer).map_err(Error::internal),
        Some("forbidden") => Err(Error::new(
            Kind::Forbidden,
            "Who asked for this connection may not change stores any more. \
             Have an owner or admin of the workspace ask with POST /stores/{id}/connect.",
        )),
        _ => Err(Error::field(
            "state",
            "is not valid any more: it works once, for ten minutes. \
             Ask for a new address with POST /stores/{id}/connect",
        )),
    }
}

/// The owner, or the channel for another reason, did not let us in (RFC 6749, 4.1.2.1).
fn declined(platform: &dyn Platform, error: &str, query: &Query) -> Error {
    let name = platform.descriptor().name;
    if error == "access_denied" {
        return Error::conflict(format!(
            "The shop's owner declined, so nothing was changed. \
             To try again ask for a new address with POST /stores/{{id}}/connect and agree at {name}."
        ));
    }
    let told = query.iter().find(|(key, _)| key == "error_description");
    let told = told.map_or("", |(_, text)| text);
    Error::conflict(format!(
        "{name} did not let us in ({}): {}. Check the app's settings there, then ask for a new address with \
         POST /stores/{{id}}/connect.",
        printable(error),
        printable(told)
    ))
}

/// Somebody else's text, harmless and short.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| *character == ' ' || character.is_ascii_graphic())
        .take(LONGEST_REASON)
        .collect()
}

/// What the channel gave for the code, and the credentials that the store had before.
async fn exchange(
    host: &impl Host,
    platform: &dyn Platform,
    connection: &Connection,
    query: Query,
) -> Result<(Outcome, Secret<Value>)> {
    let ring = ring(host)?;
    let id = connection.id.to_string();
    let place = verifier_place(&connection.workspace_id, &id);
    let verifier = open(&ring, &place, &connection.verifier).map_err(Error::internal)?;
    let grant = CodeGrant {
        query,
        verifier,
        redirect_uri: connection.redirect_uri.clone(),
    };
    let shop = opened(&ring, &connection.workspace_id, &connection.store)?;
    let operation = Operation::new(Action::ExchangeCode(Box::new(grant)), id);
    let limits = Limits {
        budget: BUDGET,
        ..Limits::default()
    };
    match drive(host, platform, &operation, &shop, &limits).await {
        Ok(outcome) => Ok((outcome, shop.credentials)),
        Err(error) => Err(match &error.cause {
            PlatformError::RetryAfter { reason, .. } => Error::new(
                Kind::Unavailable,
                format!(
                    "{} gave no answer: {reason}. Ask for a new address with POST /stores/{{id}}/connect in a moment.",
                    platform.descriptor().name
                ),
            ),
            cause => refused(platform, cause),
        }),
    }
}

async fn complete(
    request: &Request,
    host: &impl Host,
    platform: &dyn Platform,
    connection: &Connection,
    outcome: Outcome,
    old: Secret<Value>,
) -> Result<()> {
    let fresh = outcome.credentials.ok_or_else(|| {
        Error::internal("the plugin completed the exchange of a code without credentials")
    })?;
    let id = connection.store.id.to_string();
    let place = credentials_place(&connection.workspace_id, &id);
    let plain = Secret::json(merged(old, &fresh).expose()).map_err(Error::internal)?;
    let sealed = seal(&ring(host)?, host, &place, &plain).map_err(Error::internal)?;
    let webhooks = platform.descriptor().capability(OperationKind::Webhooks);
    let args = json!({
        "workspace_id": connection.workspace_id,
        "user_id": connection.user_id,
        "store_id": connection.store.id,
        "credentials": sealed,
        "config": outcome.config,
        "token_lifetime_s": outcome.token_lifetime.map(|time| time.as_secs()),
        "subscribe": webhooks.level != Level::Unsupported,
        "request_id": request.request_id,
    });
    let params = vec![Param::Json(args.to_string())];
    let statement = include_str!("complete.sql");
    // Writing the same twice changes nothing, and losing it would lose the owner's consent.
    let text = host.text(statement, params, Repeat::Safe).await?;
    let answer: Value = serde_json::from_str(&text).map_err(Error::internal)?;
    match answer.get("outcome").and_then(Value::as_str) {
        Some("ok") => Ok(()),
        _ => Err(Error::conflict(
            "The store was deleted meanwhile. Nothing was kept; take back the app's access at the channel.",
        )),
    }
}

/// `old` with what `fresh` names: what the exchange says nothing of (an app's secret) stays.
fn merged(mut old: Secret<Value>, fresh: &Secret<Value>) -> Secret<Value> {
    match (old.expose_mut().as_object_mut(), fresh.expose().as_object()) {
        (Some(fields), Some(fresh)) => {
            fields.extend(fresh.clone());
            old
        }
        _ => fresh.clone(),
    }
}
