//! What of a delivery is stored, in a form that the database takes.

use crate::platform::WebhookReceipt;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::{Map, Value};

/// The longest id or topic that is kept as it is, in characters.
const MAX_NAME: usize = 255;
/// The longest header value that is kept, in bytes.
const MAX_HEADER: usize = 4096;
/// Shorter secrets are too likely to stand in a value by chance.
const MIN_SECRET: usize = 8;

/// Between the sender and us, of no meaning for the event.
const TRANSPORT: [&str; 11] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "via",
];
/// What the server in front adds.
const TRANSPORT_PREFIXES: [&str; 2] = ["spin-", "x-forwarded-"];
/// Whatever has this in its name proves something: its value is not kept.
const PROOFS: [&str; 9] = [
    "auth",
    "cookie",
    "credential",
    "hmac",
    "key",
    "password",
    "secret",
    "signature",
    "token",
];

/// The headers that are stored: those of the event, without signatures, keys and whatever else holds a secret.
pub(super) fn kept_headers(headers: &HeaderMap, secrets: &[Secret<String>]) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in headers.keys().map(|name| name.as_str()) {
        if TRANSPORT.contains(&name) || TRANSPORT_PREFIXES.iter().any(|p| name.starts_with(p)) {
            continue;
        }
        let values = headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        let value = values.join(", ");
        let proves = PROOFS.iter().any(|word| name.contains(word))
            || secrets.iter().any(|secret| holds(&value, secret));
        let value = match proves {
            true => "[redacted]".to_owned(),
            false if value.len() > MAX_HEADER => continue,
            false => value,
        };
        kept.insert(name.to_owned(), Value::String(value));
    }
    kept
}

fn holds(value: &str, secret: &Secret<String>) -> bool {
    let secret = secret.expose();
    secret.len() >= MIN_SECRET && value.contains(secret.as_str())
}

/// The body as a statement's text parameter, and which encoding that is: `text`, or `base64` for bytes that
/// Postgres does not take as text.
pub(super) fn encoded(body: &[u8]) -> (&'static str, String) {
    match std::str::from_utf8(body) {
        Ok(text) if !text.contains('\0') => ("text", text.to_owned()),
        _ => ("base64", STANDARD.encode(body)),
    }
}

/// A receipt whose id and topic fit their columns, whatever the sender took for them. An id that does not fit is
/// known by its digest, so that its retries are still recognised.
pub(super) fn bounded(receipt: WebhookReceipt) -> WebhookReceipt {
    let topic: String = receipt
        .topic
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    let topic = match topic.is_empty() {
        true => "unknown".to_owned(),
        false => topic,
    };
    let id = &receipt.event_id;
    let fits = !id.is_empty() && id.chars().count() <= MAX_NAME && !id.contains('\0');
    match fits {
        true => WebhookReceipt { topic, ..receipt },
        false => WebhookReceipt::by_digest(topic, id.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    value.parse::<http::HeaderValue>().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn what_describes_the_event_is_kept_and_what_proves_it_is_not() {
        let kept = kept_headers(
            &headers(&[
                ("x-shopify-topic", "orders/create"),
                ("x-shopify-hmac-sha256", "c2lnbmF0dXJl"),
                ("webhook-signature", "v1,x"),
                ("x-pfy-signature", "sha256=x"),
                ("authorization", "Bearer x"),
                ("x-anything", "prefix the-shared-secret suffix"),
                ("host", "hub.example"),
                ("spin-client-addr", "1.2.3.4:5"),
            ]),
            &[Secret::new("the-shared-secret".to_owned())],
        );
        assert_eq!(kept["x-shopify-topic"], "orders/create");
        for proof in [
            "x-shopify-hmac-sha256",
            "webhook-signature",
            "x-pfy-signature",
            "authorization",
            "x-anything",
        ] {
            assert_eq!(kept[proof], "[redacted]", "{proof}");
        }
        assert_eq!(kept.len(), 6, "{kept:?}");
    }

    #[test]
    fn every_body_has_a_form_that_the_database_takes() {
        assert_eq!(encoded("{\"a\":\"ä\"}".as_bytes()).0, "text");
        assert_eq!(encoded(b"\xff\xfe"), ("base64", "//4=".to_owned()));
        assert_eq!(encoded(b"a\0b"), ("base64", "YQBi".to_owned()));
        assert_eq!(encoded(b""), ("text", String::new()));
    }

    #[test]
    fn an_id_that_is_too_long_is_known_by_its_digest() {
        let receipt = |id: &str, topic: &str| {
            bounded(WebhookReceipt {
                event_id: id.to_owned(),
                topic: topic.to_owned(),
            })
        };
        let long = "x".repeat(256);
        assert_eq!(receipt("e1", "t").event_id, "e1");
        assert!(receipt(&long, "t").event_id.starts_with("sha256:"));
        assert_eq!(receipt(&long, "t"), receipt(&long, "t"));
        assert_ne!(receipt("", "t").event_id, "");
        assert_eq!(receipt("e\0", "a\0b").topic, "ab");
        assert_eq!(receipt("e", "").topic, "unknown");
    }
}
