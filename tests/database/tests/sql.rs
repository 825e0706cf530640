//! One process, one server, a database for each test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

#[path = "sql/audit.rs"]
mod audit;
#[path = "sql/belonging.rs"]
mod belonging;
#[path = "sql/breaker.rs"]
mod breaker;
#[path = "sql/care.rs"]
mod care;
#[path = "sql/chain.rs"]
mod chain;
#[path = "sql/changes.rs"]
mod changes;
#[path = "sql/channels.rs"]
mod channels;
#[path = "sql/chaos.rs"]
mod chaos;
#[path = "sql/claims.rs"]
mod claims;
#[path = "sql/connections.rs"]
mod connections;
#[path = "sql/decisions.rs"]
mod decisions;
#[path = "sql/effects.rs"]
mod effects;
#[path = "sql/errands.rs"]
mod errands;
#[path = "sql/exports.rs"]
mod exports;
#[path = "sql/invitations.rs"]
mod invitations;
#[path = "sql/isolation.rs"]
mod isolation;
#[path = "sql/limits.rs"]
mod limits;
#[path = "sql/members.rs"]
mod members;
#[path = "sql/notifications.rs"]
mod notifications;
#[path = "sql/obstacles.rs"]
mod obstacles;
#[path = "sql/orders.rs"]
mod orders;
#[path = "sql/pauses.rs"]
mod pauses;
#[path = "sql/pipeline.rs"]
mod pipeline;
#[path = "sql/pms.rs"]
mod pms;
#[path = "sql/presence.rs"]
mod presence;
#[path = "sql/previews.rs"]
mod previews;
#[path = "sql/refreshes.rs"]
mod refreshes;
#[path = "sql/renewals.rs"]
mod renewals;
#[path = "sql/replays.rs"]
mod replays;
#[path = "sql/requests.rs"]
mod requests;
#[path = "sql/results.rs"]
mod results;
#[path = "sql/rotation.rs"]
mod rotation;
#[path = "sql/serial.rs"]
mod serial;
#[path = "sql/serving.rs"]
mod serving;
#[path = "sql/shared_keys.rs"]
mod shared_keys;
#[path = "sql/statements.rs"]
mod statements;
#[path = "sql/subscriptions.rs"]
mod subscriptions;
#[path = "sql/tick.rs"]
mod tick;
#[path = "sql/traffic.rs"]
mod traffic;
#[path = "sql/traffic_log.rs"]
mod traffic_log;
#[path = "sql/watch.rs"]
mod watch;
#[path = "sql/webhooks.rs"]
mod webhooks;
