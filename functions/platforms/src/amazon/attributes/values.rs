//! Single values of attributes.

use common::platform::PlatformError;
use serde_json::{Number, Value, json};

/// The attribute of `quantity` pieces that the merchant sends himself.
pub fn stock(quantity: i64) -> Value {
    json!([{"fulfillment_channel_code": "DEFAULT", "quantity": quantity.max(0)}])
}

/// By which name Amazon knows numbers like `code`.
pub fn kind_of_code(code: &str) -> Result<&'static str, PlatformError> {
    let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
    match code.len() {
        12 if is_number => Ok("upc"),
        8 | 13 if is_number => Ok("ean"),
        14 if is_number => Ok("gtin"),
        10 if is_number || code.ends_with('X') => Ok("isbn"),
        _ => Err(PlatformError::rejected_field(
            "product.variants.barcode",
            format!("`{code}` is no UPC, EAN, GTIN or ISBN"),
        )),
    }
}

/// Amazon's prices are JSON numbers. Up to 15 digits a number has the decimals that were written.
pub fn amount(price: &str) -> Result<Value, PlatformError> {
    let wrong = || PlatformError::rejected_field("price", format!("`{price}` is not a price"));
    let digits = price.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || digits > 15 {
        return Err(wrong());
    }
    match price.split_once('.') {
        None => price.parse::<u64>().map(Value::from).map_err(|_| wrong()),
        Some(_) => {
            let number: f64 = price.parse().map_err(|_| wrong())?;
            Number::from_f64(number)
                .filter(|_| number >= 0.0)
                .map(Value::Number)
                .ok_or_else(wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{amount, kind_of_code};

    #[test]
    fn a_price_keeps_its_decimals() {
        for (text, sent) in [
            ("12.50", "12.5"),
            ("0.1", "0.1"),
            ("19.99", "19.99"),
            ("1234567890123.45", "1234567890123.45"),
            ("5980", "5980"),
        ] {
            assert_eq!(amount(text).unwrap().to_string(), sent);
        }
        for wrong in ["", "-1.00", "1e400", "abc", "12345678901234567.00"] {
            assert!(amount(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_barcode_says_what_it_is() {
        assert_eq!(kind_of_code("4006381333931"), Ok("ean"));
        assert_eq!(kind_of_code("036000291452"), Ok("upc"));
        assert_eq!(kind_of_code("080442957X"), Ok("isbn"));
        assert!(kind_of_code("12").is_err());
    }
}
