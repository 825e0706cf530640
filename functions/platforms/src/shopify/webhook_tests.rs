use super::*;
use http::HeaderMap;

const BODY: &[u8] = br#"{"id":788032119674292922,"title":"Example"}"#;
/// `printf '%s' '<BODY>' | openssl dgst -sha256 -hmac hush -binary | base64`
const SIGNED: &str = "VJvrdNzK+G2YQCK0vmuqhiDrTHRENht3/PJKGX/NLk8=";

fn headers(topic: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (SIGNATURE, SIGNED),
        (TOPIC, topic),
        (SHOP, "a-shop.myshopify.com"),
        (VERSION, "2026-10"),
        (DELIVERY, "d-1"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    headers
}

fn check(headers: &HeaderMap, body: &[u8], secret: &str) -> Result<(), WebhookRefused> {
    verify(
        &WebhookDelivery { headers, body },
        &Secret::new(secret.to_owned()),
    )
}

#[test]
fn a_delivery_signed_with_the_secret_is_believed() {
    assert_eq!(check(&headers("products/update"), BODY, "hush"), Ok(()));
}

#[test]
fn another_secret_another_body_or_no_secret_is_not_believed() {
    let headers = headers("products/update");
    let wrong = Err(WebhookRefused::WrongSignature);
    assert_eq!(check(&headers, BODY, "Hush"), wrong);
    assert_eq!(check(&headers, b"{}", "hush"), wrong);
    assert_eq!(check(&headers, BODY, ""), wrong);
}

#[test]
fn a_cut_or_malformed_signature_is_not_believed() {
    for text in ["", "AAAA", "not base64!", SIGNED.trim_end_matches('=')] {
        let mut headers = headers("products/update");
        headers.insert(SIGNATURE, text.parse().unwrap());
        assert!(check(&headers, BODY, "hush").is_err(), "{text:?}");
    }
}

#[test]
fn each_header_that_is_always_sent_is_required() {
    for name in [SIGNATURE, TOPIC, SHOP, VERSION, DELIVERY] {
        let mut headers = headers("products/update");
        headers.remove(name);
        assert_eq!(
            check(&headers, BODY, "hush"),
            Err(WebhookRefused::MissingHeader(name))
        );
    }
}

fn event(topic: &str, body: &[u8]) -> WebhookEvent {
    let headers = headers(topic);
    decode(&WebhookDelivery {
        headers: &headers,
        body,
    })
    .unwrap()
}

#[test]
fn ids_are_given_as_the_graphql_api_has_them() {
    let deleted = event("products/delete", br#"{"id":7}"#);
    assert_eq!(deleted.subject, WebhookSubject::ProductDeleted);
    assert_eq!(
        deleted.external_id.as_deref(),
        Some("gid://shopify/Product/7")
    );
    let level = br#"{"inventory_item_id":9,"location_id":1,"available":3,
        "admin_graphql_api_id":"gid://shopify/InventoryLevel/1?inventory_item_id=9"}"#;
    let stock = event("inventory_levels/update", level);
    assert_eq!(
        stock.external_id.as_deref(),
        Some("gid://shopify/InventoryItem/9")
    );
    let order = event(
        "orders/create",
        br#"{"id":5,"admin_graphql_api_id":"gid://shopify/Order/5"}"#,
    );
    assert_eq!(order.subject, WebhookSubject::OrderChanged);
    assert_eq!(order.external_id.as_deref(), Some("gid://shopify/Order/5"));
}

#[test]
fn an_uninstalled_app_is_told_apart() {
    let event = event("app/uninstalled", br#"{"id":1}"#);
    assert_eq!(event.subject, WebhookSubject::Disconnected);
    assert_eq!(event.external_id, None);
}

#[test]
fn a_body_that_is_not_json_is_named() {
    let headers = headers("products/update");
    let error = decode(&WebhookDelivery {
        headers: &headers,
        body: b"<xml>",
    })
    .unwrap_err();
    assert!(matches!(error, PlatformError::Protocol { .. }), "{error}");
}
