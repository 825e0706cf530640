//! What was sent to a store's channel, as its team sees it.

use crate::scenario::{Shop, id};
use e2e::Caller;
use hub::token::Role;
use serde_json::{Value, json};

async fn rows(caller: &Caller, store: &Value, query: &str) -> Vec<Value> {
    let page = caller
        .get(&format!("/stores/{}/requests?{query}", id(store)))
        .await
        .expect(200);
    page["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_to_the_channel_is_listed_with_what_was_measured() {
    let shop = Shop::open().await;
    let approval = shop.approved("publish", json!({})).await;
    shop.app.tick("job-worker").await;
    let job = shop.job_of(&approval).await;
    assert_eq!(job["status"], "completed", "{job:#}");
    let query = format!("job_id=eq.{}&order=created_at", id(&job));
    let sent = rows(&shop.operator, &shop.store, &query).await;
    assert!(!sent.is_empty());
    for row in &sent {
        assert_eq!(
            (&row["status"], &row["operation"]),
            (&json!(200), &json!("create_product"))
        );
        assert!(
            row["response_bytes"].as_i64() > Some(0) && row["duration_ms"].is_i64(),
            "{row}"
        );
        assert_eq!((&row["attempt"], &row["wait_ms"]), (&json!(1), &json!(0)));
    }
    let text = Value::from(sent).to_string();
    assert!(
        !text.contains(sandbox::TOKEN) && !text.contains("A mug"),
        "{text}"
    );
    assert_eq!(
        rows(&shop.operator, &shop.store, "status=gte.400").await,
        [] as [Value; 0]
    );
    let traffic = shop
        .operator
        .get(&format!("/stores/{}/traffic", id(&shop.store)))
        .await
        .expect(200);
    assert_eq!(traffic["breaker"], "closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_others_has_no_requests_to_show() {
    let shop = Shop::open().await;
    let stranger = shop
        .app
        .member("owner@else.example", "else", Role::Owner)
        .await;
    for what in ["requests", "traffic"] {
        let path = format!("/stores/{}/{what}", id(&shop.store));
        stranger.get(&path).await.expect_error(404, "NOT_FOUND");
        shop.owner.post(&path, &json!({})).await.expect(405);
    }
    let path = format!("/stores/{}/requests?secret=eq.x", id(&shop.store));
    shop.owner
        .get(&path)
        .await
        .expect_error(400, "VALIDATION_ERROR");
}
