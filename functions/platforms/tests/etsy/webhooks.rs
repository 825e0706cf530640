//! Notifications: signed by the sandbox, by a published library and by forgers.

use crate::support::Bench;
use common::platform::{Platform, PlatformError, WebhookDelivery, WebhookRefused, WebhookSubject};
use common::secret::Secret;
use http::HeaderMap;
use platforms::etsy::Etsy;
use sandbox::etsy::WEBHOOK_SECRET;
use serde_json::json;
use standardwebhooks::Webhook;
use std::io::{Read, Write};

const BODY: &[u8] = br#"{"event_type":"order.paid","resource_url":"https://openapi.etsy.com/v3/application/shops/12345/receipts/54321","shop_id":42}"#;
const NOW: i64 = 1_792_000_000;
const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

fn headers(id: &str, seconds: i64, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", id.parse().unwrap());
    headers.insert("webhook-timestamp", seconds.to_string().parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    headers
}

/// As the published library signs.
fn signed(seconds: i64, body: &[u8]) -> String {
    let webhook = Webhook::new(WEBHOOK_SECRET).unwrap();
    webhook.sign(ID, seconds, body).unwrap()
}

fn verify(headers: &HeaderMap, body: &[u8], secret: &str) -> Result<(), WebhookRefused> {
    let delivery = WebhookDelivery { headers, body };
    Etsy.verify_webhook(&delivery, &Secret::new(secret.to_owned()), NOW * 1000)
}

#[test]
fn what_the_published_library_signs_is_believed() {
    let signature = signed(NOW, BODY);
    assert!(signature.starts_with("v1,"));
    let headers = headers(ID, NOW, &signature);
    assert_eq!(verify(&headers, BODY, WEBHOOK_SECRET), Ok(()));
    let bare = WEBHOOK_SECRET.strip_prefix("whsec_").unwrap();
    assert_eq!(
        verify(&headers, BODY, bare),
        Ok(()),
        "with or without the prefix"
    );
}

#[test]
fn both_forms_of_the_header_and_a_list_are_read() {
    let signature = signed(NOW, BODY);
    let bare = signature.strip_prefix("v1,").unwrap();
    let other = signed(NOW, b"{}");
    for text in [
        bare.to_owned(),
        format!("{other} {signature}"),
        format!("v1a,AAAA {signature} {other}"),
    ] {
        assert_eq!(
            verify(&headers(ID, NOW, &text), BODY, WEBHOOK_SECRET),
            Ok(()),
            "{text}"
        );
    }
}

#[test]
fn a_forged_delivery_is_refused() {
    let signature = signed(NOW, BODY);
    let wrong = Err(WebhookRefused::WrongSignature);
    let other_body = br#"{"event_type":"order.paid","resource_url":"x","shop_id":42}"#;
    let good = headers(ID, NOW, &signature);
    assert_eq!(verify(&good, other_body, WEBHOOK_SECRET), wrong);
    assert_eq!(verify(&good, BODY, "whsec_b3RoZXI="), wrong);
    assert_eq!(
        verify(&headers("msg_other", NOW, &signature), BODY, WEBHOOK_SECRET),
        wrong
    );
    assert_eq!(
        verify(&headers(ID, NOW + 1, &signature), BODY, WEBHOOK_SECRET),
        wrong
    );
    for text in ["", "v1,", "v1,AAAA", "v1a,AAAA", "v2,x y z", "====", "v1"] {
        assert_eq!(
            verify(&headers(ID, NOW, text), BODY, WEBHOOK_SECRET),
            wrong,
            "{text}"
        );
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut some = good.clone();
        some.remove(name);
        assert_eq!(
            verify(&some, BODY, WEBHOOK_SECRET),
            Err(WebhookRefused::MissingHeader(name))
        );
    }
}

#[test]
fn an_absent_secret_opens_nothing() {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"").unwrap();
    mac.update(format!("{ID}.{NOW}.").as_bytes());
    mac.update(BODY);
    let bytes = mac.finalize().into_bytes();
    let signature = base64::engine::general_purpose::STANDARD.encode(bytes);
    let headers = headers(ID, NOW, &format!("v1,{signature}"));
    for secret in ["", "whsec_", "  ", "not base64!"] {
        assert_eq!(
            verify(&headers, BODY, secret),
            Err(WebhookRefused::WrongSignature),
            "{secret}"
        );
    }
}

#[test]
fn a_delivery_of_another_time_is_stale() {
    for (seconds, expected) in [
        (NOW - 300, Ok(())),
        (NOW + 300, Ok(())),
        (NOW - 301, Err(WebhookRefused::Stale)),
        (NOW + 301, Err(WebhookRefused::Stale)),
        (i64::MAX, Err(WebhookRefused::Stale)),
    ] {
        let headers = headers(ID, seconds, &signed(seconds, BODY));
        assert_eq!(
            verify(&headers, BODY, WEBHOOK_SECRET),
            expected,
            "{seconds}"
        );
    }
}

