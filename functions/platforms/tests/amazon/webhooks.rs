use crate::receiver::{Arrived, Receiver};
use crate::support::{Bench, models};
use common::platform::{
    Platform, PlatformError, WebhookDelivery, WebhookEvent, WebhookRefused, WebhookSubject,
};
use common::secret::Secret;
use http::HeaderMap;
use platforms::amazon::Amazon;
use serde_json::{Value, json};

const KEY: &str = "sandbox-webhook-key";

fn delivery(arrived: &Arrived) -> WebhookDelivery<'_> {
    WebhookDelivery {
        headers: &arrived.headers,
        body: &arrived.body,
    }
}

fn arrived(body: &Value) -> Arrived {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", KEY.parse().unwrap());
    Arrived {
        headers,
        body: body.to_string().into_bytes(),
    }
}

fn verify(arrived: &Arrived, key: &str) -> Result<(), WebhookRefused> {
    Amazon.verify_webhook(&delivery(arrived), &Secret::new(key.to_owned()), 0)
}

fn decode(arrived: &Arrived) -> Result<WebhookEvent, PlatformError> {
    Amazon.decode_webhook(&delivery(arrived))
}

/// The notification without what carried it.
fn bare(arrived: &Arrived) -> Value {
    let body: Value = serde_json::from_slice(&arrived.body).unwrap();
    match &body {
        Value::Array(one) => one[0].clone(),
        Value::Object(_) if body["detail"].is_object() => body["detail"].clone(),
        _ => body,
    }
}

#[tokio::test]
async fn what_happens_is_told_verified_and_understood() {
    let mut bench = Bench::new().await;
    let receiver = Receiver::start().await;
    bench.tell("webhooks", json!({"address": receiver.address}));
    bench.publish().await;
    bench.sandbox.advance(std::time::Duration::from_secs(5));
    bench.sandbox.delivered().await;
    bench.tell(
        "orders",
        json!({"lines": [{"sku": "MUG-1", "quantity": 7}]}),
    );
    bench.sandbox.delivered().await;
    bench.job("delete_listing").await.unwrap();
    bench.sandbox.delivered().await;
    let mut seen = Vec::new();
    for one in receiver.all() {
        verify(&one, KEY).unwrap();
        let event = decode(&one).unwrap();
        assert_eq!(event.shop, "A3SANDBOXSELLR");
        let receipt = Amazon.webhook_receipt(&delivery(&one));
        assert_eq!(receipt.event_id, event.delivery_id);
        assert_eq!(receipt.topic, event.topic);
        if let Some(models) = models() {
            let problems = models.check_notification(&bare(&one));
            assert_eq!(problems.unwrap_or_default(), [""; 0], "{event:?}");
        }
        seen.push((event.topic, event.subject, event.external_id.unwrap()));
    }
    seen.sort_by_key(|(topic, subject, _)| (topic.clone(), format!("{subject:?}")));
    let sku = || "MUG-1".to_owned();
    let status = "LISTINGS_ITEM_STATUS_CHANGE".to_owned();
    let stock = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE".to_owned();
    let changed = WebhookSubject::ProductChanged;
    let order = bench.seller()["orders"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        seen,
        [
            (stock.clone(), changed, sku()),
            (stock, changed, sku()),
            (status.clone(), changed, sku()),
            (status.clone(), changed, sku()),
            (status, WebhookSubject::ProductDeleted, sku()),
            (
                "ORDER_CHANGE".to_owned(),
                WebhookSubject::OrderChanged,
                order
            ),
        ]
    );
}

#[tokio::test]
async fn a_late_refusal_is_told() {
    let mut bench = Bench::new().await;
    let receiver = Receiver::start().await;
    bench.tell("webhooks", json!({"address": receiver.address}));
    bench.listing["product"]["title"] = json!("COUNTERFEIT Mug");
    bench.publish().await;
    bench.sandbox.advance(std::time::Duration::from_secs(5));
    bench.sandbox.delivered().await;
    let topics: Vec<String> = receiver
        .all()
        .iter()
        .map(|one| decode(one).unwrap().topic)
        .collect();
    assert!(
        topics.contains(&"LISTINGS_ITEM_ISSUES_CHANGE".to_owned()),
        "{topics:?}"
    );
}

#[test]
fn a_wrong_a_missing_and_an_absent_key_are_refused() {
    let one = arrived(&json!({}));
    assert_eq!(verify(&one, KEY), Ok(()));
    assert_eq!(verify(&one, "other"), Err(WebhookRefused::WrongSignature));
    assert_eq!(
        verify(&one, &format!("{KEY}x")),
        Err(WebhookRefused::WrongSignature)
    );
    assert_eq!(verify(&one, ""), Err(WebhookRefused::WrongSignature));
    let mut nameless = one.clone();
    nameless.headers.clear();
    assert_eq!(
        verify(&nameless, KEY),
        Err(WebhookRefused::MissingHeader("x-api-key"))
    );
    let mut empty = one;
    empty.headers.insert("x-api-key", "".parse().unwrap());
    assert_eq!(verify(&empty, KEY), Err(WebhookRefused::WrongSignature));
    assert_eq!(verify(&empty, ""), Err(WebhookRefused::WrongSignature));
}

