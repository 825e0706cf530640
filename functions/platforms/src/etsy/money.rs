//! Prices: Etsy reads out `amount / divisor`, takes in decimal numbers. Ours are decimal text.

use common::platform::PlatformError;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Number;

/// An amount as Etsy tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: i64,
    pub divisor: u64,
    pub currency_code: String,
}

impl Money {
    /// `amount / divisor` as decimal text, exactly.
    pub fn text(&self) -> Result<String, PlatformError> {
        let places = places(self.divisor).ok_or_else(|| {
            PlatformError::protocol(format!("`divisor`: {} is not a power of ten", self.divisor))
        })?;
        let sign = if self.amount < 0 { "-" } else { "" };
        let digits = self.amount.unsigned_abs().to_string();
        if places == 0 {
            return Ok(format!("{sign}{digits}"));
        }
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        Ok(format!("{sign}{whole}.{fraction}"))
    }
}

fn places(divisor: u64) -> Option<usize> {
    let power = divisor.checked_ilog10()?;
    (10u64.checked_pow(power)? == divisor).then_some(power as usize)
}

/// A price that Etsy can take: above zero, at most two decimals, at most 12 digits. A decimal of so few
/// digits survives the way through a float unharmed, so what is sent is what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price(String);

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.number() {
            Some(number) => number.serialize(serializer),
            None => Err(serde::ser::Error::custom("the price is no number")),
        }
    }
}

impl Price {
    /// `None` when Etsy can't take it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits(whole) && digits(fraction) && fraction.len() <= 2 && whole.len() <= 10;
        if !fits || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let whole = if whole.is_empty() { "0" } else { whole };
        Some(Self(if fraction.is_empty() {
            whole.to_owned()
        } else {
            format!("{whole}.{fraction}")
        }))
    }

    /// For a form.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The price that Etsy tells as `money`.
    pub fn of(money: &Money) -> Result<Self, PlatformError> {
        let text = money.text()?;
        Self::parse(&text)
            .ok_or_else(|| PlatformError::protocol(format!("`price`: {text} is no price")))
    }

    /// For a JSON body.
    pub fn number(&self) -> Option<Number> {
        match self.0.parse::<u64>() {
            Ok(whole) => Some(Number::from(whole)),
            Err(_) => Number::from_f64(self.0.parse().ok()?),
        }
    }

    /// The lower of two.
    pub fn min(self, other: Self) -> Self {
        let value = |price: &Self| price.0.parse::<f64>().unwrap_or(f64::MAX);
        if value(&other) < value(&self) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(amount: i64, divisor: u64) -> Result<String, PlatformError> {
        let currency_code = "EUR".to_owned();
        Money {
            amount,
            divisor,
            currency_code,
        }
        .text()
    }

    #[test]
    fn an_amount_and_its_divisor_are_exact_text() {
        assert_eq!(text(1250, 100).as_deref(), Ok("12.50"));
        assert_eq!(text(5, 100).as_deref(), Ok("0.05"));
        assert_eq!(text(-5, 100).as_deref(), Ok("-0.05"));
        assert_eq!(text(1250, 1).as_deref(), Ok("1250"));
        assert_eq!(text(1_234_567, 1000).as_deref(), Ok("1234.567"));
        assert!(text(1, 0).is_err());
        assert!(text(1, 3).is_err());
    }

    #[test]
    fn every_price_is_sent_as_it_was_written() {
        for cents in 1..=200_000u32 {
            let written = format!("{}.{:02}", cents / 100, cents % 100);
            let sent = Price::parse(&written).and_then(|price| price.number());
            let sent = sent.map(|number| number.to_string()).unwrap_or_default();
            assert_eq!(Price::parse(&sent), Price::parse(&written), "{written}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in [
            "",
            ".",
            "0",
            "0.00",
            "-1",
            "1.234",
            "1e3",
            "12345678901",
            "1,5",
        ] {
            assert_eq!(Price::parse(text), None, "{text}");
        }
        assert_eq!(Price::parse("007.50"), Price::parse("7.5"));
    }
}
