use super::*;
use http::HeaderMap;
use serde_json::json;

// The secret of the vendor's reference; the signature was computed by Python's hmac.
const SECRET: &str = "7afa37fd47d7a52ea644382e04962a83c16aef62";
const BODY: &[u8] = br#"{"id":"653b6be8-2ff7-4ab5-a7a6-6889a8b3bbf5","type":"order:updated","created_at":"2022-05-17 15:00:00+00:00","resource":{"id":"5a96f649b2439217d070f507","type":"order","data":{"shop_id":815256,"status":"in-production"}}}"#;
const SIGNED: &str = "sha256=58247243382ee2c89d858d0a9078540924c913b68617790f5fbc9562faff243d";

fn verified(signature: Option<&str>, body: &[u8], secret: &str) -> Result<(), WebhookRefused> {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert(SIGNATURE, signature.parse().unwrap());
    }
    let headers = &headers;
    verify(
        &WebhookDelivery { headers, body },
        &Secret::new(secret.to_owned()),
    )
}

fn decoded(body: &Value) -> Result<WebhookEvent, PlatformError> {
    let (headers, body) = (HeaderMap::new(), body.to_string());
    let (headers, body) = (&headers, body.as_bytes());
    decode(&WebhookDelivery { headers, body })
}

#[test]
fn the_vendors_signature_is_believed_and_nothing_else() {
    let wrong = Err(WebhookRefused::WrongSignature);
    assert_eq!(verified(Some(SIGNED), BODY, SECRET), Ok(()));
    assert_eq!(
        verified(
            Some(&SIGNED.to_uppercase().replace("SHA", "sha")),
            BODY,
            SECRET
        ),
        Ok(())
    );
    assert_eq!(verified(Some(SIGNED), BODY, "another"), wrong);
    assert_eq!(verified(Some(SIGNED), &BODY[1..], SECRET), wrong);
    assert_eq!(verified(Some(&SIGNED[7..]), BODY, SECRET), wrong);
    assert_eq!(
        verified(Some(&SIGNED[..SIGNED.len() - 1]), BODY, SECRET),
        wrong
    );
    for other in ["", "sha256=", "sha256=zz", "sha1=00", "sha256=00"] {
        assert_eq!(verified(Some(other), BODY, SECRET), wrong, "{other}");
    }
}

#[test]
fn an_unsigned_delivery_is_refused() {
    let missing = Err(WebhookRefused::MissingHeader(SIGNATURE));
    assert_eq!(verified(None, BODY, SECRET), missing);
}

#[test]
fn an_absent_secret_verifies_nothing() {
    // What anybody can compute: the signature with the empty secret.
    let mut mac = Hmac::<Sha256>::new_from_slice(b"").unwrap();
    mac.update(BODY);
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let wrong = Err(WebhookRefused::WrongSignature);
    assert_eq!(verified(Some(&format!("sha256={hex}")), BODY, ""), wrong);
}

#[test]
fn events_are_decoded_as_the_reference_shows_them() {
    let event = decoded(&serde_json::from_slice(BODY).unwrap()).unwrap();
    assert_eq!(event.subject, WebhookSubject::OrderChanged);
    assert_eq!(
        event.external_id.as_deref(),
        Some("5a96f649b2439217d070f507")
    );
    assert_eq!(event.shop, "815256");
    assert_eq!(event.triggered_at.as_deref(), Some("2022-05-17T15:00:00Z"));
    let gone = decoded(
        &json!({"id": "e", "type": "shop:disconnected", "created_at": "2022-05-17 15:00:00+00:00",
        "resource": {"id": 815256, "type": "shop", "data": null}}),
    );
    let gone = gone.unwrap();
    assert_eq!(
        (gone.subject, gone.shop.as_str()),
        (WebhookSubject::Disconnected, "815256")
    );
    assert_eq!(gone.external_id, None);
}

#[test]
fn each_topic_has_its_subject() {
    let subject = |topic: &str, data: Value| {
        let resource = json!({"id": "p", "type": "product", "data": data});
        decoded(&json!({"id": "e", "type": topic, "created_at": "2022-05-17 15:00:00+00:00", "resource": resource}))
            .unwrap()
            .subject
    };
    let create = json!({"shop_id": 1, "action": "create"});
    assert_eq!(
        subject("product:publish:started", create),
        WebhookSubject::PublishRequested
    );
    let delete = json!({"action": "delete"});
    assert_eq!(
        subject("product:publish:started", delete),
        WebhookSubject::ProductChanged
    );
    assert_eq!(
        subject("product:deleted", json!({"shop_id": 1})),
        WebhookSubject::ProductDeleted
    );
    assert_eq!(
        subject("order:shipment:created", Value::Null),
        WebhookSubject::OrderChanged
    );
    assert_eq!(
        subject("blueprint:retired", Value::Null),
        WebhookSubject::Other
    );
}

#[test]
fn a_body_that_does_not_fit_names_the_field() {
    let error = decoded(&json!({"id": "e", "type": "x", "resource": {"id": 1}})).unwrap_err();
    assert!(error.to_string().contains("created_at"), "{error}");
    let event = json!({"id": "e", "type": "x", "created_at": "today", "resource": {"id": 1}});
    let error = decoded(&event).unwrap_err();
    assert!(matches!(error, PlatformError::Protocol { .. }), "{error}");
    let event = json!({"id": "e", "type": "x", "created_at": "2022-05-17 15:00:00+00:00", "resource": {"id": null}});
    assert!(
        decoded(&event)
            .unwrap_err()
            .to_string()
            .contains("resource.id")
    );
}

#[test]
fn a_receipt_is_the_events_id_or_the_bodys_digest() {
    let headers = &HeaderMap::new();
    let receipt = |body| receipt(&WebhookDelivery { headers, body });
    let read = receipt(BODY);
    assert_eq!(read.event_id, "653b6be8-2ff7-4ab5-a7a6-6889a8b3bbf5");
    assert_eq!(read.topic, "order:updated");
    for body in [
        &b"<html>"[..],
        b"{}",
        b"[]",
        b"",
        b"{\"id\":\"\"}",
        b"{\"id\":7}",
    ] {
        let read = receipt(body);
        assert!(read.event_id.starts_with("sha256:"), "{read:?}");
        assert_eq!(read.topic, "unknown");
    }
    assert_ne!(receipt(b"a").event_id, receipt(b"b").event_id);
}
