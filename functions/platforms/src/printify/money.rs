//! Amounts: the vendor has whole cents, we have decimal text.

/// `12.5` is 1250; `None` for anything that is not an amount of whole cents.
pub fn cents(decimal: &str) -> Option<i64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 2 {
        return None;
    }
    format!("{whole}{fraction:0<2}").parse().ok()
}

/// 1250 is `12.50`.
pub fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        assert_eq!(cents("12.5"), Some(1250));
        assert_eq!(cents("12"), Some(1200));
        assert_eq!(cents("0.070"), Some(7));
        assert_eq!(cents("90071992547409.93"), Some(9_007_199_254_740_993));
        for wrong in ["", ".5", "1.005", "-1", "1e3", "99999999999999999999"] {
            assert_eq!(cents(wrong), None, "{wrong}");
        }
        assert_eq!(decimal(1250), "12.50");
        assert_eq!(decimal(7), "0.07");
        assert_eq!(decimal(-7), "-0.07");
    }
}
