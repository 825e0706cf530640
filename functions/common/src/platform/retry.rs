//! When a channel that said "not now" may be asked again.

use http::HeaderMap;
use http::header::RETRY_AFTER;
use std::time::Duration;

/// No channel means more than a day; a larger number is a mistake that would lose the job.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait that `Retry-After` asks for: seconds (a fraction is accepted, some gateways send one) or
/// an HTTP date, seen from `now_ms`. At most a day; `None` when absent or unreadable.
pub fn retry_after(headers: &HeaderMap, now_ms: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or(if seconds > 0.0 {
            LONGEST
        } else {
            Duration::ZERO
        }),
        Err(_) => until(text, now_ms)?,
    };
    Some(wait.min(LONGEST))
}

fn until(date: &str, now_ms: i64) -> Option<Duration> {
    let at = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()?;
    let wait = at.as_millisecond().saturating_sub(now_ms);
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_445_412_420_000; // Wed, 21 Oct 2015 07:27:00 GMT

    fn wait(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, NOW)
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("2.5"), Some(Duration::from_millis(2500)));
        assert_eq!(
            wait("Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::from_secs(60))
        );
    }

    #[test]
    fn a_date_in_the_past_means_now() {
        assert_eq!(wait("Wed, 21 Oct 2015 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("-3"), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_is_no_wait_and_a_huge_wait_is_a_day() {
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("NaN"), Some(Duration::ZERO));
        assert_eq!(wait("99999999999999999999999"), Some(LONGEST));
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }
}
