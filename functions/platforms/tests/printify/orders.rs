use crate::support::{Bench, refused};
use common::platform::{DriveError, Operation, Outcome};
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

async fn process(bench: &Bench, payload: Value) -> Result<Outcome, DriveError> {
    let payload = json!({ "payload": payload });
    bench
        .run(&Operation::from_job("process_order", &payload, "job").unwrap())
        .await
}

fn order(bench: &Bench, index: usize) -> Value {
    bench.shop()["orders"][index].clone()
}

/// A bench whose product is for sale.
pub async fn selling() -> Bench {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench
}

pub fn ordered(bench: &Bench) -> String {
    let lines = json!([{"sku": "LS-S", "quantity": 2}, {"sku": "LS-M", "quantity": 1}]);
    bench.tell("orders", json!({ "lines": lines }))["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn foreign() -> Value {
    json!({"external_order_id": "112-7654321-0000001", "notify_customer": true,
        "lines": [{"sku": "LS-S", "quantity": 2}, {"sku": "LS-M", "quantity": 1}],
        "recipient": {"first_name": "Ada", "last_name": "Love", "country": "GB", "address1": "12 Way",
            "city": "London", "zip": "EC1A 1BB", "email": "ada@example.com"}})
}

#[tokio::test]
async fn an_order_of_the_shop_is_sent_to_production_once() {
    let bench = selling().await;
    let id = ordered(&bench);
    let outcome = process(&bench, json!({"external_order_id": id}))
        .await
        .unwrap();
    assert_eq!(outcome.result["sent_to_production"], true);
    assert_eq!(order(&bench, 0)["status"], "sending-to-production");
    let again = process(&bench, json!({"external_order_id": id}))
        .await
        .unwrap();
    assert_eq!(again.result["was_in_production"], true);
    assert_eq!(order(&bench, 0)["charges"], 1);
}

#[tokio::test]
async fn an_order_of_another_channel_is_made_and_sent_once() {
    let bench = selling().await;
    let outcome = process(&bench, foreign()).await.unwrap();
    assert_eq!(outcome.result["created"], true);
    let made = order(&bench, 0);
    assert_eq!(made["metadata"]["shop_order_id"], "112-7654321-0000001");
    assert_eq!(made["line_items"][0]["quantity"], 2);
    assert_eq!(made["address_to"]["region"], "");
    assert_eq!(made["status"], "sending-to-production");
    let again = process(&bench, foreign()).await.unwrap();
    assert_eq!(again.result["was_in_production"], true);
    assert_eq!(again.result["printify_order_id"], made["id"]);
    assert_eq!(bench.shop()["orders"].as_array().unwrap().len(), 1);
    assert_eq!(order(&bench, 0)["charges"], 1);
}

#[tokio::test]
async fn a_lost_reply_makes_no_second_order_and_pays_once() {
    for step in [
        "POST /printify/v1/shops/815256/orders.json",
        "send_to_production",
    ] {
        for kind in [FaultKind::LostReply, FaultKind::Cut] {
            let bench = selling().await;
            bench.sandbox.inject(Fault::new(kind, step));
            assert!(
                process(&bench, foreign())
                    .await
                    .unwrap_err()
                    .cause
                    .is_transient()
            );
            process(&bench, foreign()).await.unwrap();
            assert_eq!(
                bench.shop()["orders"].as_array().unwrap().len(),
                1,
                "{step}"
            );
            assert_eq!(order(&bench, 0)["charges"], 1, "{step}");
        }
    }
}

#[tokio::test]
async fn an_earlier_attempts_order_is_found_behind_newer_ones() {
    let bench = selling().await;
    bench.sandbox.inject(Fault::new(
        FaultKind::LostReply,
        "POST /printify/v1/shops/815256/orders.json",
    ));
    process(&bench, foreign()).await.unwrap_err();
    for _ in 0..25 {
        bench.sandbox.advance(Duration::from_secs(2));
        ordered(&bench);
    }
    process(&bench, foreign()).await.unwrap();
    assert_eq!(bench.shop()["orders"].as_array().unwrap().len(), 26);
    assert_eq!(bench.count("page=3&sku=LS-S"), 1);
}

#[tokio::test]
async fn an_order_is_made_as_a_whole() {
    let bench = selling().await;
    let id = ordered(&bench);
    let part = json!({"external_order_id": id, "lines": [{"sku": "LS-S", "quantity": 1}]});
    let (field, _) = refused(process(&bench, part).await);
    assert!(field.starts_with("lines."), "{field}");
    assert_eq!(order(&bench, 0)["charges"], 0);
    let all = json!({"external_order_id": id, "tracking": {"number": "1Z"},
        "lines": [{"sku": "LS-S", "quantity": 2}, {"sku": "LS-M", "quantity": 1}]});
    let outcome = process(&bench, all).await.unwrap();
    assert!(
        outcome.result["tracking"]
            .as_str()
            .unwrap()
            .contains("not passed on")
    );
    assert_eq!(order(&bench, 0)["charges"], 1);
}

#[tokio::test]
async fn an_order_that_was_not_paid_is_tried_again() {
    let bench = selling().await;
    let id = ordered(&bench);
    bench.tell("unpaid", json!({ "id": id }));
    process(&bench, json!({"external_order_id": id}))
        .await
        .unwrap();
    assert_eq!(order(&bench, 0)["status"], "sending-to-production");
}

#[tokio::test]
async fn an_order_that_can_not_be_made_says_why() {
    let bench = selling().await;
    for (what, word) in [("cancel", "cancelled"), ("issue", "issue")] {
        let id = ordered(&bench);
        bench.tell(what, json!({ "id": id }));
        let (field, reason) = refused(process(&bench, json!({"external_order_id": id})).await);
        assert_eq!(field, "external_order_id");
        assert!(reason.contains(word), "{reason}");
    }
    let nobodys = json!({"external_order_id": "0123456789abcdef01234567"});
    assert_eq!(
        refused(process(&bench, nobodys).await).0,
        "external_order_id"
    );
    let mut order = foreign();
    order["lines"][0]["sku"] = json!("NO-SUCH");
    assert_eq!(refused(process(&bench, order).await).0, "line_items.0.sku");
    let mut order = foreign();
    order["recipient"]["zip"] = json!(" ");
    assert_eq!(refused(process(&bench, order).await).0, "recipient.zip");
    for missing in ["recipient", "lines"] {
        let mut order = foreign();
        order.as_object_mut().unwrap().remove(missing);
        assert_eq!(refused(process(&bench, order).await).0, missing);
    }
}