#[test]
fn a_rotated_secret_signs_what_the_old_one_does_not() {
    let headers = headers(ID, NOW, &signed(NOW, BODY));
    let new = "whsec_bmV3IHNlY3JldCBvZiB0aGUgc2hvcA==";
    assert_eq!(
        verify(&headers, BODY, new),
        Err(WebhookRefused::WrongSignature)
    );
    assert_eq!(
        verify(&headers, BODY, WEBHOOK_SECRET),
        Ok(()),
        "with the previous one"
    );
}

fn decode(body: &[u8]) -> Result<common::platform::WebhookEvent, PlatformError> {
    let headers = headers(ID, NOW, "v1,x");
    let headers = &headers;
    Etsy.decode_webhook(&WebhookDelivery { headers, body })
}

#[test]
fn a_notification_names_the_receipt_to_read() {
    let event = decode(BODY).unwrap();
    assert_eq!(event.subject, WebhookSubject::OrderChanged);
    assert_eq!(event.external_id.as_deref(), Some("54321"));
    assert_eq!(
        (event.topic.as_str(), event.shop.as_str()),
        ("order.paid", "42")
    );
    assert_eq!(event.delivery_id, ID);
    let text = String::from_utf8_lossy(BODY).replace("\"shop_id\":42", "\"shop_id\":\"42\"");
    assert_eq!(
        decode(text.as_bytes()).unwrap().shop,
        "42",
        "a text is a number too"
    );
    let upper = String::from_utf8_lossy(BODY).replace("order.paid", "ORDER_PAID");
    assert_eq!(
        decode(upper.as_bytes()).unwrap().subject,
        WebhookSubject::OrderChanged
    );
    let other = String::from_utf8_lossy(BODY).replace("order.paid", "shop.renamed");
    assert_eq!(
        decode(other.as_bytes()).unwrap().subject,
        WebhookSubject::Other
    );
}

#[test]
fn a_body_that_does_not_fit_names_its_field() {
    for (body, named) in [
        (json!({}), "event_type"),
        (
            json!({"event_type": "order.paid", "shop_id": 1}),
            "resource_url",
        ),
        (
            json!({"event_type": "order.paid", "resource_url": "https://x/receipts/1"}),
            "shop_id",
        ),
        (
            json!({"event_type": "order.paid", "resource_url": "https://x/receipts/../1", "shop_id": 1}),
            "resource_url",
        ),
    ] {
        let error = decode(body.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, PlatformError::Protocol { .. }));
        assert!(error.to_string().contains(named), "{error}");
    }
    assert!(decode(b"<html>").is_err());
}

#[test]
fn every_body_has_a_receipt_even_one_that_cannot_be_read() {
    let receipt =
        |headers: &HeaderMap, body: &[u8]| Etsy.webhook_receipt(&WebhookDelivery { headers, body });
    let good = headers(ID, NOW, "v1,x");
    let known = receipt(&good, BODY);
    assert_eq!(
        (known.event_id.as_str(), known.topic.as_str()),
        (ID, "order.paid")
    );
    assert_eq!(receipt(&good, b"\xFF<html>").topic, "unknown");
    let nameless = receipt(&HeaderMap::new(), b"\xFF<html>");
    assert!(nameless.event_id.starts_with("sha256:"), "{nameless:?}");
    assert_eq!(nameless.topic, "unknown");
}

/// Takes one delivery as a server does.
fn take_one(listener: &std::net::TcpListener) -> (HeaderMap, Vec<u8>) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut read = Vec::new();
    let mut buffer = [0u8; 4096];
    loop {
        let more = stream.read(&mut buffer).unwrap();
        read.extend_from_slice(&buffer[..more]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut headers = HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            let name: http::HeaderName = name.to_ascii_lowercase().parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
        if body.len() >= length {
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .unwrap();
            return (headers, body.as_bytes().to_vec());
        }
    }
}

#[tokio::test]
async fn what_the_sandbox_posts_is_believed_by_the_library_and_by_us() {
    let bench = Bench::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/webhooks/etsy/1", listener.local_addr().unwrap());
    bench.control("webhooks", json!({"address": address}));
    let order = bench.control("orders", json!({"lines": [{"sku": "A", "quantity": 1}]}));
    let taken = tokio::task::spawn_blocking(move || take_one(&listener));
    let (headers, body) = taken.await.unwrap();
    Webhook::new(WEBHOOK_SECRET)
        .unwrap()
        .verify(&body, &headers)
        .unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let (headers, body) = (&headers, body.as_slice());
    let delivery = WebhookDelivery { headers, body };
    let secret = Secret::new(WEBHOOK_SECRET.to_owned());
    Etsy.verify_webhook(&delivery, &secret, now.as_millis() as i64)
        .unwrap();
    let event = Etsy.decode_webhook(&delivery).unwrap();
    assert_eq!(event.topic, "order.paid");
    assert_eq!(event.external_id.as_deref(), order["id"].as_str());
    assert_eq!(event.shop, sandbox::etsy::SHOP_ID.to_string());
}
