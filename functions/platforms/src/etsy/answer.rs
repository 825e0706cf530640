//! From a response to its content or to one of the four refusals.

use crate::wire;
use common::platform::PlatformError;
use common::ports::HttpResponse;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The parameters that a refusal may speak of.
const FIELDS: [&str; 27] = [
    "shipping_profile_id",
    "readiness_state_id",
    "return_policy_id",
    "shop_section_id",
    "taxonomy_id",
    "image_ids",
    "listing_image_id",
    "price_on_property",
    "quantity_on_property",
    "sku_on_property",
    "property_values",
    "tracking_code",
    "carrier_name",
    "description",
    "when_made",
    "who_made",
    "is_supply",
    "materials",
    "item_weight",
    "offerings",
    "products",
    "quantity",
    "images",
    "title",
    "price",
    "state",
    "tags",
];

/// The content of an answer.
pub fn content<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, PlatformError> {
    succeeded(response)?;
    wire::typed(response)
}

/// The content of an answer; `None` when Etsy has no such thing.
pub fn found<T: DeserializeOwned>(response: &HttpResponse) -> Result<Option<T>, PlatformError> {
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        _ => content(response).map(Some),
    }
}

/// Lets through what was done.
pub fn succeeded(response: &HttpResponse) -> Result<(), PlatformError> {
    if response.status().is_success() {
        Ok(())
    } else {
        Err(refusal(response))
    }
}

/// Why Etsy did not do what was asked.
pub fn refusal(response: &HttpResponse) -> PlatformError {
    let status = response.status();
    let body = wire::json(response).unwrap_or_default();
    let Some(reason) = spoken(&body) else {
        return PlatformError::protocol(format!(
            "HTTP {} without the `error` that every refusal has",
            status.as_u16()
        ));
    };
    if status == StatusCode::UNAUTHORIZED {
        return PlatformError::AuthenticateAgain { reason };
    }
    let field = match code(&body) {
        Some("insufficient_scope") => Some("credentials.access_token".to_owned()),
        _ if reason.contains("x-api-key") || reason.contains("API key") => {
            Some("credentials.shared_secret".to_owned())
        }
        _ => path(&body).or_else(|| named(&reason)),
    };
    PlatformError::Rejected { reason, field }
}

/// The word before a description: OAuth's errors have both.
pub fn code(body: &Value) -> Option<&str> {
    body.get("error_description")?;
    body.get("error")?.as_str()
}

/// The vendor's sentence: `{"error": "…"}`, OAuth's `{"error": "…", "error_description": "…"}`, or a
/// list of `{"path", "type", "message"}`.
fn spoken(body: &Value) -> Option<String> {
    if let Some(rows) = body.as_array() {
        let said = |row: &Value| {
            let message = row.get("message")?.as_str()?;
            let path = row.get("path").and_then(Value::as_str).unwrap_or_default();
            Some(format!("{path} {message}").trim().to_owned())
        };
        let all: Vec<String> = rows.iter().filter_map(said).collect();
        return (!all.is_empty()).then(|| all.join("; "));
    }
    let error = body.get("error")?.as_str()?;
    Some(
        match body.get("error_description").and_then(Value::as_str) {
            Some(description) => format!("{error}: {description}"),
            None => error.trim().to_owned(),
        },
    )
}

fn path(body: &Value) -> Option<String> {
    let path = body.get(0)?.get("path")?.as_str()?;
    Some(path.trim_matches('/').replace('/', "."))
}

/// The first parameter that `reason` speaks of.
fn named(reason: &str) -> Option<String> {
    let words: Vec<&str> = reason
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    words
        .iter()
        .find(|word| FIELDS.contains(word))
        .map(|word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> PlatformError {
        let response = http::Response::builder().status(status);
        let response = response.body(body.as_bytes().to_vec());
        response.map_or_else(
            |_| PlatformError::protocol("no response"),
            |it| refusal(&it),
        )
    }

    fn field(error: PlatformError) -> Option<String> {
        match error {
            PlatformError::Rejected { field, .. } => field,
            _ => None,
        }
    }

    #[test]
    fn each_form_of_refusal_names_its_field() {
        let list =
            r#"[{"path":"/images","type":"array_too_short","message":"cannot be less than 1"}]"#;
        assert_eq!(field(refused(400, list)).as_deref(), Some("images"));
        let text = r#"{"error":"price_on_property: property IDs must be in the same order"}"#;
        assert_eq!(
            field(refused(400, text)).as_deref(),
            Some("price_on_property")
        );
        let text = r#"{"error":"There was a problem with /quantity : cannot be empty"}"#;
        assert_eq!(field(refused(400, text)).as_deref(), Some("quantity"));
        let text = r#"{"error":"Shared secret is required in x-api-key header."}"#;
        assert_eq!(
            field(refused(403, text)).as_deref(),
            Some("credentials.shared_secret")
        );
        assert_eq!(field(refused(400, r#"{"error":"Sorry"}"#)), None);
    }

    #[test]
    fn a_refusal_without_a_reason_does_not_fit() {
        for body in ["<html>", "{}", "[]", r#"{"error":3}"#] {
            assert_eq!(refused(400, body).code(), "protocol", "{body}");
        }
        let dead = r#"{"error":"invalid_token","error_description":"access token is expired"}"#;
        assert_eq!(refused(401, dead).code(), "authenticate_again");
    }
}
