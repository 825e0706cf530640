//! The keys of an identity provider, from its address (a JWK Set, RFC 7517 section 5).
//!
//! An instance keeps them for ten minutes. Then, or when a token names a key that is not among them, it asks the
//! row in Postgres that all instances share (`hub.jwks_take`), and that says whether to fetch: one instance at
//! a time does, twice in half a minute at most; the others go on with what there is, or wait for it. When a fetch
//! fails the set that was there goes on being good, for a day at most.

mod answer;
mod fetch;
mod held;
mod set;
#[cfg(test)]
mod tests;

pub use held::Held;

use super::jwt::{Key, Memory, Token, Trust, only_key_for};
use crate::error::{Error, Kind, Result};
use crate::ports::{Host, Param, Repeat};
use answer::Answer;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long a set is good without asking again, in milliseconds. `hub.jwks_take` has the same figure.
pub const FRESH_MS: i64 = 10 * 60 * 1000;
/// How long a set is good when its address doesn't answer, in milliseconds.
pub const STALE_MS: i64 = 24 * 60 * 60 * 1000;
/// The least time between two fetches, in milliseconds. `hub.jwks_take` has the same figure.
pub const FLOOR_MS: i64 = 30 * 1000;
/// How often, and how long each time, an instance waits for another one's fetch: three seconds together.
const WAITS: u32 = 15;
const WAIT: Duration = Duration::from_millis(200);

const TAKE: &str = include_str!("jwks/take.sql");
const KEEP: &str = include_str!("jwks/keep.sql");

/// An identity provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Where its keys are.
    pub url: String,
    /// What they are good for.
    pub trust: Trust,
}

/// The provider's key for `token`; none when it has no such key, or more than one.
///
/// # Errors
/// 503 when its keys were never seen or not for a day, and can't be had now.
pub(super) async fn key_for(
    memory: &Memory,
    provider: &Provider,
    token: &Token<'_>,
    host: &impl Host,
) -> Result<Option<Arc<Key>>> {
    let mut held = Held::of(memory, provider);
    if held.suffices(token, host.now_ms()) {
        return held.key_for(token, host.now_ms());
    }
    for _ in 0..WAITS {
        let found = held.key_for(token, host.now_ms());
        let missing = !matches!(found, Ok(Some(_)));
        let answer = take(host, provider, held.version, missing).await;
        let news = held.learn(&answer, provider, host.now_ms());
        if answer.fetch {
            fetch::fetch(&mut held, provider, answer.attempt, host).await;
        }
        memory.hold(held.clone());
        let found = held.key_for(token, host.now_ms());
        let settled = matches!(found, Ok(Some(_))) || !(news || answer.pending);
        if answer.fetch || settled {
            return found;
        }
        if !news {
            host.sleep(WAIT).await;
        }
    }
    held.key_for(token, host.now_ms())
}

/// Asks the row. A component without a database, or whose database is away, sees to its keys alone.
async fn take(host: &impl Host, provider: &Provider, version: i64, missing: bool) -> Answer {
    if host.settings().text("database_url").is_err() {
        return Answer::alone();
    }
    let asked = json!({"url": provider.url, "version": version, "missing": missing});
    let answer = host
        .text(TAKE, vec![Param::Json(asked.to_string())], Repeat::Safe)
        .await
        .map_err(Error::from)
        .and_then(|text| serde_json::from_str(&text).map_err(Error::internal));
    answer.unwrap_or_else(|error| {
        host.log(json!({"event": "jwks.not_shared", "error.source": error.source}));
        Answer::alone()
    })
}

fn unavailable() -> Error {
    Error {
        source: Some("the identity provider's keys could not be fetched".to_owned()),
        ..Error::new(
            Kind::Unavailable,
            "The identity provider can't be reached right now; try again in a moment.",
        )
    }
}
