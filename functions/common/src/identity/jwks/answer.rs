//! What `hub.jwks_take` answers.

use super::FLOOR_MS;
use serde::Deserialize;

/// The shared row, and what to do.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// Rises with every set that comes; 0: none came yet.
    pub(super) version: i64,
    /// The set, when it is another version than the one that was named.
    pub(super) keys: Option<String>,
    /// How old the set is.
    pub(super) age_ms: Option<i64>,
    /// Fetch now: nobody else does.
    pub(super) fetch: bool,
    /// Another instance is fetching.
    pub(super) pending: bool,
    /// Which attempt the fetch is.
    pub(super) attempt: Option<i64>,
    /// How long nobody may fetch.
    pub(super) wait_ms: i64,
}

impl Answer {
    /// Where nothing is shared: fetch, and not again for a while.
    pub(super) const fn alone() -> Self {
        Self {
            version: 0,
            keys: None,
            age_ms: None,
            fetch: true,
            pending: false,
            attempt: None,
            wait_ms: FLOOR_MS,
        }
    }
}
