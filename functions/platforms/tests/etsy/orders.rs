use crate::support::{Bench, rejected};
use common::platform::{Action, DriveError, Operation, OrderStatus, Outcome};
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

fn ordered(bench: &Bench, body: Value) -> String {
    bench.control("orders", body)["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn two(bench: &Bench) -> String {
    ordered(
        bench,
        json!({"lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]}),
    )
}

async fn send(bench: &Bench, payload: Value) -> Result<Outcome, DriveError> {
    let payload = json!({ "payload": payload });
    let operation = Operation::from_job("process_order", &payload, "job").unwrap();
    bench.run(&operation).await
}

fn mails(bench: &Bench) -> usize {
    bench.shop()["mails"].as_array().unwrap().len()
}

fn parcel(id: &str) -> Value {
    json!({"external_order_id": id, "tracking": {"company": "Royal Mail", "number": "AB 123-4"}})
}

#[tokio::test]
async fn a_parcel_is_reported_once() {
    let bench = Bench::new().await;
    let id = two(&bench);
    let outcome = send(&bench, parcel(&id)).await.unwrap();
    assert_eq!(outcome.result["was_fulfilled"], false);
    assert_eq!(outcome.result["fulfilments"].as_array().unwrap().len(), 1);
    let receipt = bench.shop()["receipts"][0].clone();
    assert_eq!(receipt["status"], "completed");
    assert_eq!(receipt["shipments"][0]["carrier_name"], "royal-mail");
    let again = send(&bench, parcel(&id)).await.unwrap();
    assert_eq!(again.result["was_fulfilled"], true);
    let mut other = parcel(&id);
    other["tracking"]["number"] = json!("ab1234");
    let same = send(&bench, other).await.unwrap();
    assert_eq!(
        same.result["was_fulfilled"], true,
        "the same number, written differently"
    );
    assert_eq!(mails(&bench), 1);
}

#[tokio::test]
async fn a_lost_reply_sends_no_second_mail() {
    for kind in [FaultKind::LostReply, FaultKind::Cut] {
        let bench = Bench::new().await;
        let id = two(&bench);
        bench.sandbox.inject(Fault::new(kind, "/tracking"));
        let error = send(&bench, parcel(&id)).await.unwrap_err();
        assert!(error.cause.is_transient());
        assert_eq!(mails(&bench), 1, "it was done");
        let again = send(&bench, parcel(&id)).await.unwrap();
        assert_eq!(again.result["was_fulfilled"], true);
        assert_eq!(mails(&bench), 1);
    }
}

#[tokio::test]
async fn without_a_number_the_receipt_itself_tells() {
    let bench = Bench::new().await;
    let id = two(&bench);
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "/tracking"));
    send(&bench, json!({"external_order_id": id}))
        .await
        .unwrap_err();
    let again = send(&bench, json!({"external_order_id": id}))
        .await
        .unwrap();
    assert_eq!(again.result["was_fulfilled"], true);
    assert_eq!(mails(&bench), 1);
}

#[tokio::test]
async fn a_missing_number_is_named_where_etsy_wants_one() {
    let bench = Bench::new().await;
    let line = json!([{"sku": "A", "quantity": 2}]);
    let id = ordered(&bench, json!({"lines": line, "country": "US"}));
    let (_, reason) = rejected(
        send(&bench, json!({"external_order_id": id}))
            .await
            .unwrap_err(),
    );
    assert!(reason.contains("tracking number"), "{reason}");
    assert_eq!(mails(&bench), 0);
}

#[tokio::test]
async fn a_carrier_that_etsy_does_not_know_is_other_or_as_the_store_says() {
    let mut bench = Bench::new().await;
    let carrier = |bench: &Bench, at: usize| {
        bench.shop()["receipts"][at]["shipments"][0]["carrier_name"].clone()
    };
    let mut payload = parcel(&two(&bench));
    payload["tracking"]["company"] = json!("Uncle Bob");
    send(&bench, payload.clone()).await.unwrap();
    assert_eq!(carrier(&bench, 0), "other");
    bench.store.config["carriers"] = json!({"Uncle Bob": "bobs-express"});
    payload["external_order_id"] = json!(two(&bench));
    send(&bench, payload).await.unwrap();
    assert_eq!(carrier(&bench, 1), "bobs-express");
}

#[tokio::test]
async fn a_part_of_an_order_is_refused_until_all_is_sent() {
    let bench = Bench::new().await;
    let id = two(&bench);
    let mut payload = parcel(&id);
    payload["lines"] = json!([{"sku": "A", "quantity": 1}]);
    let (field, reason) = rejected(send(&bench, payload.clone()).await.unwrap_err());
    assert_eq!(field, "lines");
    assert!(reason.contains("whole order"), "{reason}");
    payload["lines"] = json!([{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 1}]);
    let (field, _) = rejected(send(&bench, payload.clone()).await.unwrap_err());
    assert_eq!(field, "lines.A");
    assert_eq!(mails(&bench), 0);
    payload["lines"] = json!([{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]);
    send(&bench, payload.clone()).await.unwrap();
    payload["tracking"]["number"] = json!("SECOND");
    payload["lines"] = json!([{"sku": "B", "quantity": 1}]);
    send(&bench, payload).await.unwrap();
    assert_eq!(
        mails(&bench),
        2,
        "a second parcel of an order that is marked as sent"
    );
}

#[tokio::test]
async fn a_cancelled_and_an_unknown_order_are_named() {
    let bench = Bench::new().await;
    let id = two(&bench);
    bench.control("cancel", json!({"id": id}));
    let (field, _) = rejected(send(&bench, parcel(&id)).await.unwrap_err());
    assert_eq!(field, "external_order_id");
    for unknown in ["1", "gid://shopify/Order/1"] {
        let (field, _) = rejected(send(&bench, parcel(unknown)).await.unwrap_err());
        assert_eq!(field, "external_order_id");
    }
    assert_eq!(mails(&bench), 0);
}

#[tokio::test]
async fn orders_are_read_with_their_lines_and_states() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = ordered(&bench, json!({"lines": [{"sku": "OBS-S", "quantity": 2}]}));
    let get = |id: &str| {
        let external_order_id = id.to_owned();
        bench.act(Action::GetOrder { external_order_id })
    };
    let order = get(&id).await.unwrap().orders.remove(0);
    assert_eq!(order.status, OrderStatus::Open);
    assert_eq!(
        (order.total.as_str(), order.currency.as_str()),
        ("22.00", "USD")
    );
    assert_eq!(order.lines[0].sku.as_deref(), Some("OBS-S"));
    assert_eq!(
        order.lines[0].external_product_id,
        bench.listing["listing"]["external_id"]
            .as_str()
            .map(str::to_owned)
    );
    assert_eq!(
        (order.lines[0].quantity, order.lines[0].fulfilled_quantity),
        (2, 0)
    );
    assert_eq!(bench.stock("OBS-S"), 3);
    send(&bench, parcel(&id)).await.unwrap();
    let order = get(&id).await.unwrap().orders.remove(0);
    assert_eq!(order.status, OrderStatus::Fulfilled);
    assert_eq!(order.lines[0].fulfilled_quantity, 2);
    for (what, status) in [
        ("cancel", OrderStatus::Cancelled),
        ("refund", OrderStatus::Refunded),
    ] {
        bench.control(what, json!({"id": id}));
        assert_eq!(get(&id).await.unwrap().orders[0].status, status);
    }
    let unpaid = ordered(&bench, json!({"lines": [{"sku": "X"}], "paid": false}));
    assert_eq!(
        get(&unpaid).await.unwrap().orders[0].status,
        OrderStatus::Pending
    );
    for unknown in ["77", "abc"] {
        assert!(get(unknown).await.unwrap().orders.is_empty());
    }
}

#[tokio::test]
async fn changed_orders_are_read_page_by_page() {
    let bench = Bench::new().await;
    let old = two(&bench);
    bench.sandbox.advance(Duration::from_secs(100));
    let mut news: Vec<String> = (0..5).map(|_| two(&bench)).collect();
    let receipts = bench.shop()["receipts"].clone();
    let newest = receipts[5]["updated_timestamp"].as_i64().unwrap();
    let since = jiff::Timestamp::from_second(newest - 50)
        .unwrap()
        .to_string();
    let mut read = Vec::new();
    let mut cursor = None;
    loop {
        let action = Action::ListOrders {
            since: Some(since.clone()),
            cursor,
            limit: 2,
        };
        let page = bench.act(action).await.unwrap();
        read.extend(page.orders.into_iter().map(|it| it.external_id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    read.sort();
    news.sort();
    assert_eq!(read, news);
    assert!(!read.contains(&old));
    let wrong = Action::ListOrders {
        since: Some("yesterday".to_owned()),
        cursor: None,
        limit: 2,
    };
    assert_eq!(rejected(bench.act(wrong).await.unwrap_err()).0, "since");
}
