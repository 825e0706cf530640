//! The way into a shop: it works once, for ten minutes, for who may.

use database::{Member, Stage, call};
use serde_json::{Value, json};

const STATE: &str = "ab";
const CREATE: &str = include_str!("../../../../functions/common/src/connections/create.sql");

fn state_hash() -> String {
    STATE.repeat(32)
}

async fn invite(stage: &Stage, member: Member) -> Value {
    let args = json!({"id": "00000000-0000-4000-8000-000000000001", "store_id": stage.store,
        "state_hash": state_hash(), "verifier": "sealed", "redirect_uri": "https://hub.test/oauth/callback"});
    stage
        .request(member, "one", "read", CREATE, &args)
        .await
        .unwrap()
}

async fn consume(stage: &Stage) -> Value {
    let args = json!({"state_hash": state_hash(), "request_id": "r"});
    stage.call("consume_connection", &args).await.unwrap()
}

#[tokio::test]
async fn a_state_says_whose_store_it_is_about_and_works_once() {
    let stage = Stage::new().await.unwrap();
    let made = invite(&stage, Member::Owner).await;
    assert!(made["row"]["expires_at"].is_string(), "{made}");
    let found = consume(&stage).await;
    assert_eq!(
        (
            &found["outcome"],
            &found["workspace_id"],
            &found["verifier"]
        ),
        (&json!("ok"), &json!(stage.workspace), &json!("sealed"))
    );
    assert_eq!(
        (&found["store"]["id"], &found["store"]["credentials"]),
        (&json!(stage.store), &json!("sealed"))
    );
    assert_eq!(consume(&stage).await, json!({"outcome": "not_found"}));
}

#[tokio::test]
async fn who_guesses_states_is_sent_away_and_nobody_else() {
    let stage = Stage::new().await.unwrap();
    invite(&stage, Member::Owner).await;
    let two = "update hub.rate_limits set quantity = 2, period = '1 day' where class = 'callback'";
    stage.admin.batch_execute(two).await.unwrap();
    let from = |ip: &str, hash: &str| json!({"state_hash": hash, "request_id": "r", "ip": ip});
    for ip in ["2001:db8::1", "2001:db8::2"] {
        let guess = stage.call("consume_connection", &from(ip, "guess")).await;
        assert_eq!(guess.unwrap()["outcome"], "not_found");
    }
    let state = state_hash();
    let limited = stage
        .call("consume_connection", &from("2001:db8::3", &state))
        .await
        .unwrap_err();
    let limited = limited.downcast_ref::<tokio_postgres::Error>().unwrap();
    assert_eq!(limited.code().unwrap().code(), "HB429");
    let elsewhere = from("192.0.2.1", &state);
    let found = stage.call("consume_connection", &elsewhere).await.unwrap();
    assert_eq!(found["outcome"], "ok", "the state was not used up");
}

#[tokio::test]
async fn of_ten_at_once_one_has_it() {
    let stage = Stage::new().await.unwrap();
    invite(&stage, Member::Owner).await;
    let attempts = (0..10).map(|_| async {
        let client = cluster::connect(&stage.database.worker_url).await.unwrap();
        let args = json!({"state_hash": state_hash()});
        call(&client, "consume_connection", &args).await.unwrap()
    });
    let answers = futures::future::join_all(attempts).await;
    let good = answers.iter().filter(|answer| answer["outcome"] == "ok");
    assert_eq!(good.count(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_state_that_is_too_old_is_worth_nothing() {
    let stage = Stage::new().await.unwrap();
    invite(&stage, Member::Owner).await;
    let old = "update hub.connections set expires_at = now() - interval '1 second'";
    stage.admin.batch_execute(old).await.unwrap();
    assert_eq!(consume(&stage).await, json!({"outcome": "not_found"}));
}

#[tokio::test]
async fn who_may_not_change_stores_any_more_connects_none() {
    let stage = Stage::new().await.unwrap();
    invite(&stage, Member::Owner).await;
    let demoted = "update hub.members set role = 'viewer' where role = 'owner'";
    stage.admin.batch_execute(demoted).await.unwrap();
    assert_eq!(consume(&stage).await, json!({"outcome": "forbidden"}));
}

#[tokio::test]
async fn a_connected_store_is_active_and_its_lanes_and_notifications_follow() {
    let stage = Stage::new().await.unwrap();
    let stop =
        "update hub.stores set status = 'disconnected', status_reason = 'r', config = '{\"a\": 1}'";
    stage.admin.batch_execute(stop).await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let args = json!({"workspace_id": stage.workspace, "user_id": owner, "store_id": stage.store, "credentials": "fresh",
        "config": {"b": 2}, "token_lifetime_s": 3600, "subscribe": true, "request_id": "r"});
    for _ in 0..2 {
        let done = stage.call("complete_connection", &args).await.unwrap();
        assert_eq!(done["outcome"], "ok", "{done}");
    }
    let now = "select status || ' ' || credentials || ' ' || config || ' ' || round(extract(epoch from token_expires_at - now()) / 60) from hub.stores";
    assert_eq!(
        stage.one(now).await.unwrap(),
        "active fresh {\"a\": 1, \"b\": 2} 60"
    );
    let jobs = "select string_agg(type || ' ' || unique_key, ',') from hub.jobs";
    assert_eq!(
        stage.one(jobs).await.unwrap(),
        format!("subscribe_webhooks subscribe:{}", stage.store)
    );
    assert_eq!(stage.claim(1, 5).await.unwrap().len(), 1);
    let trail = "select changes::text from hub.audit_logs where resource_type = 'store' and actor = 'oauth-callback' limit 1";
    let trail = stage.one(trail).await.unwrap();
    assert!(!trail.contains("fresh"), "{trail}");
}

#[tokio::test]
async fn a_channel_without_notifications_is_not_asked_for_them() {
    let stage = Stage::new().await.unwrap();
    let args = json!({"workspace_id": stage.workspace, "user_id": stage.user(Member::Owner).await.unwrap(),
        "store_id": stage.store, "credentials": "fresh", "config": null, "token_lifetime_s": null, "subscribe": false});
    stage.call("complete_connection", &args).await.unwrap();
    let jobs = "select count(*)::text from hub.jobs";
    assert_eq!(stage.one(jobs).await.unwrap(), "0");
    let never = "select (token_expires_at is null)::text from hub.stores";
    assert_eq!(stage.one(never).await.unwrap(), "true");
}

#[tokio::test]
async fn requests_neither_take_states_nor_connect_stores() {
    let stage = Stage::new().await.unwrap();
    for function in [
        "consume_connection",
        "complete_connection",
        "enqueue_refreshes",
    ] {
        let statement = format!("select hub.{function}('{{}}')");
        let error = stage.app.query_one(&statement, &[]).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{function}");
    }
}

#[tokio::test]
async fn ways_that_nobody_took_are_removed() {
    let stage = Stage::new().await.unwrap();
    invite(&stage, Member::Owner).await;
    let old = "update hub.connections set expires_at = now() - interval '2 days'";
    stage.admin.batch_execute(old).await.unwrap();
    let done = stage.call("enqueue_refreshes", &json!({})).await.unwrap();
    assert_eq!(done["connections_removed"], 1);
}
