use crate::support::Bench;
use common::platform::{Action, ExternalOrder, OrderStatus};
use serde_json::json;
use std::time::Duration;

fn list(cursor: Option<String>, limit: u32) -> Action {
    Action::ListOrders {
        since: Some("2026-01-01T00:00:00Z".to_owned()),
        cursor,
        limit,
    }
}

async fn one(bench: &mut Bench, id: &str) -> ExternalOrder {
    let action = Action::GetOrder {
        external_order_id: id.to_owned(),
    };
    let mut outcome = bench.act(action).await.unwrap();
    outcome.orders.pop().unwrap()
}

#[tokio::test]
async fn an_order_is_read_with_its_lines_and_without_its_buyer() {
    let mut bench = Bench::new().await;
    bench.publish_and_settle().await;
    let made = bench.tell(
        "orders",
        json!({"lines": [{"sku": "MUG-1", "quantity": 2}]}),
    );
    let id = made["id"].as_str().unwrap();
    let order = one(&mut bench, id).await;
    assert_eq!(order.external_id, id);
    assert_eq!(order.number, id);
    assert_eq!(order.status, OrderStatus::Open);
    assert_eq!(order.channel_status, "UNSHIPPED");
    assert_eq!(
        (order.total.as_str(), order.currency.as_str()),
        ("25.00", "USD")
    );
    let line = &order.lines[0];
    assert_eq!(line.sku.as_deref(), Some("MUG-1"));
    assert_eq!(line.title, "Enamel Mug");
    assert_eq!((line.quantity, line.fulfilled_quantity), (2, 0));
    assert_eq!(line.price, "12.50");
    assert_eq!(bench.seller()["restricted_reads"], 0);
    assert_eq!(bench.quantity("MUG-1"), 5);
}

#[tokio::test]
async fn an_order_that_is_not_there_is_nothing_and_no_error() {
    let mut bench = Bench::new().await;
    let action = Action::GetOrder {
        external_order_id: "000-0000000-0000000".to_owned(),
    };
    let outcome = bench.act(action).await.unwrap();
    assert_eq!(outcome.orders, []);
}

#[tokio::test]
async fn orders_are_listed_page_by_page() {
    let mut bench = Bench::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        let order = bench.tell("orders", json!({"lines": [{"sku": "X", "quantity": 1}]}));
        made.push(order["id"].as_str().unwrap().to_owned());
    }
    let (mut cursor, mut ids, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = bench.act(list(cursor, 2)).await.unwrap();
        ids.extend(page.orders.into_iter().map(|order| order.external_id));
        pages += 1;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids, made);
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn only_what_changed_since_then_is_listed() {
    let mut bench = Bench::new().await;
    bench.tell("orders", json!({"lines": [{"sku": "X", "quantity": 1}]}));
    let since = Some("2100-01-01T00:00:00Z".to_owned());
    let action = Action::ListOrders {
        since,
        cursor: None,
        limit: 100,
    };
    assert_eq!(bench.act(action).await.unwrap().orders, []);
    let all = Action::ListOrders {
        since: None,
        cursor: None,
        limit: u32::MAX,
    };
    assert_eq!(bench.act(all).await.unwrap().orders.len(), 1);
}

#[tokio::test]
async fn an_unpaid_order_has_no_prices_yet() {
    let mut bench = Bench::new().await;
    let order = json!({"lines": [{"sku": "X", "quantity": 1}], "status": "PENDING"});
    let id = bench.tell("orders", order)["id"].clone();
    let order = one(&mut bench, id.as_str().unwrap()).await;
    assert_eq!(order.status, OrderStatus::Pending);
    assert_eq!(
        (order.total.as_str(), order.currency.as_str()),
        ("0", "USD")
    );
}

#[tokio::test]
async fn a_search_is_allowed_once_in_three_minutes() {
    let mut bench = Bench::new().await;
    bench.tell(
        "quota",
        json!({"operation": "searchOrders", "per_second": 0.0056, "burst": 1}),
    );
    bench.act(list(None, 10)).await.unwrap();
    let error = bench.act(list(None, 10)).await.unwrap_err();
    let common::platform::PlatformError::RetryAfter { after, .. } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(after.unwrap().as_secs(), 178);
    bench.sandbox.advance(Duration::from_secs(179));
    bench.act(list(None, 10)).await.unwrap();
}

#[tokio::test]
async fn a_made_up_cursor_is_refused() {
    let mut bench = Bench::new().await;
    let error = bench.act(list(Some("x".to_owned()), 10)).await.unwrap_err();
    assert!(error.to_string().contains("cursor"), "{error}");
}
