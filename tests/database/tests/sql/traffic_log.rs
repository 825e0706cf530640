//! The request log and the cache, through `hub.admit` and `hub.observe`.

use database::{Member, Stage};
use serde_json::{Value, json};

fn request(stage: &Stage, more: Value) -> Value {
    let mut args = json!({"workspace": stage.workspace, "store": stage.store, "job": null,
        "operation": "list_products", "method": "GET", "host": "shop.example", "path": "/taxonomy",
        "limits": [], "most_wait_ms": 0, "attempt": 2, "wait_ms": 30, "duration_ms": 5,
        "request_bytes": 0, "is_failure": false});
    let fields = args.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    args
}

fn key() -> String {
    "a".repeat(64)
}

/// What an answer was kept for.
fn keep(for_ms: u64) -> Value {
    json!({"status": 200, "response_bytes": 3, "keep": {"key": key(), "for_ms": for_ms, "status": 200,
        "content_type": "application/json", "etag": "\"v1\"", "body": "[1]"}})
}

async fn log(stage: &Stage) -> Vec<Value> {
    let statement =
        "select coalesce(json_agg(r order by created_at), '[]')::text from api.channel_requests r";
    let rows = stage
        .request(Member::Operator, "one", "read", statement, &json!({}))
        .await
        .unwrap();
    rows.as_array().unwrap().clone()
}

#[tokio::test]
async fn each_request_is_in_the_log_with_what_was_measured() {
    let stage = Stage::new().await.unwrap();
    let job = stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    let seen = json!({"job": job, "status": 200, "response_bytes": 12, "request_bytes": 7});
    stage.call("observe", &request(&stage, seen)).await.unwrap();
    let failed = json!({"error": "timeout", "is_failure": true});
    stage
        .call("observe", &request(&stage, failed))
        .await
        .unwrap();
    let rows = log(&stage).await;
    let row = &rows[0];
    assert_eq!(
        (
            &row["operation"],
            &row["method"],
            &row["host"],
            &row["path"]
        ),
        (
            &json!("list_products"),
            &json!("GET"),
            &json!("shop.example"),
            &json!("/taxonomy")
        )
    );
    assert_eq!(
        (
            &row["status"],
            &row["attempt"],
            &row["wait_ms"],
            &row["duration_ms"]
        ),
        (&json!(200), &json!(2), &json!(30), &json!(5))
    );
    assert_eq!(
        (
            &row["request_bytes"],
            &row["response_bytes"],
            &row["cached"],
            &row["job_id"]
        ),
        (&json!(7), &json!(12), &json!(false), &json!(job))
    );
    assert_eq!(
        (&rows[1]["status"], &rows[1]["error"]),
        (&Value::Null, &json!("timeout"))
    );
}

#[tokio::test]
async fn the_log_has_no_query_even_if_it_is_told_one() {
    let stage = Stage::new().await.unwrap();
    let seen = json!({"status": 200, "path": "/taxonomy?token=tok-123"});
    stage.call("observe", &request(&stage, seen)).await.unwrap();
    let rows = log(&stage).await;
    assert_eq!(rows[0]["path"], "/taxonomy");
    assert!(!Value::from(rows).to_string().contains("tok-123"));
}

#[tokio::test]
async fn another_workspace_sees_nothing_and_nobody_writes_into_it() {
    let stage = Stage::new().await.unwrap();
    let none = json!({});
    let two = stage.workspace_of("two").await.unwrap();
    stage
        .call("observe", &request(&stage, keep(60_000)))
        .await
        .unwrap();
    for table in ["api.channel_requests", "hub.channel_cache"] {
        let statement = format!("select count(*)::text from {table}");
        for (slug, rows) in [("one", 1), ("two", 0)] {
            let seen = stage.request(Member::Owner, slug, "read", &statement, &none);
            assert_eq!(seen.await.unwrap(), rows, "{table} in {slug}");
        }
    }
    let foreign = request(&stage, json!({"workspace": two, "status": 200}));
    stage.call("observe", &foreign).await.unwrap_err();
    let forged = "with i as (insert into hub.channel_requests (workspace_id, store_id, operation, method, host, path)
        select workspace_id, id, 'x', 'GET', 'h', '/' from hub.stores returning id) select count(*)::text from i";
    let answer = stage.request(Member::Owner, "one", "read", forged, &none);
    assert!(answer.await.is_err(), "requests do not write the log");
}