fn notification(topic: &str, payload: Value) -> Value {
    json!({
        "NotificationType": topic,
        "EventTime": "2026-11-23T05:00:00Z",
        "Payload": payload,
        "NotificationMetadata": {"NotificationId": "n-1"},
    })
}

#[test]
fn a_notification_is_the_same_however_it_came() {
    let bare = notification(
        "LISTINGS_ITEM_STATUS_CHANGE",
        json!({"SellerId": "S", "Sku": "A", "Status": []}),
    );
    let event = json!({"id": "e-1", "detail-type": "x", "detail": bare});
    let queued = json!([{"messageId": "m", "body": bare.to_string()}]);
    for (body, event_id) in [
        (bare.clone(), None),
        (json!([bare]), None),
        (event, Some("e-1")),
        (queued, None),
    ] {
        let one = arrived(&body);
        let event = decode(&one).unwrap();
        assert_eq!(event.delivery_id, "n-1");
        assert_eq!(event.event_id.as_deref(), event_id);
        assert_eq!(event.external_id.as_deref(), Some("A"));
        assert_eq!(event.triggered_at.as_deref(), Some("2026-11-23T05:00:00Z"));
        assert_eq!(Amazon.webhook_receipt(&delivery(&one)).event_id, "n-1");
    }
}

#[test]
fn what_can_not_be_read_still_has_a_receipt() {
    let two = json!([notification("A", json!({})), notification("B", json!({}))]);
    let bodies = [
        b"{".to_vec(),
        b"".to_vec(),
        b"\xff\xfe".to_vec(),
        b"[]".to_vec(),
        br#"[{"body": "{"}]"#.to_vec(),
        two.to_string().into_bytes(),
    ];
    for body in bodies {
        let one = Arrived {
            headers: HeaderMap::new(),
            body,
        };
        let receipt = Amazon.webhook_receipt(&delivery(&one));
        assert!(receipt.event_id.starts_with("sha256:"), "{receipt:?}");
        assert!(matches!(decode(&one), Err(PlatformError::Protocol { .. })));
    }
    let batch = decode(&arrived(&two)).unwrap_err();
    assert!(batch.to_string().contains("batch size"), "{batch}");
}

#[test]
fn a_notification_that_lacks_its_subject_names_what_is_missing() {
    let cases = [
        (
            json!({"NotificationMetadata": {"NotificationId": "n"}}),
            "NotificationType",
        ),
        (
            json!({"NotificationType": "ORDER_CHANGE"}),
            "NotificationId",
        ),
        (
            notification("ORDER_CHANGE", json!({})),
            "OrderChangeNotification",
        ),
        (
            notification("ORDER_CHANGE", json!({"OrderChangeNotification": {}})),
            "AmazonOrderId",
        ),
        (
            notification("LISTINGS_ITEM_ISSUES_CHANGE", json!({"SellerId": "S"})),
            "Sku",
        ),
    ];
    for (body, field) in cases {
        let error = decode(&arrived(&body)).unwrap_err();
        assert!(matches!(error, PlatformError::Protocol { .. }));
        assert!(error.to_string().contains(field), "{error}");
    }
}

#[test]
fn a_topic_that_we_do_not_know_is_kept() {
    let one = arrived(&notification(
        "FEED_PROCESSING_FINISHED",
        json!({"sellerId": "S"}),
    ));
    let event = decode(&one).unwrap();
    assert_eq!(event.subject, WebhookSubject::Other);
    assert_eq!(event.shop, "S");
}

#[test]
fn amazons_own_examples_are_understood() {
    let Some(models) = models() else { return };
    for (topic, subject, id) in [
        (
            "ORDER_CHANGE",
            WebhookSubject::OrderChanged,
            "903-8868176-2219830",
        ),
        (
            "LISTINGS_ITEM_STATUS_CHANGE",
            WebhookSubject::ProductChanged,
            "NLS-SHOES-03",
        ),
        (
            "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
            WebhookSubject::ProductChanged,
            "NLS-SHOES-03",
        ),
    ] {
        let example = models.example(topic).unwrap();
        assert_eq!(models.check_notification(&example), Some(Vec::new()));
        let event = decode(&arrived(&example)).unwrap();
        assert_eq!(event.subject, subject);
        assert_eq!(event.external_id.as_deref(), Some(id));
    }
}

#[test]
fn a_notification_that_does_not_fit_its_schema_does_not_pass() {
    let Some(models) = models() else { return };
    let mut example = models.example("ORDER_CHANGE").unwrap();
    example["Payload"]["OrderChangeNotification"]["SellerId"] = json!(3);
    assert_ne!(models.check_notification(&example), Some(Vec::new()));
}
