//! What became of a request, as the memory is told.

use super::{Draw, Subject};
use crate::platform::{Allowance, Platform};
use serde::Serialize;
use serde_json::Value;

/// No bucket holds more.
const LARGEST: f64 = 1e9;
/// Units a second: from one in a day to more than anybody sends.
const RATES: std::ops::RangeInclusive<f64> = 1e-5..=1e6;

/// What became of a request that was sent.
#[derive(Debug, Serialize)]
pub struct Observation<'a> {
    /// Which.
    #[serde(flatten)]
    pub subject: &'a Subject,
    /// The answer's, if one came.
    pub status: Option<u16>,
    /// Why none came: `connect`, `timeout`, `broken`, `denied`.
    pub error: Option<&'static str>,
    /// Which try of this request it was, from 1.
    pub attempt: u32,
    /// Before it was sent.
    pub wait_ms: u64,
    /// From sending it to the end of the answer.
    pub duration_ms: i64,
    /// Of the body.
    pub request_bytes: usize,
    /// Of the body.
    pub response_bytes: Option<usize>,
    /// Whether the channel failed: no connection, no complete answer, 5xx.
    pub is_failure: bool,
    /// The channel's own figures.
    pub told: Vec<Told>,
    /// Limits of which it said that they are used up.
    pub spent: Option<Spent>,
    /// The channel asked to be left alone for so long (`Retry-After`).
    pub block_ms: Option<u64>,
    /// An answer to keep.
    pub keep: Option<Kept<'a>>,
    /// A kept answer that is still right.
    pub renewed: Option<Renewed<'a>>,
}

/// A limit as the channel sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Told {
    /// The limit's name in the [`crate::platform::Descriptor`].
    pub name: &'static str,
    /// Units that are left.
    pub remaining: f64,
    /// Units when it is full, where the channel said so.
    pub capacity: Option<f64>,
    /// Units restored every second, where the channel said so.
    pub per_second: Option<f64>,
    /// As the plugin publishes it.
    pub published_per_second: f64,
    /// As the plugin publishes it.
    pub published_burst: u32,
    /// Units that had been given out with this request's own; the channel has counted no more.
    pub mark: Option<i64>,
}

impl Told {
    /// What `allowances` say, of the limits that `platform` publishes. Figures that can't be are left out.
    pub fn all(platform: &dyn Platform, allowances: &[Allowance], charge: &Value) -> Vec<Self> {
        let limits = platform.descriptor().constraints.rate_limits;
        allowances
            .iter()
            .filter(|allowance| allowance.remaining.is_finite())
            .filter_map(|allowance| {
                let limit = limits.iter().find(|limit| limit.name == allowance.limit)?;
                Some(Self {
                    name: limit.name,
                    remaining: allowance.remaining.clamp(-LARGEST, LARGEST),
                    capacity: allowance.capacity.filter(|it| (1.0..=LARGEST).contains(it)),
                    per_second: allowance.per_second.filter(|it| RATES.contains(it)),
                    published_per_second: limit.per_second,
                    published_burst: limit.burst,
                    mark: charge.get(limit.name).and_then(Value::as_i64),
                })
            })
            .collect()
    }
}

/// Limits that are used up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spent {
    /// Which.
    pub limits: Vec<Draw>,
    /// Until the next unit, where the channel says so.
    pub wait_ms: Option<u64>,
}

impl Spent {
    /// Of a request that was refused for its rate: the limits of its class, or of all requests where its class has none.
    pub fn of(drawn: &[Draw], wait_ms: Option<u64>) -> Option<Self> {
        let has_own = drawn.iter().any(|limit| limit.of_class);
        let limits: Vec<Draw> = drawn
            .iter()
            .filter(|limit| limit.of_class == has_own)
            .copied()
            .collect();
        (!limits.is_empty()).then_some(Self { limits, wait_ms })
    }
}

/// An answer to keep.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Kept<'a> {
    /// SHA-256 of method, address and body, in hexadecimal.
    pub key: &'a str,
    /// How long it is good.
    pub for_ms: u64,
    /// 2xx.
    pub status: u16,
    /// What the body is.
    pub content_type: Option<&'a str>,
    /// By which the channel knows it again.
    pub etag: Option<&'a str>,
    /// Text: nothing else is kept.
    pub body: &'a str,
}

/// A kept answer that is still right.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Renewed<'a> {
    /// The key that it is kept under.
    pub key: &'a str,
    /// How long it is good from now.
    pub for_ms: u64,
}
