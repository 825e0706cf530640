use crate::support::Bench;
use common::platform::{Action, ExternalOrder, Operation, OrderStatus, Outcome, PlatformError};
use serde_json::{Value, json};
use std::time::Duration;

async fn list(bench: &Bench, since: Option<&str>, limit: u32) -> Vec<ExternalOrder> {
    let mut orders = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(bench, since, cursor, limit).await;
        assert!(page.orders.len() <= limit as usize);
        orders.extend(page.orders);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return orders;
        }
    }
}

async fn page(bench: &Bench, since: Option<&str>, cursor: Option<String>, limit: u32) -> Outcome {
    let action = Action::ListOrders {
        since: since.map(str::to_owned),
        cursor,
        limit,
    };
    bench.run(&Operation::new(action, "orders")).await.unwrap()
}

async fn get(bench: &Bench, id: &str) -> Vec<ExternalOrder> {
    let action = Action::GetOrder {
        external_order_id: id.to_owned(),
    };
    bench
        .run(&Operation::new(action, "order"))
        .await
        .unwrap()
        .orders
}

fn order(bench: &Bench, lines: Value) -> String {
    let made = bench.control("orders", json!({ "lines": lines }));
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_is_read_with_its_lines_and_prices() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = order(
        &bench,
        json!([{"sku": "OBS-S", "quantity": 2}, {"sku": "OBS-M", "quantity": 1}]),
    );
    let read = get(&bench, &id).await.remove(0);
    assert_eq!(read.external_id, id);
    assert_eq!(read.number, "#1002");
    assert_eq!(read.status, OrderStatus::Open);
    assert_eq!(read.channel_status, "paid, unfulfilled");
    assert_eq!(read.currency, "USD");
    assert_eq!(read.total, "34.50");
    assert_eq!(read.placed_at, read.updated_at);
    let line = &read.lines[0];
    assert_eq!(line.sku.as_deref(), Some("OBS-S"));
    assert_eq!((line.quantity, line.fulfilled_quantity), (2, 0));
    assert_eq!(line.price, "11.00");
    assert_eq!(line.title, "Ocean Blue Shirt");
    assert_eq!(
        line.external_product_id.as_deref(),
        bench.product()["id"].as_str()
    );
    let number = id.rsplit('/').next().unwrap();
    assert_eq!(get(&bench, number).await, [read]);
}

#[tokio::test]
async fn an_unknown_order_is_no_order_and_no_error() {
    let bench = Bench::new().await;
    assert_eq!(get(&bench, "gid://shopify/Order/1").await, []);
}

#[tokio::test]
async fn orders_come_page_by_page_the_longest_unchanged_first() {
    let bench = Bench::new().await;
    let mut ids: Vec<String> = vec![bench.shop()["orders"][0]["id"].as_str().unwrap().to_owned()];
    for index in 0..4 {
        bench.sandbox.advance(Duration::from_secs(2));
        ids.push(order(
            &bench,
            json!([{"sku": format!("S{index}"), "quantity": 1}]),
        ));
    }
    bench.sandbox.advance(Duration::from_secs(2));
    bench.control(
        "order",
        json!({"id": ids[0], "financial_status": "PENDING"}),
    );
    ids.rotate_left(1);
    let read = list(&bench, None, 2).await;
    let read: Vec<&str> = read
        .iter()
        .map(|order| order.external_id.as_str())
        .collect();
    assert_eq!(read, ids);
    assert_eq!(bench.count("ListOrders"), 3);
}

#[tokio::test]
async fn only_what_changed_since_is_read() {
    let bench = Bench::new().await;
    bench.sandbox.advance(Duration::from_secs(60));
    let id = order(&bench, json!([{"sku": "X", "quantity": 1}]));
    let since = get(&bench, &id).await[0].updated_at.clone();
    let read = list(&bench, Some(&since), 10).await;
    assert_eq!(read.len(), 1, "the order at that very time is among them");
    assert_eq!(read[0].external_id, id);
    bench.sandbox.advance(Duration::from_secs(60));
    let first = bench.shop()["orders"][0]["id"].clone();
    bench.control("order", json!({"id": first, "cancel": true}));
    let read = list(&bench, Some(&since), 10).await;
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn a_time_that_is_none_never_reaches_the_shops_search() {
    let bench = Bench::new().await;
    let action = Action::ListOrders {
        since: Some("x' OR financial_status:paid".to_owned()),
        cursor: None,
        limit: 5,
    };
    let error = bench.run(&Operation::new(action, "o")).await.unwrap_err();
    let PlatformError::Rejected { field, .. } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!((field.as_deref(), error.requests), (Some("since"), 0));
}

#[tokio::test]
async fn an_order_with_more_lines_than_a_page_is_read_whole() {
    let bench = Bench::new().await;
    let lines: Vec<Value> = (0..130)
        .map(|index| json!({"sku": format!("S{index}"), "quantity": 1}))
        .collect();
    let id = order(&bench, json!(lines));
    let skus = |order: &ExternalOrder| -> Vec<String> {
        order
            .lines
            .iter()
            .filter_map(|line| line.sku.clone())
            .collect()
    };
    let all: Vec<String> = (0..130).map(|index| format!("S{index}")).collect();
    assert_eq!(skus(&get(&bench, &id).await[0]), all);
    let listed = list(&bench, None, 10).await;
    assert_eq!(listed.len(), 2);
    assert_eq!(skus(&listed[1]), all);
    assert_eq!(
        listed[0].lines.len(),
        2,
        "the other order's lines are its own"
    );
}

#[tokio::test]
async fn where_an_order_stands_is_told_by_payment_and_shipment() {
    let bench = Bench::new().await;
    let id = bench.shop()["orders"][0]["id"].as_str().unwrap().to_owned();
    let status = async || get(&bench, &id).await[0].status;
    for (paid, expected) in [
        ("PENDING", OrderStatus::Pending),
        ("AUTHORIZED", OrderStatus::Pending),
        ("PARTIALLY_REFUNDED", OrderStatus::Open),
        ("REFUNDED", OrderStatus::Refunded),
        ("PAID", OrderStatus::Open),
    ] {
        bench.control("order", json!({"id": id, "financial_status": paid}));
        assert_eq!(status().await, expected, "{paid}");
    }
    let part = json!({"payload": {"external_order_id": id, "tracking": {"number": "A"},
        "lines": [{"sku": "SANDBOX-1", "quantity": 1}]}});
    let sent = Operation::from_job("process_order", &part, "job").unwrap();
    bench.run(&sent).await.unwrap();
    let read = get(&bench, &id).await.remove(0);
    assert_eq!(read.status, OrderStatus::PartiallyFulfilled);
    assert_eq!(read.lines[0].fulfilled_quantity, 1);
    let rest = json!({"payload": {"external_order_id": id}});
    let sent = Operation::from_job("process_order", &rest, "job-2").unwrap();
    bench.run(&sent).await.unwrap();
    assert_eq!(status().await, OrderStatus::Fulfilled);
}
