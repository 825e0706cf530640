//! Notifications, stored once.

use cluster::connect;
use database::{Member, Stage, call};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// What intake makes of a delivery: stored under `event`, with `body`.
pub async fn receive(client: &Client, store: &str, event: &str, body: &str) -> Value {
    let args = json!({"store_id": store, "event_id": event, "topic": "orders/create", "encoding": "text",
        "headers": {"x-shopify-topic": "orders/create"}, "request_id": "a-request"});
    let statement = "select hub.receive_webhook($1::text::jsonb, $2::text)";
    let row = client
        .query_one(statement, &[&args.to_string(), &body])
        .await
        .unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

pub fn id(answer: &Value) -> &str {
    answer["id"].as_str().unwrap()
}

/// A column of an event, as text.
pub async fn event(stage: &Stage, id: &str, column: &str) -> String {
    let statement = format!("select ({column})::text from hub.webhook_events where id = '{id}'");
    stage.one(&statement).await.unwrap()
}

async fn count(stage: &Stage, from: &str) -> String {
    stage
        .one(&format!("select count(*)::text from {from}"))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_delivery_is_stored_as_it_came_and_queued_in_a_lane_of_its_own() {
    let stage = Stage::new().await.unwrap();
    let body = "{\"a\": \"ä\",  \"b\":1}\n";
    let stored = receive(&stage.worker, &stage.store, "e1", body).await;
    assert_eq!(stored["outcome"], "stored");
    let event_id = id(&stored);
    assert_eq!(
        event(&stage, event_id, "convert_from(body, 'UTF8')").await,
        body
    );
    assert_eq!(event(&stage, event_id, "status").await, "received");
    assert_eq!(
        event(&stage, event_id, "body_sha256 = sha256(body)").await,
        "true"
    );
    let lane = "select l.queue || ' ' || (l.store_id = j.store_id) || ' ' || j.type || ' ' || d.payload from hub.jobs j
        join hub.lanes l on l.id = j.lane_id join hub.job_data d on d.job_id = j.id";
    assert_eq!(
        stage.one(lane).await.unwrap(),
        format!("webhooks true process_webhook {{\"webhook_event_id\": \"{event_id}\"}}")
    );
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept_too() {
    let stage = Stage::new().await.unwrap();
    let args = json!({"store_id": stage.store, "event_id": "e", "topic": "t", "headers": {}, "encoding": "base64"});
    let statement = "select hub.receive_webhook($1::text::jsonb, '/wD+')";
    stage
        .worker
        .query_one(statement, &[&args.to_string()])
        .await
        .unwrap();
    let kept = "select encode(body, 'hex') || ' ' || (hub.webhook_card(id) ->> 'body_base64') from hub.webhook_events";
    assert_eq!(stage.one(kept).await.unwrap(), "ff00fe /wD+");
}

#[tokio::test]
async fn sixteen_deliveries_of_one_event_at_once_are_one_event_and_one_job() {
    let stage = Stage::new().await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..16 {
        clients.push(connect(&stage.database.worker_url).await.unwrap());
    }
    let deliveries = clients
        .iter()
        .map(|client| receive(client, &stage.store, "the-same", "{}"));
    let answers = futures::future::join_all(deliveries).await;
    let outcome = |wanted: &str| answers.iter().filter(|a| a["outcome"] == wanted).count();
    assert_eq!((outcome("stored"), outcome("duplicate")), (1, 15));
    assert!(answers.iter().all(|answer| id(answer) == id(&answers[0])));
    assert_eq!(count(&stage, "hub.webhook_events").await, "1");
    assert_eq!(count(&stage, "hub.jobs").await, "1");
    assert_eq!(event(&stage, id(&answers[0]), "duplicates").await, "15");
}

#[tokio::test]
async fn an_id_that_comes_with_another_body_is_refused_and_counted() {
    let stage = Stage::new().await.unwrap();
    let stored = receive(&stage.worker, &stage.store, "e1", "{\"n\":1}").await;
    for n in 1..=2 {
        let other = receive(&stage.worker, &stage.store, "e1", "{\"n\":2}").await;
        assert_eq!(
            other,
            json!({"outcome": "conflict", "id": stored["id"], "conflicts": n})
        );
    }
    let listed = stage
        .request(
            Member::Owner,
            "one",
            "read",
            "select to_jsonb(e)::text from api.webhook_events e",
            &json!({}),
        )
        .await
        .unwrap();
    assert_eq!(
        (&listed["conflicts"], &listed["duplicates"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(
        event(&stage, id(&stored), "convert_from(body, 'UTF8')").await,
        "{\"n\":1}"
    );
    assert_eq!(count(&stage, "hub.jobs").await, "1");
}

#[tokio::test]
async fn the_same_id_of_another_store_is_another_event() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    for store in [&stage.store, &other] {
        assert_eq!(
            receive(&stage.worker, store, "e1", "{}").await["outcome"],
            "stored"
        );
    }
    let nobody = receive(&stage.worker, &stage.product, "e1", "{}").await;
    assert_eq!(
        nobody,
        json!({"outcome": "unknown"}),
        "a product is no store"
    );
}

#[tokio::test]
async fn that_a_store_was_heard_of_is_noted_to_the_minute_and_changes_nothing_else() {
    let stage = Stage::new().await.unwrap();
    let store = "select version || ' ' || updated_at || ' ' || (select count(*) from hub.audit_logs) from hub.stores";
    let before = stage.one(store).await.unwrap();
    receive(&stage.worker, &stage.store, "e1", "{}").await;
    assert_eq!(stage.one(store).await.unwrap(), before);
    let heard = "select last_webhook_at::text from hub.stores";
    let first = stage.one(heard).await.unwrap();
    assert_ne!(first, "");
    receive(&stage.worker, &stage.store, "e2", "{}").await;
    assert_eq!(stage.one(heard).await.unwrap(), first);
    let earlier = "update hub.stores set last_webhook_at = now() - interval '61 seconds'";
    stage.admin.batch_execute(earlier).await.unwrap();
    receive(&stage.worker, &stage.store, "e3", "{}").await;
    let recent = "select (last_webhook_at > now() - interval '30 seconds')::text from hub.stores";
    assert_eq!(stage.one(recent).await.unwrap(), "true");
}

#[tokio::test]
async fn an_event_goes_where_its_job_goes() {
    let stage = Stage::new().await.unwrap();
    for (outcome, ends_as) in [("completed", "processed"), ("failed", "failed")] {
        let stored = receive(&stage.worker, &stage.store, outcome, "{}").await;
        let job = stage.claim(1, 1).await.unwrap().remove(0);
        assert_eq!(event(&stage, id(&stored), "status").await, "processing");
        let retry = json!({"error": "the channel is away", "retry_after_ms": 0});
        stage.settle(&job, "retry", retry).await.unwrap();
        assert_eq!(event(&stage, id(&stored), "status").await, "received");
        let promoted = "update hub.jobs set run_at = now() where state = 'scheduled'";
        stage.admin.batch_execute(promoted).await.unwrap();
        let job = stage.claim(1, 1).await.unwrap().remove(0);
        stage
            .settle(&job, outcome, json!({"error": "not JSON"}))
            .await
            .unwrap();
        assert_eq!(event(&stage, id(&stored), "status").await, ends_as);
        assert_eq!(
            event(&stage, id(&stored), "processed_at is not null").await,
            "true"
        );
        let wanted = if ends_as == "failed" { "not JSON" } else { "" };
        assert_eq!(event(&stage, id(&stored), "error").await, wanted);
    }
}

#[tokio::test]
async fn the_reason_that_processing_gives_stands_when_its_job_ends() {
    let stage = Stage::new().await.unwrap();
    let stored = receive(&stage.worker, &stage.store, "e1", "{}").await;
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let result = json!({"result": {"status": "ignored", "detail": "nothing is done for it"}});
    stage.settle(&job, "completed", result).await.unwrap();
    assert_eq!(
        event(&stage, id(&stored), "status || ': ' || detail").await,
        "ignored: nothing is done for it"
    );
    let wrong = format!(
        "select hub.settle_webhook('{}', 'received', null)",
        id(&stored)
    );
    assert!(stage.worker.batch_execute(&wrong).await.is_err());
}

#[tokio::test]
async fn intake_sees_the_store_that_it_names_and_no_other() {
    let mut stage = Stage::new().await.unwrap();
    stage.store_of(&stage.workspace, "other").await.unwrap();
    let target = call(
        &stage.worker,
        "webhook_target",
        &json!({"store_id": stage.store}),
    )
    .await
    .unwrap();
    assert_eq!(target["credentials"], "sealed");
    assert_eq!(target.get("previous_credentials"), None);
    let transaction = stage.worker.transaction().await.unwrap();
    let name = format!("select set_config('hub.store', '{}', true)", stage.store);
    transaction.batch_execute(&name).await.unwrap();
    let seen = transaction
        .query_one("select string_agg(name, ' ') from hub.stores", &[])
        .await
        .unwrap();
    assert_eq!(seen.get::<_, &str>(0), "main");
    let changed = transaction
        .execute("update hub.stores set name = 'x'", &[])
        .await;
    assert_eq!(changed.unwrap(), 0, "it sees, and changes nothing");
}

#[tokio::test]
async fn what_was_received_is_not_altered_by_any_request() {
    let stage = Stage::new().await.unwrap();
    receive(&stage.worker, &stage.store, "e1", "{}").await;
    for statement in [
        "update hub.webhook_events set body = ''",
        "update hub.webhook_events set headers = '{}'",
        "update hub.webhook_events set received_at = now()",
        "delete from hub.webhook_events",
        "insert into hub.webhook_nonces select * from hub.webhook_nonces",
    ] {
        let error = stage.app.batch_execute(statement).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{statement}");
    }
}

#[tokio::test]
async fn ended_events_go_after_thirty_days_and_others_stay() {
    let stage = Stage::new().await.unwrap();
    for (name, days, ended) in [("old", 31, true), ("open", 31, false), ("new", 29, true)] {
        let at = format!("now() - interval '{days} days'");
        let status = if ended { "'processed'" } else { "'received'" };
        let processed = if ended { at.as_str() } else { "null" };
        let row = format!(
            "insert into hub.webhook_events (id, workspace_id, store_id, platform, event_id, topic, body, body_sha256, status, received_at, processed_at)
             values (hub.uuid7_floor({at}), '{}', '{}', 'shopify', '{name}', 't', '', '', {status}, {at}, {processed})",
            stage.workspace, stage.store
        );
        stage.admin.batch_execute(&row).await.unwrap();
    }
    for (days, removed) in [(60, 0), (1, 1)] {
        let done = stage
            .call("maintain", &json!({"retention_days": days}))
            .await
            .unwrap();
        assert_eq!(
            done["webhook_events_removed"], removed,
            "kept for {days} days: {done}"
        );
    }
    let left = "select string_agg(event_id, ' ' order by event_id) from hub.webhook_events";
    assert_eq!(stage.one(left).await.unwrap(), "new open");
}

#[tokio::test]
async fn previous_secrets_are_forgotten_when_their_time_is_over() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    let rows = format!(
        "update hub.stores set previous_credentials = 'old', previous_until = now() - interval '1 second' where id = '{}';
         update hub.stores set previous_credentials = 'old', previous_until = now() + interval '1 hour' where id = '{other}';
         insert into hub.webhook_keys (workspace_id, name, secret, previous_secret, previous_until)
         select workspace_id, 'k', 's', 'old', now() - interval '1 second' from hub.stores limit 1",
        stage.store
    );
    stage.admin.batch_execute(&rows).await.unwrap();
    let before = call(
        &stage.worker,
        "webhook_target",
        &json!({"store_id": stage.store}),
    )
    .await;
    assert_eq!(before.unwrap().get("previous_credentials"), None);
    let done = stage
        .call("maintain", &json!({"retention_days": 30}))
        .await
        .unwrap();
    assert_eq!(done["secrets_forgotten"], 2, "{done}");
    let left =
        "select string_agg(name, ' ') from hub.stores where previous_credentials is not null";
    assert_eq!(stage.one(left).await.unwrap(), "other");
    let target = call(&stage.worker, "webhook_target", &json!({"store_id": other})).await;
    assert_eq!(target.unwrap()["previous_credentials"], "old");
}

#[tokio::test]
async fn secrets_never_show_in_the_audit() {
    let stage = Stage::new().await.unwrap();
    let changes = format!(
        "update hub.stores set previous_credentials = 'sealed-before', previous_until = now() + interval '1 hour', credentials = 'sealed-now';
         insert into hub.webhook_keys (workspace_id, name, secret) values ('{}', 'k', 'sealed-now');
         update hub.webhook_keys set previous_secret = 'sealed-before', previous_until = now() + interval '1 hour'",
        stage.workspace
    );
    stage.admin.batch_execute(&changes).await.unwrap();
    let shown = "select count(*) filter (where changes::text like '%sealed-%') || ' of ' ||
        count(*) filter (where changes::text like '%[redacted]%') from hub.audit_logs where changes::text like '%secret%' or action = 'update'";
    assert_eq!(stage.one(shown).await.unwrap(), "0 of 3");
}
