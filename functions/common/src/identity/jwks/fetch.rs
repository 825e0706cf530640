//! One fetch, and what becomes of it.

use super::set::{Set, parse};
use super::{Held, KEEP, Provider};
use crate::error::Error;
use crate::ports::{Host, HttpRequest, Param, Repeat};
use serde_json::{Value, json};
use std::time::Duration;

/// For the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the provider's address; a set that comes is held and shared, a failure leaves `held` as it is. Either
/// way the row is told that the `attempt` is over.
pub(super) async fn fetch(
    held: &mut Held,
    provider: &Provider,
    attempt: Option<i64>,
    host: &impl Host,
) {
    let came = ask(provider, host).await;
    let now_ms = host.now_ms();
    log(provider, &came, held.age_ms(now_ms), host);
    let text = came.as_ref().ok().map(|(text, _)| text.as_str());
    let version = match attempt {
        Some(attempt) => share(provider, attempt, text, host).await,
        None => 0,
    };
    if let Ok((_, set)) = came {
        held.replace(set.keys, version, now_ms);
    }
}

async fn ask(provider: &Provider, host: &impl Host) -> Result<(String, Set), String> {
    let request: HttpRequest = http::Request::get(&provider.url)
        .header("accept", "application/json")
        .body(Vec::new())
        .map_err(|error| error.to_string())?;
    let response = host
        .send(request, TIMEOUT)
        .await
        .map_err(|error| format!("{error:?}"))?;
    if response.status() != http::StatusCode::OK {
        return Err(format!("it answered {}", response.status().as_u16()));
    }
    let text = String::from_utf8(response.into_body()).map_err(|_| "the answer is not text")?;
    let set = parse(&text, provider)?;
    Ok((text, set))
}

/// The row's version with the set in it; 0 when it was not taken.
async fn share(provider: &Provider, attempt: i64, text: Option<&str>, host: &impl Host) -> i64 {
    let came = json!({"url": provider.url, "attempt": attempt, "keys": text});
    let kept = host
        .text(KEEP, vec![Param::Json(came.to_string())], Repeat::Safe)
        .await;
    match kept {
        Ok(version) => version.parse().unwrap_or(0),
        Err(error) => {
            let source = Error::from(error).source;
            host.log(json!({"event": "jwks.not_shared", "error.source": source}));
            0
        }
    }
}

fn log(
    provider: &Provider,
    came: &Result<(String, Set), String>,
    age_ms: Option<i64>,
    host: &impl Host,
) {
    let mut line = json!({"event": "jwks.fetched", "jwks.url": provider.url});
    let mut set = |name: &str, value: Value| {
        if let Some(fields) = line.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    match came {
        Ok((_, keys)) => {
            let skipped: Vec<&str> = keys.skipped.iter().map(|why| why.0).collect();
            set("jwks.keys", keys.keys.len().into());
            set("jwks.skipped", skipped.into());
        }
        Err(why) => {
            set("event", "jwks.fetch_failed".into());
            set("error.source", why.as_str().into());
            // The set that goes on being good, if there is one.
            set("jwks.age_ms", age_ms.into());
        }
    }
    host.log(line);
}
