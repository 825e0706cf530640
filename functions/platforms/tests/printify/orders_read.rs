//! Orders as they are read.

use crate::orders::{ordered, selling};
use crate::support::{Bench, refused};
use common::platform::{Action, OrderStatus, Outcome};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_order_is_read_as_it_is_now() {
    let bench = selling().await;
    let external_order_id = ordered(&bench);
    let get = || {
        bench.act(Action::GetOrder {
            external_order_id: external_order_id.clone(),
        })
    };
    let read = get().await.unwrap().orders.remove(0);
    assert_eq!(read.external_id, external_order_id);
    assert_eq!(read.number, "1370762297");
    assert_eq!(
        (read.status, read.channel_status.as_str()),
        (OrderStatus::Open, "on-hold")
    );
    assert_eq!(read.currency, "USD");
    // 2 × 21.00 + 24.90, and to send them 4.75 + 2.40 and 4.75.
    assert_eq!(read.total, "78.80");
    assert_eq!(read.lines[0].sku.as_deref(), Some("LS-S"));
    assert_eq!(
        (read.lines[0].quantity, read.lines[0].fulfilled_quantity),
        (2, 0)
    );
    assert_eq!(read.lines[0].price, "21.00");
    assert_eq!(
        read.lines[0].external_product_id.as_deref(),
        bench.product()["id"].as_str()
    );

    bench.sandbox.advance(Duration::from_secs(60));
    bench.tell(
        "ship",
        json!({"id": external_order_id, "carrier": "dhl", "number": "00340"}),
    );
    let sent = get().await.unwrap().orders.remove(0);
    assert_eq!(sent.status, OrderStatus::Fulfilled);
    assert_eq!(sent.lines[0].fulfilled_quantity, 2);
    assert!(sent.updated_at > read.updated_at);
    assert_eq!(sent.placed_at, read.placed_at);
}

#[tokio::test]
async fn unknown_orders_are_none() {
    let bench = Bench::new().await;
    let nobodys = Action::GetOrder {
        external_order_id: "0123456789abcdef01234567".to_owned(),
    };
    assert_eq!(bench.act(nobodys).await.unwrap().orders, []);
}

#[tokio::test]
async fn orders_are_read_page_by_page_however_many_are_wanted() {
    let bench = selling().await;
    let ids: Vec<String> = (0..23).map(|_| ordered(&bench)).collect();
    let (mut cursor, mut read) = (None, Vec::new());
    let mut pages = 0;
    loop {
        let (since, limit) = (None, u32::MAX);
        let page = bench
            .act(Action::ListOrders {
                since,
                cursor,
                limit,
            })
            .await
            .unwrap();
        read.extend(page.orders.into_iter().map(|order| order.external_id));
        pages += 1;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    read.reverse();
    assert_eq!((read, pages), (ids, 3));
}

#[tokio::test]
async fn what_can_not_have_changed_since_is_left_out() {
    let bench = selling().await;
    let done = ordered(&bench);
    bench.tell("ship", json!({"id": done}));
    let open = ordered(&bench);
    bench.sandbox.advance(Duration::from_secs(3600));
    let late = ordered(&bench);
    let read = |since: &str| {
        let (since, cursor, limit) = (Some(since.to_owned()), None, 10);
        bench.act(Action::ListOrders {
            since,
            cursor,
            limit,
        })
    };
    let get = Action::GetOrder {
        external_order_id: late.clone(),
    };
    let since = bench.act(get).await.unwrap().orders.remove(0).placed_at;
    let ids = |outcome: Outcome| -> Vec<String> {
        outcome
            .orders
            .into_iter()
            .map(|it| it.external_id)
            .collect()
    };
    assert_eq!(
        ids(read(&since).await.unwrap()),
        [late, open],
        "the open one may have changed"
    );
    assert_eq!(ids(read("2020-01-01T00:00:00Z").await.unwrap()).len(), 3);
    assert_eq!(refused(read("last week").await).0, "since");
}

#[tokio::test]
async fn the_reading_of_changes_ends_where_orders_are_old() {
    let bench = selling().await;
    for _ in 0..25 {
        ordered(&bench);
        bench.sandbox.advance(Duration::from_secs(24 * 60 * 60));
    }
    bench
        .sandbox
        .advance(Duration::from_secs(100 * 24 * 60 * 60));
    let id = ordered(&bench);
    let get = Action::GetOrder {
        external_order_id: id,
    };
    let since = Some(bench.act(get).await.unwrap().orders.remove(0).placed_at);
    let first = bench
        .act(Action::ListOrders {
            since: since.clone(),
            cursor: None,
            limit: 10,
        })
        .await
        .unwrap();
    assert_eq!(first.next_cursor.as_deref(), Some("2"));
    let cursor = first.next_cursor;
    let second = bench
        .act(Action::ListOrders {
            since,
            cursor,
            limit: 10,
        })
        .await
        .unwrap();
    assert_eq!(second.next_cursor, None, "the third page is older still");
}
