//! How often somebody may still ask, as the client is told: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers) on every answer that was counted, `Retry-After` on a refusal.

use crate::error::{Error, Kind};
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

/// The kinds of requests that are counted apart. How many of each are allowed is data: `hub.rate_limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Looks at something.
    Read,
    /// Changes something.
    Write,
    /// Moves thousands of rows at once.
    Bulk,
}

impl Class {
    /// The name in `hub.rate_limits`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Bulk => "bulk",
        }
    }
}

/// One bucket after a request was taken from it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Limit {
    /// `<class>-<subject>`: `read-user`.
    pub name: String,
    /// Requests in a window.
    pub quantity: i64,
    /// The window in seconds.
    pub window_s: i64,
    /// Requests that are left now.
    pub remaining: i64,
    /// Milliseconds until all are there again.
    pub reset_ms: i64,
}

/// The headers that tell of `limits`: all policies, and how it stands with the tightest.
pub fn headers(limits: &[Limit]) -> Vec<(HeaderName, HeaderValue)> {
    let policies: Vec<String> = limits
        .iter()
        .map(|limit| {
            format!(
                "\"{}\";q={};w={}",
                limit.name, limit.quantity, limit.window_s
            )
        })
        .collect();
    let tightest = limits
        .iter()
        .min_by(|a, b| (a.remaining * b.quantity).cmp(&(b.remaining * a.quantity)));
    let Some(tightest) = tightest else {
        return Vec::new();
    };
    let state = format!(
        "\"{}\";r={};t={}",
        tightest.name,
        tightest.remaining,
        seconds(tightest.reset_ms)
    );
    [
        ("ratelimit-policy", policies.join(", ")),
        ("ratelimit", state),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let value = HeaderValue::from_str(&value).ok()?;
        Some((HeaderName::from_static(name), value))
    })
    .collect()
}

/// What `hub.take` says of a refusal.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    retry_after_ms: i64,
}

/// The 429 for what Postgres raised or answered (`hub.take`'s JSON).
pub fn too_many(refusal: &str) -> Error {
    let refusal: Refusal = serde_json::from_str(refusal).unwrap_or_default();
    Error {
        retry_after_s: u32::try_from(seconds(refusal.retry_after_ms).max(1)).ok(),
        ..Error::new(
            Kind::TooManyRequests,
            "Too many requests; wait as long as Retry-After says.",
        )
    }
}

/// Whole seconds, rounded up: who waits that long has waited enough.
fn seconds(ms: i64) -> i64 {
    ms.max(0).saturating_add(999) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(name: &str, quantity: i64, remaining: i64) -> Limit {
        Limit {
            name: name.to_owned(),
            quantity,
            window_s: 60,
            remaining,
            reset_ms: 1_001,
        }
    }

    #[test]
    fn all_policies_are_told_and_the_state_of_the_tightest() {
        let told = headers(&[limit("read-user", 10, 5), limit("read-address", 1000, 400)]);
        let values: Vec<&str> = told.iter().map(|(_, it)| it.to_str().unwrap()).collect();
        assert_eq!(
            values,
            [
                "\"read-user\";q=10;w=60, \"read-address\";q=1000;w=60",
                "\"read-address\";r=400;t=2"
            ]
        );
    }

    #[test]
    fn who_is_refused_is_told_to_wait_long_enough() {
        assert_eq!(
            too_many(r#"{"retry_after_ms": 1001}"#).retry_after_s,
            Some(2)
        );
        assert_eq!(too_many("no JSON").retry_after_s, Some(1));
    }
}
