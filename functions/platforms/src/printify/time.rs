//! Times: the vendor writes `2017-04-18 13:24:28+00:00`, with a space and in UTC.

use common::platform::PlatformError;

/// A point in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Since the Unix epoch; a fraction is dropped.
    pub seconds: i64,
    /// RFC 3339.
    pub text: String,
}

/// A time in the vendor's form or in that of RFC 3339; without an offset it is UTC.
pub fn moment(text: &str) -> Option<Moment> {
    let (date, rest) = (text.get(..10)?, text.get(11..)?);
    if !matches!(text.as_bytes().get(10)?, b' ' | b'T') {
        return None;
    }
    let clock = rest.get(..8)?;
    let zone = rest.get(8..)?;
    let zone = match zone.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => zone,
    };
    let (offset, zone) = match zone {
        "" | "Z" | "+00:00" => (0, "Z"),
        _ => (offset(zone)?, zone),
    };
    let seconds = days(date)? * 86_400 + of_day(clock)? - offset;
    let text = format!("{date}T{clock}{zone}");
    Some(Moment { seconds, text })
}

/// As [`moment`], of a field of an answer.
pub fn required(text: &str, field: &str) -> Result<Moment, PlatformError> {
    moment(text).ok_or_else(|| PlatformError::protocol(format!("`{field}` is not a time")))
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok())??;
    (least..=most).contains(&number).then_some(number)
}

fn of_day(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 0, 23)?;
    let minutes = number(parts.next()?, 0, 59)?;
    let seconds = number(parts.next()?, 0, 60)?;
    Some(hours * 3600 + minutes * 60 + seconds)
}

fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (number(hours, 0, 23)? * 3600 + number(minutes, 0, 59)? * 60))
}

/// Days since 1 January 1970 in the Gregorian calendar, with years that begin in March: then February's length
/// does not matter.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 1, 9999)?;
    let month = number(parts.next()?, 1, 12)?;
    let day = number(parts.next()?, 1, 31)?;
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leaps = year / 4 - year / 100 + year / 400;
    Some(year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_times_become_rfc_3339() {
        let read = moment("2017-04-18 13:24:28+00:00").unwrap();
        assert_eq!(
            (read.text.as_str(), read.seconds),
            ("2017-04-18T13:24:28Z", 1_492_521_868)
        );
        assert_eq!(
            moment("2020-01-09 07:29:43").unwrap().text,
            "2020-01-09T07:29:43Z"
        );
        assert_eq!(moment("1970-01-01 00:00:00+00:00").unwrap().seconds, 0);
        assert_eq!(
            moment("2024-02-29T23:59:59.250Z").unwrap().seconds,
            1_709_251_199
        );
        let east = moment("2017-04-18T15:24:28+02:00").unwrap();
        assert_eq!(east.seconds, 1_492_521_868);
        assert_eq!(east.text, "2017-04-18T15:24:28+02:00");
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for wrong in [
            "",
            "soon",
            "2017-13-18 13:24:28",
            "2017-04-18x13:24:28",
            "2017-04-18 13:24",
            "2017-04-18 13:24:28 UTC",
            "2017–4-18 13:24:28",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
