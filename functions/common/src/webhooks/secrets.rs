//! The secrets that deliveries are verified with, read from the database and remembered for a short while.

use crate::credentials::{KeyRing, Place, open};
use crate::error::{Error, Result};
use crate::ports::{Host, Param, Repeat};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use uuid::Uuid;

/// How long a secret is believed without being looked up, in milliseconds. A new one counts at once: what does
/// not verify is looked up again.
const REMEMBERED_MS: i64 = 30_000;
/// How many senders are remembered at most.
const MOST: usize = 1000;

/// Whose deliveries an instance verified lately, with what.
#[derive(Default)]
pub struct Memory {
    known: RefCell<HashMap<Uuid, (i64, Rc<Signers>)>>,
}

impl Memory {
    pub(super) fn recall(&self, sender: Uuid, now_ms: i64) -> Option<Rc<Signers>> {
        let known = self.known.borrow();
        let (until_ms, signers) = known.get(&sender)?;
        (now_ms < *until_ms).then(|| Rc::clone(signers))
    }

    pub(super) fn keep(&self, sender: Uuid, signers: Rc<Signers>, now_ms: i64) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(sender, (now_ms.saturating_add(REMEMBERED_MS), signers));
    }
}

/// Whose deliveries come in, and what signs them.
#[derive(Debug)]
pub(super) struct Signers {
    /// The store's channel; none for a product management system, and where there is nobody.
    pub platform: Option<String>,
    /// The current secret, then the previous one while it is still good. Never empty ones.
    pub secrets: Vec<Secret<String>>,
    /// Why there is none, for the log.
    pub absent: &'static str,
}

impl Signers {
    const fn nobody(absent: &'static str) -> Self {
        Self {
            platform: None,
            secrets: Vec::new(),
            absent,
        }
    }
}

#[derive(Deserialize)]
struct Target {
    workspace_id: String,
    platform: String,
    credentials: String,
    previous_credentials: Option<String>,
}

/// What signs the notifications of `store`: the field `credential` of its credentials.
///
/// # Errors
/// 503 when the database is away. A store that is none, or whose credentials don't open, has no signers: the
/// sender can't tell the one from the other.
pub(super) async fn channel_signers(
    host: &impl Host,
    ring: &KeyRing,
    store: Uuid,
    credential: &str,
) -> Result<Signers> {
    let id = store.to_string();
    let statement = include_str!("target.sql");
    let found: Option<Target> = look_up(host, statement, &json!({ "store_id": store })).await?;
    let Some(target) = found else {
        return Ok(Signers::nobody("there is no such store"));
    };
    let place = Place {
        workspace: &target.workspace_id,
        table: "stores",
        row: &id,
        column: "credentials",
    };
    let sealed = [Some(target.credentials), target.previous_credentials];
    let secrets = opened(ring, &place, sealed, |plain| {
        let credentials: Secret<Value> = serde_json::from_str(plain.expose()).ok()?;
        let secret = credentials.expose().get(credential)?.as_str()?;
        Some(Secret::new(secret.to_owned()))
    });
    Ok(Signers {
        platform: Some(target.platform),
        secrets,
        absent: "the store has no secret for notifications, or is on another platform",
    })
}

#[derive(Deserialize)]
struct KeyRow {
    workspace_id: String,
    secret: String,
    previous_secret: Option<String>,
}

/// What signs the events that come under `key`.
///
/// # Errors
/// 503 when the database is away.
pub(super) async fn key_signers(host: &impl Host, ring: &KeyRing, key: Uuid) -> Result<Signers> {
    let id = key.to_string();
    let statement = include_str!("key.sql");
    let found: Option<KeyRow> = look_up(host, statement, &json!({ "key_id": key })).await?;
    let Some(row) = found else {
        return Ok(Signers::nobody(
            "there is no such key, or it is revoked or expired",
        ));
    };
    let place = crate::webhook_keys::place(&row.workspace_id, &id);
    let secrets = opened(ring, &place, [Some(row.secret), row.previous_secret], Some);
    Ok(Signers {
        platform: None,
        secrets,
        absent: "the key's secret does not open",
    })
}

async fn look_up<T: for<'de> Deserialize<'de>>(
    host: &impl Host,
    statement: &'static str,
    args: &Value,
) -> Result<Option<T>> {
    let params = vec![Param::Json(args.to_string())];
    let text = host.text(statement, params, Repeat::Safe).await?;
    if text.is_empty() {
        return Ok(None);
    }
    // The parser's own message could quote what is sealed.
    let row = serde_json::from_str(&text);
    row.map(Some)
        .map_err(|_| Error::internal("the sender's row has another shape"))
}

/// The secrets in `sealed` that open and are not empty: with an empty one anybody could sign.
fn opened(
    ring: &KeyRing,
    place: &Place<'_>,
    sealed: [Option<String>; 2],
    secret_in: impl Fn(Secret<String>) -> Option<Secret<String>>,
) -> Vec<Secret<String>> {
    sealed
        .into_iter()
        .flatten()
        .filter_map(|sealed| open(ring, place, &sealed).ok())
        .filter_map(secret_in)
        .filter(|secret| !secret.expose().is_empty())
        .collect()
}
