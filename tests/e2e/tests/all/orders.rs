//! Orders: read from the channel, shown, and reported as sent.

use crate::scenario::{Shop, id};
use serde_json::{Value, json};

impl Shop {
    /// Has the channel's orders read, as the watch does.
    async fn read_orders(&self) {
        let job = json!({"type": "read_orders", "store_id": self.store["id"]});
        self.operator.post("/jobs", &job).await.expect(201);
        self.app.tick("job-worker").await;
    }

    /// Publishes the listing, sells two of it, and reads the orders; the order as we show it.
    async fn one_order(&self) -> Value {
        self.approved("publish", json!({})).await;
        self.app.tick("job-worker").await;
        // The fake shop has an order of its own besides.
        let made = self.sandbox.add_order(sandbox::TOKEN, &[("MUG-1", 2)]);
        self.read_orders().await;
        let list = self.operator.get("/orders?status=eq.open").await;
        let list = list.expect(200);
        let rows = list["data"].as_array().unwrap();
        let mut rows = rows
            .iter()
            .filter(|row| row["external_id"] == made.as_str());
        let order = rows.next().cloned();
        assert!(rows.next().is_none(), "once: {list:#}");
        order.unwrap_or_else(|| panic!("{made} is missing: {list:#}"))
    }

    async fn order(&self, order: &Value) -> Value {
        let path = format!("/orders/{}", id(order));
        self.operator.get(&path).await.expect(200)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_read_shown_and_fulfilled_once() {
    let shop = Shop::open().await;
    let order = shop.one_order().await;
    assert_eq!(order["store_id"], shop.store["id"]);
    assert_eq!(order["lines"][0]["sku"], "MUG-1");
    assert_eq!(order["lines"][0]["quantity"], 2);

    let path = format!("/orders/{}/fulfil", id(&order));
    let parcel =
        json!({"tracking": {"company": "DHL", "number": "00340434"}, "notify_customer": false});
    let job = shop.operator.post(&path, &parcel).await.expect(201);
    let again = shop.operator.post(&path, &parcel).await.expect(200);
    assert_eq!(again["id"], job["id"], "it is about to be told already");
    shop.app.tick("job-worker").await;
    let shown = shop.order(&order).await;
    assert_eq!(shown["status"], "fulfilled", "{shown:#}");
    assert_eq!(shown["jobs"][0]["id"], job["id"]);
    assert_eq!(shown["jobs"][0]["status"], "completed");
    shop.operator
        .post(&path, &parcel)
        .await
        .expect_error(409, "CONFLICT");

    let audit = format!(
        "/audit-logs?resource_type=eq.order&resource_id=eq.{}",
        id(&order)
    );
    let trail = shop.reviewer.get(&audit).await.expect(200);
    assert!(trail["count"].as_u64().unwrap() >= 2, "{trail:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_sent_is_refused_and_named() {
    let shop = Shop::open().await;
    let order = shop.one_order().await;
    let path = format!("/orders/{}/fulfil", id(&order));
    for body in [
        json!({"lines": [{"sku": "CUP", "quantity": 1}]}),
        json!({"lines": [{"sku": "MUG-1", "quantity": 3}]}),
        json!({"lines": [{"sku": "MUG-1", "quantity": 0}]}),
        json!({"lines": [{"sku": "", "quantity": 1}]}),
        json!({"parcel": "T1"}),
    ] {
        shop.operator
            .post(&path, &body)
            .await
            .expect_error(400, "VALIDATION_ERROR");
    }
    shop.reviewer
        .post(&path, &json!({}))
        .await
        .expect_error(403, "FORBIDDEN");
    let nowhere = "/orders/00000000-0000-4000-8000-000000000000/fulfil";
    shop.operator
        .post(nowhere, &json!({}))
        .await
        .expect_error(404, "NOT_FOUND");
    shop.operator
        .patch(&format!("/orders/{}", id(&order)), &json!({}))
        .await
        .expect_error(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watch_reads_a_silent_store_and_sees_to_its_notifications() {
    let shop = Shop::open().await;
    shop.sandbox.add_order(sandbox::TOKEN, &[("MUG-1", 1)]);
    shop.app.tick("channel-watch").await;
    shop.app.tick("channel-watch").await;
    let jobs = shop.operator.get("/jobs?order=type.asc&select=type").await;
    assert_eq!(
        jobs.expect(200)["data"],
        json!([{"type": "read_orders"}, {"type": "subscribe_webhooks"}]),
        "each once"
    );
    shop.app.tick("job-worker").await;
    let orders = shop.operator.get("/orders").await.expect(200);
    assert_eq!(orders["count"], 2, "the fake shop's own, and this one");
    let store = format!("/stores/{}", id(&shop.store));
    let store = shop.owner.get(&store).await.expect(200);
    assert!(store["orders_read_until"].is_string(), "{store:#}");
    assert!(store["webhooks"]["checked_at"].is_string(), "{store:#}");
}