#[tokio::test]
async fn a_kept_answer_is_given_while_it_is_good_and_asked_about_after() {
    let stage = Stage::new().await.unwrap();
    let ask = request(&stage, json!({"cache_key": key()}));
    let answer = stage.call("admit", &ask).await.unwrap();
    assert!(answer["cached"].is_null() && answer["etag"].is_null());
    stage
        .call("observe", &request(&stage, keep(60_000)))
        .await
        .unwrap();
    let kept = json!({"status": 200, "content_type": "application/json", "body": "[1]"});
    assert_eq!(
        stage.call("admit", &ask).await.unwrap(),
        json!({"cached": kept})
    );
    let rows = log(&stage).await;
    assert_eq!(
        (&rows[1]["cached"], &rows[1]["response_bytes"]),
        (&json!(true), &json!(3))
    );

    let old = "update hub.channel_cache set fresh_until = now()";
    stage.admin.batch_execute(old).await.unwrap();
    let answer = stage.call("admit", &ask).await.unwrap();
    assert_eq!(
        (&answer["etag"], &answer["cached"]),
        (&json!("\"v1\""), &Value::Null)
    );
    let renewed = json!({"status": 304, "renewed": {"key": key(), "for_ms": 60_000}});
    let answer = stage
        .call("observe", &request(&stage, renewed))
        .await
        .unwrap();
    assert_eq!(answer, json!({"cached": kept}));
    assert_eq!(
        stage.call("admit", &ask).await.unwrap(),
        json!({"cached": kept})
    );
}

#[tokio::test]
async fn a_new_answer_takes_the_place_of_the_old_one() {
    let stage = Stage::new().await.unwrap();
    stage
        .call("observe", &request(&stage, keep(1)))
        .await
        .unwrap();
    let mut newer = keep(60_000);
    newer["keep"]["body"] = json!("[2]");
    newer["keep"]["etag"] = Value::Null;
    stage
        .call("observe", &request(&stage, newer))
        .await
        .unwrap();
    let ask = request(&stage, json!({"cache_key": key()}));
    assert_eq!(
        stage.call("admit", &ask).await.unwrap()["cached"]["body"],
        "[2]"
    );
    let gone = json!({"status": 304, "renewed": {"key": "b".repeat(64), "for_ms": 1}});
    let answer = stage.call("observe", &request(&stage, gone)).await.unwrap();
    assert_eq!(answer, json!({}), "nothing is kept under that key");
}

#[tokio::test]
async fn a_kept_answer_is_given_even_while_the_channel_is_to_be_left_alone() {
    let stage = Stage::new().await.unwrap();
    stage
        .call("observe", &request(&stage, keep(60_000)))
        .await
        .unwrap();
    let block = json!({"status": 429, "block_ms": 60_000});
    stage
        .call("observe", &request(&stage, block))
        .await
        .unwrap();
    let ask = request(&stage, json!({"cache_key": key()}));
    assert!(stage.call("admit", &ask).await.unwrap()["cached"].is_object());
}

#[tokio::test]
async fn after_seven_days_requests_are_removed_in_batches() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..5 {
        stage
            .call("observe", &request(&stage, keep(1)))
            .await
            .unwrap();
    }
    let age = "update hub.channel_requests set created_at = now() - interval '7 days 1 minute'
        where id <> (select max(id::text)::uuid from hub.channel_requests);
        update hub.channel_cache set fresh_until = now() - interval '8 days'";
    stage.admin.batch_execute(age).await.unwrap();
    for removed in [3, 1, 0] {
        let row = stage
            .worker
            .query_one("select hub.trim_channel_requests(3)", &[]);
        assert_eq!(row.await.unwrap().get::<_, i32>(0), removed);
    }
    assert_eq!(log(&stage).await.len(), 1);
    let kept = stage
        .one("select count(*)::text from hub.channel_cache")
        .await;
    assert_eq!(kept.unwrap(), "0");
}
