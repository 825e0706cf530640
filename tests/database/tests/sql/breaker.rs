//! The breaker that all workers share, through `hub.admit` and `hub.observe`.

use crate::traffic::{admit, fail, is_about, limit, observe, request};
use cluster::connect;
use database::{Member, Stage, call};
use serde_json::{Value, json};

#[tokio::test]
async fn five_failures_in_a_row_open_the_breaker_for_longer_each_time() {
    let stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    fail(&stage, 4).await;
    assert!(admit(&stage, json!([]), 0).await["shut_ms"].is_null());
    fail(&stage, 1).await;
    for seconds in [30, 60, 120, 240, 480, 600, 600] {
        let answer = admit(&stage, json!([]), 0).await;
        assert!(
            is_about(&answer["shut_ms"], seconds * 1000),
            "{seconds}: {answer}"
        );
        assert!(
            answer["reason"]
                .as_str()
                .unwrap()
                .contains("in a row had no proper answer")
        );
        fail(&stage, 1).await; // one that was still under way changes nothing
        assert!(is_about(
            &admit(&stage, json!([]), 0).await["shut_ms"],
            seconds * 1000
        ));
        assert!(stage.claim(1, 10).await.unwrap().is_empty());
        let later = "update hub.store_traffic set open_until = clock_timestamp()";
        stage.admin.batch_execute(later).await.unwrap();
        fail(&stage, 1).await;
    }
}

#[tokio::test]
async fn a_half_open_breaker_lets_one_request_through_and_any_answer_closes_it() {
    let stage = Stage::new().await.unwrap();
    fail(&stage, 5).await;
    let later = "update hub.store_traffic set open_until = clock_timestamp()";
    stage.admin.batch_execute(later).await.unwrap();
    let mut workers = Vec::new();
    for _ in 0..8 {
        let client = connect(&stage.database.worker_url).await.unwrap();
        let args = request(&stage, json!({}));
        workers.push(tokio::spawn(async move {
            call(&client, "admit", &args).await.unwrap()["shut_ms"].is_null()
        }));
    }
    let mut through = 0;
    for worker in workers {
        through += usize::from(worker.await.unwrap());
    }
    assert_eq!(through, 1);
    observe(&stage, json!({"status": 404})).await;
    assert!(admit(&stage, json!([]), 0).await["shut_ms"].is_null());
    fail(&stage, 4).await;
    assert!(
        admit(&stage, json!([]), 0).await["shut_ms"].is_null(),
        "the count begins anew"
    );
}

#[tokio::test]
async fn an_answer_in_between_keeps_the_breaker_closed() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..3 {
        fail(&stage, 4).await;
        observe(&stage, json!({"status": 422})).await;
    }
    assert!(admit(&stage, json!([]), 0).await["shut_ms"].is_null());
    fail(&stage, 4).await;
    observe(&stage, json!({"error": "denied"})).await;
    fail(&stage, 1).await;
    assert!(
        admit(&stage, json!([]), 0).await["shut_ms"].is_number(),
        "an address that we do not allow is no answer"
    );
}

#[tokio::test]
async fn why_a_store_waits_is_shown_to_its_workspace_only() {
    let stage = Stage::new().await.unwrap();
    stage.workspace_of("two").await.unwrap();
    let statement = include_str!("../../../../functions/common/src/stores/traffic.sql");
    let args = json!({"id": stage.store});
    let shown = async |slug: &str| {
        let answer = stage.request(Member::Operator, slug, "read", statement, &args);
        answer.await.unwrap()
    };
    let quiet = json!({"breaker": "closed", "failures": 0, "open_until": null, "blocked_until": null, "limits": []});
    assert_eq!(shown("one").await, quiet);
    admit(&stage, json!([limit("all", 0.01, 1, 1)]), 0).await;
    fail(&stage, 5).await;
    observe(
        &stage,
        json!({"status": 503, "is_failure": true, "block_ms": 60_000}),
    )
    .await;
    let busy = shown("one").await;
    assert_eq!(
        (&busy["breaker"], &busy["failures"]),
        (&json!("open"), &json!(6))
    );
    assert!(busy["blocked_until"].is_string() && busy["open_until"].is_string());
    assert_eq!(busy["limits"][0]["name"], "all");
    let later = "update hub.store_traffic set open_until = now() - interval '1 second'";
    stage.admin.batch_execute(later).await.unwrap();
    assert_eq!(shown("one").await["breaker"], "half_open");
    assert_eq!(shown("two").await, Value::Null);
}

#[tokio::test]
async fn a_store_with_a_new_address_is_asked_again_at_once() {
    let stage = Stage::new().await.unwrap();
    let job = json!({"store_id": stage.store});
    stage.enqueue(job).await.unwrap();
    fail(&stage, 5).await;
    let statement = include_str!("../../../../functions/common/src/stores/update.sql");
    for (change, is_open) in [
        (json!({"name": "renamed"}), true),
        (
            json!({"config": {"base_url": "https://right.example"}}),
            false,
        ),
    ] {
        let mut args = json!({"id": stage.store});
        args.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let changed = stage.request(Member::Owner, "one", "stores", statement, &args);
        assert_eq!(changed.await.unwrap()["outcome"], "ok");
        let admitted = admit(&stage, json!([]), 0).await;
        assert_eq!(
            admitted["shut_ms"].is_number(),
            is_open,
            "{change}: {admitted}"
        );
        assert_eq!(
            stage.claim(1, 10).await.unwrap().is_empty(),
            is_open,
            "{change}"
        );
    }
}
