//! Etsy's two limits: requests a second and requests in a sliding day, both by key. They are announced in
//! headers of its own, not in `X-RateLimit-…`.

use common::platform::{Allowance, RateLimit};
use common::ports::HttpResponse;
use std::time::Duration;

/// A day in seconds.
const DAY: f64 = 86_400.0;
/// How long to wait when the day's requests are used up and no header says how long: some come back with
/// every minute.
const SPENT: Duration = Duration::from_secs(900);

/// What new keys get; older ones have more, which the headers tell.
pub const RATE_LIMITS: &[RateLimit] = &[
    RateLimit {
        name: "per_second",
        class: "*",
        unit: "request",
        per_second: 5.0,
        burst: 5,
        scope: "key",
    },
    RateLimit {
        name: "per_day",
        class: "*",
        unit: "request",
        per_second: 5000.0 / DAY,
        burst: 5000,
        scope: "key",
    },
];

/// What the headers say of both.
pub fn allowances(response: &HttpResponse) -> Vec<Allowance> {
    let second = header(response, "x-remaining-this-second").map(|remaining| {
        let limit = header(response, "x-limit-per-second");
        Allowance {
            limit: "per_second",
            remaining,
            capacity: limit,
            per_second: limit,
        }
    });
    let day = header(response, "x-remaining-today").map(|remaining| {
        let limit = header(response, "x-limit-per-day");
        Allowance {
            limit: "per_day",
            remaining,
            capacity: limit,
            per_second: limit.map(|limit| limit / DAY),
        }
    });
    second.into_iter().chain(day).collect()
}

/// How long to wait after a 429 that does not say.
pub fn throttle_wait(response: &HttpResponse) -> Option<Duration> {
    if header(response, "x-remaining-today") == Some(0.0) {
        return Some(SPENT);
    }
    let second = header(response, "x-remaining-this-second");
    (second == Some(0.0)).then_some(Duration::from_secs(1))
}

fn header(response: &HttpResponse, name: &str) -> Option<f64> {
    let number: f64 = response
        .headers()
        .get(name)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}
