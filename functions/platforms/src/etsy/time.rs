//! Etsy counts seconds since 1970; everybody else writes RFC 3339.

use common::platform::PlatformError;
use jiff::Timestamp;

/// Etsy refuses times before the year 2000.
const EARLIEST: i64 = 946_684_800;

/// `seconds` as RFC 3339.
pub fn text(seconds: i64, field: &str) -> Result<String, PlatformError> {
    Timestamp::from_second(seconds)
        .map(|time| time.to_string())
        .map_err(|_| PlatformError::protocol(format!("`{field}`: {seconds} is no time")))
}

/// The second in which `text` (RFC 3339) lies, not before the earliest that Etsy takes.
pub fn seconds(text: &str) -> Option<i64> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.as_second().max(EARLIEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_text_are_the_same_time() {
        assert_eq!(
            text(1_792_000_000, "x").as_deref(),
            Ok("2026-10-14T17:46:40Z")
        );
        assert_eq!(seconds("2026-10-14T19:46:40.9+02:00"), Some(1_792_000_000));
        assert_eq!(seconds("1999-01-01T00:00:00Z"), Some(EARLIEST));
        assert_eq!(seconds("yesterday"), None);
        assert!(text(i64::MAX, "x").is_err());
    }
}
