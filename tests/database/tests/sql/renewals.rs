//! One renewal of a store's token at a time, through `hub.begin_refresh` and `hub.finish_refresh`.

use cluster::connect;
use database::{Stage, call};
use serde_json::{Value, json};

async fn fingerprint(stage: &Stage) -> String {
    let statement = "select hub.fingerprint(credentials) from hub.stores";
    stage.one(statement).await.unwrap()
}

async fn begin(stage: &Stage, holder: &str, used: &str) -> Value {
    let args = json!({"workspace": stage.workspace, "store": stage.store, "holder": holder,
        "used": used, "lease_ms": 30_000});
    stage.call("begin_refresh", &args).await.unwrap()
}

async fn finish(stage: &Stage, holder: &str, credentials: Value) -> Value {
    let args = json!({"workspace": stage.workspace, "store": stage.store, "holder": holder,
        "credentials": credentials, "token_lifetime_s": 3600});
    stage.call("finish_refresh", &args).await.unwrap()
}

#[tokio::test]
async fn of_many_at_once_one_renews() {
    let stage = Stage::new().await.unwrap();
    let used = fingerprint(&stage).await;
    let mut workers = Vec::new();
    for holder in 0..8 {
        let client = connect(&stage.database.worker_url).await.unwrap();
        let args = json!({"workspace": stage.workspace, "store": stage.store,
            "holder": holder.to_string(), "used": used, "lease_ms": 30_000});
        workers.push(tokio::spawn(async move {
            call(&client, "begin_refresh", &args).await.unwrap()
        }));
    }
    let mut granted = 0;
    for worker in workers {
        let answer = worker.await.unwrap();
        assert!(answer["newer"].is_null());
        match answer["granted"].as_str() {
            Some(sealed) => {
                assert_eq!(sealed, "sealed");
                granted += 1;
            }
            None => assert!(answer["wait_ms"].as_i64().unwrap() <= 30_000),
        }
    }
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn what_was_renewed_is_stored_at_once_and_found_by_the_others() {
    let stage = Stage::new().await.unwrap();
    let used = fingerprint(&stage).await;
    begin(&stage, "a", &used).await;
    assert_eq!(finish(&stage, "a", json!("fresh")).await["stored"], true);
    assert_eq!(
        finish(&stage, "a", json!("fresh")).await["stored"],
        true,
        "a repeat of it too"
    );
    assert_eq!(begin(&stage, "b", &used).await, json!({"newer": "fresh"}));
    let expires = "select token_lifetime_s || ' ' || (token_expires_at - now() between interval '59 minutes' and interval '1 hour')
        from hub.stores";
    assert_eq!(stage.one(expires).await.unwrap(), "3600 true");
    let audited = "select changes -> 'credentials' ->> 'to' from hub.audit_logs where resource_type = 'store' and action = 'update'";
    assert_eq!(stage.one(audited).await.unwrap(), "[redacted]");
}

#[tokio::test]
async fn a_renewal_that_brought_nothing_lets_the_next_one_begin() {
    let stage = Stage::new().await.unwrap();
    let used = fingerprint(&stage).await;
    begin(&stage, "a", &used).await;
    assert!(begin(&stage, "b", &used).await["wait_ms"].is_number());
    finish(&stage, "a", Value::Null).await;
    assert_eq!(
        begin(&stage, "b", &used).await,
        json!({"granted": "sealed"})
    );
    let version = stage.one("select version::text from hub.stores").await;
    assert_eq!(version.unwrap(), "1", "the store has not changed");
}

#[tokio::test]
async fn a_renewal_whose_worker_died_is_taken_over_and_cannot_come_back() {
    let stage = Stage::new().await.unwrap();
    let used = fingerprint(&stage).await;
    begin(&stage, "a", &used).await;
    let died = "update hub.store_renewals set held_until = clock_timestamp()";
    stage.admin.batch_execute(died).await.unwrap();
    assert_eq!(
        begin(&stage, "b", &used).await,
        json!({"granted": "sealed"})
    );
    assert_eq!(finish(&stage, "a", json!("late")).await["stored"], false);
    assert_eq!(finish(&stage, "b", json!("fresh")).await["stored"], true);
    let stored = stage.one("select credentials from hub.stores").await;
    assert_eq!(stored.unwrap(), "fresh");
}

#[tokio::test]
async fn credentials_that_a_person_set_meanwhile_stay() {
    let stage = Stage::new().await.unwrap();
    let used = fingerprint(&stage).await;
    begin(&stage, "a", &used).await;
    let person = "update hub.stores set credentials = 'theirs'";
    stage.admin.batch_execute(person).await.unwrap();
    assert_eq!(finish(&stage, "a", json!("fresh")).await["stored"], false);
    assert_eq!(begin(&stage, "a", &used).await, json!({"newer": "theirs"}));
}

#[tokio::test]
async fn a_store_that_is_not_there_or_anothers_is_not_renewed() {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    let used = fingerprint(&stage).await;
    let args =
        json!({"workspace": two, "store": stage.store, "holder": "a", "used": used, "lease_ms": 1});
    assert_eq!(
        stage.call("begin_refresh", &args).await.unwrap(),
        json!({"gone": null})
    );
    begin(&stage, "a", &used).await;
    let args =
        json!({"workspace": two, "store": stage.store, "holder": "a", "credentials": "forged"});
    let answer = stage.call("finish_refresh", &args).await.unwrap();
    assert_eq!(answer["stored"], false);
}
