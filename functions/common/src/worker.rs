//! What the schedules run: the worker's tick, the queue's maintenance, the watch over channels, the expiry of approvals,
//! the renewal of tokens, the sealing of the record and the rotation of keys.
//!
//! A tick claims a batch, runs all of it at once and reports what is finished together, without waiting for
//! the slowest; it claims again until its time is used up or nothing is left. Ticks overlap; the database
//! gives out no more than `worker_max` slots.

mod attempt;
mod channel;
mod effect;
mod end;
mod lease;
mod notification;
mod queue;
mod rotation;
mod seal;
mod tick;
mod vault;

pub use rotation::rotate_keys;
pub use seal::seal_audit;
pub use tick::tick;

use crate::platform::{Level, OperationKind, Platform};
use crate::ports::{Db, Host, Param, Repeat};
use crate::serve::request_id;
use crate::{Error, Result};
use serde_json::{Map, Value, json};

/// Takes back expired leases, repairs lanes, removes what is older than `retention_days` days. Answers the
/// numbers of each, and logs them when there was something to do.
///
/// # Errors
/// When the setting is missing or the database refuses.
pub async fn maintain<H: Host>(host: &H) -> Result<Value> {
    let days = host.settings().number("retention_days")?;
    let id = request_id(None, host);
    let args = json!({"retention_days": days, "request_id": id});
    let done = text(host, include_str!("worker/maintain.sql"), &args).await?;
    log_numbers(host, "job-maintenance", &id, &done);
    Ok(done)
}

/// Marks the approvals that nobody decided in time.
///
/// # Errors
/// When the database refuses.
pub async fn expire_approvals<H: Host>(host: &H) -> Result<Value> {
    let statement = include_str!("worker/expire_approvals.sql");
    let id = request_id(None, host);
    let done = text(host, statement, &json!({ "request_id": id })).await?;
    log_numbers(host, "approval-expiry", &id, &done);
    Ok(done)
}

/// Sees to what nobody asks for: subscriptions that a channel dropped, stores that have been silent for too
/// long, listings whose fate is open. Answers how many jobs that made.
///
/// # Errors
/// When the database refuses.
pub async fn watch<H: Host>(host: &H, platforms: &[&dyn Platform]) -> Result<Value> {
    let channels = platforms.iter().map(|platform| {
        let descriptor = platform.descriptor();
        let does = |kind| descriptor.capability(kind).level != Level::Unsupported;
        let abilities = json!({
            "poll_after_s": descriptor.constraints.poll_after_s,
            "webhooks": does(OperationKind::Webhooks),
            "orders": does(OperationKind::ReadOrders),
            "checks": does(OperationKind::CheckProduct),
        });
        (descriptor.slug.to_owned(), abilities)
    });
    let id = request_id(None, host);
    let args = json!({"channels": channels.collect::<Map<_, _>>(), "request_id": id});
    let done = text(host, include_str!("worker/watch.sql"), &args).await?;
    log_numbers(host, "channel-watch", &id, &done);
    Ok(done)
}

/// Enqueues the renewal of access tokens that end soon.
///
/// # Errors
/// When the database refuses.
pub async fn refresh_tokens<H: Host>(host: &H) -> Result<Value> {
    let statement = include_str!("worker/refresh_tokens.sql");
    let id = request_id(None, host);
    let done = text(host, statement, &json!({ "request_id": id })).await?;
    log_numbers(host, "token-refresh", &id, &done);
    Ok(done)
}

/// The id under which a tick's changes are recorded is in its log line.
fn log_numbers(host: &impl Host, event: &str, id: &str, done: &Value) {
    let worked = done
        .as_object()
        .is_some_and(|numbers| numbers.values().any(|number| number.as_i64() != Some(0)));
    if worked {
        host.log(json!({"event": event, "request.id": id, "done": done}));
    }
}

/// One call of a function of the queue. All of them guard themselves and may be repeated.
async fn text<H: Db>(host: &H, statement: &'static str, args: &Value) -> Result<Value> {
    let params = vec![Param::Json(args.to_string())];
    let answer = host.text(statement, params, Repeat::Safe).await?;
    serde_json::from_str(&answer).map_err(Error::internal)
}
