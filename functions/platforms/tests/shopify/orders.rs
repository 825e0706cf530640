use crate::support::Bench;
use common::platform::{DriveError, Operation, Outcome, PlatformError};
use sandbox::{Fault, FaultKind, TOKEN};
use serde_json::{Value, json};

async fn send(bench: &Bench, payload: Value) -> Result<Outcome, DriveError> {
    let payload = json!({ "payload": payload });
    let operation = Operation::from_job("process_order", &payload, "job").unwrap();
    bench.run(&operation).await
}

fn seeded(bench: &Bench) -> String {
    bench.shop()["orders"][0]["id"].as_str().unwrap().to_owned()
}

fn sent(bench: &Bench) -> usize {
    bench.shop()["orders"][0]["sent"].as_array().unwrap().len()
}

#[tokio::test]
async fn everything_that_is_open_is_sent_once() {
    let bench = Bench::new().await;
    let id = seeded(&bench);
    let number = id.rsplit('/').next().unwrap();
    let payload = json!({"external_order_id": number, "notify_customer": true,
        "tracking": {"company": "DHL", "number": "00340"}});
    let outcome = send(&bench, payload.clone()).await.unwrap();
    assert_eq!(outcome.result["fulfilments"].as_array().unwrap().len(), 1);
    let order = bench.shop()["orders"][0].clone();
    assert_eq!(order["fulfilment_orders"][0]["status"], "CLOSED");
    assert_eq!(order["sent"][0]["tracking"]["number"], "00340");
    assert_eq!(order["sent"][0]["notify_customer"], true);
    let again = send(&bench, payload).await.unwrap();
    assert_eq!(again.result["was_fulfilled"], true);
    assert_eq!(sent(&bench), 1);
}

#[tokio::test]
async fn a_part_is_sent_and_its_repeat_is_recognised_by_the_tracking_number() {
    let bench = Bench::new().await;
    let payload = json!({"external_order_id": seeded(&bench),
        "lines": [{"sku": "SANDBOX-1", "quantity": 1}], "tracking": {"number": "A1"}});
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "Fulfil"));
    let error = send(&bench, payload.clone()).await.unwrap_err();
    assert!(error.cause.is_transient());
    let again = send(&bench, payload).await.unwrap();
    assert_eq!(again.result["was_fulfilled"], true);
    assert_eq!(sent(&bench), 1);
    let lines = bench.shop()["orders"][0]["fulfilment_orders"][0]["lines"].clone();
    assert_eq!(lines[0]["remaining"], 1);
    assert_eq!(lines[1]["remaining"], 1);

    let rest = json!({"external_order_id": seeded(&bench),
        "lines": [{"sku": "SANDBOX-1", "quantity": 1}, {"sku": "SANDBOX-2", "quantity": 1}],
        "tracking": {"number": "A2"}});
    send(&bench, rest).await.unwrap();
    let order = bench.shop()["orders"][0].clone();
    assert_eq!(order["fulfilment_orders"][0]["status"], "CLOSED");
}

#[tokio::test]
async fn a_part_without_a_tracking_number_is_refused_before_anything_is_sent() {
    let bench = Bench::new().await;
    let payload = json!({"external_order_id": seeded(&bench),
        "lines": [{"sku": "SANDBOX-1", "quantity": 1}]});
    let error = send(&bench, payload).await.unwrap_err();
    assert_eq!(error.requests, 0);
    let PlatformError::Rejected { field, .. } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("tracking.number"));
}

#[tokio::test]
async fn more_than_was_ordered_is_refused() {
    let bench = Bench::new().await;
    let payload = json!({"external_order_id": seeded(&bench),
        "lines": [{"sku": "SANDBOX-1", "quantity": 3}], "tracking": {"number": "A1"}});
    let error = send(&bench, payload).await.unwrap_err();
    assert!(error.to_string().contains("lines.SANDBOX-1"), "{error}");
    assert_eq!(sent(&bench), 0);
}

#[tokio::test]
async fn an_unknown_order_is_named() {
    let bench = Bench::new().await;
    let payload = json!({"external_order_id": "gid://shopify/Order/1"});
    let error = send(&bench, payload).await.unwrap_err();
    assert!(error.to_string().contains("external_order_id"), "{error}");
}

#[tokio::test]
async fn orders_do_not_touch_each_other() {
    let bench = Bench::new().await;
    let second = bench.sandbox.add_order(TOKEN, &[("X", 4)]);
    send(&bench, json!({"external_order_id": second}))
        .await
        .unwrap();
    assert_eq!(sent(&bench), 0);
    assert_eq!(
        bench.shop()["orders"][1]["sent"][0]["lines"],
        json!([["X", 4]])
    );
}
