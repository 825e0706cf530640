//! An identity provider's keys, shared by all instances: one fetches, the others find them in Postgres.

#[path = "shared_keys/instance.rs"]
mod instance;

use common::error::Kind;
use database::Stage;
use instance::{Instance, JWKS, Provider};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// A provider with the keys `keys`, and `count` instances that know nothing yet.
async fn scene(stage: &Stage, keys: &[u8], count: usize) -> (Rc<Provider>, Vec<Instance>) {
    let provider = Rc::new(Provider::default());
    provider.publishes(keys);
    let mut instances = Vec::new();
    for _ in 0..count {
        instances.push(Instance::new(stage, &provider).await);
    }
    (provider, instances)
}

/// Makes the row, and what `instances` remember of it, as old as if `seconds` had passed.
async fn pass(stage: &Stage, instances: &[Instance], seconds: i64) {
    let by = format!("interval '{seconds} s'");
    let older = format!(
        "update hub.jwks set fetched_at = fetched_at - {by}, attempted_at = attempted_at - {by}, ended_at = ended_at - {by}"
    );
    stage.admin.batch_execute(&older).await.unwrap();
    for instance in instances {
        instance
            .ahead_ms
            .set(instance.ahead_ms.get() + seconds * 1000);
    }
}

async fn take(stage: &Stage, asked: Value) -> Value {
    let asked = asked.to_string();
    let statement = "select hub.jwks_take($1::text::jsonb)";
    let row = stage.app.query_one(statement, &[&asked]).await.unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

async fn keep(stage: &Stage, attempt: &Value, keys: Value) -> String {
    let came = json!({"url": JWKS, "attempt": attempt, "keys": keys}).to_string();
    let statement = "select hub.jwks_keep($1::text::jsonb)";
    stage
        .app
        .query_one(statement, &[&came])
        .await
        .unwrap()
        .get(0)
}

#[tokio::test]
async fn one_instance_fetches_and_the_others_find_the_set() {
    let stage = Stage::new().await.unwrap();
    let (provider, all) = scene(&stage, &[1], 3).await;
    for instance in &all {
        assert_eq!(instance.verify(1).await.unwrap().sub, "user_2x");
    }
    assert_eq!(provider.requests.get(), 1);
    assert_eq!(
        all[0].statements.get(),
        2,
        "it takes the fetch and keeps the set"
    );
    assert_eq!(all[1].statements.get(), 1);
    for _ in 0..5 {
        all[1].verify(1).await.unwrap();
    }
    assert_eq!(all[1].statements.get(), 1, "then it remembers");
}

#[tokio::test]
async fn many_at_once_fetch_once_and_wait_for_it() {
    let stage = Stage::new().await.unwrap();
    let (provider, all) = scene(&stage, &[1], 8).await;
    provider.delay.set(Duration::from_millis(300));
    let claims = futures::future::join_all(all.iter().map(|instance| instance.verify(1))).await;
    assert!(claims.iter().all(Result::is_ok), "{claims:?}");
    assert_eq!(provider.requests.get(), 1);
}

#[tokio::test]
async fn a_new_key_is_learnt_from_whom_met_it_first() {
    let stage = Stage::new().await.unwrap();
    let (provider, all) = scene(&stage, &[1], 2).await;
    for instance in &all {
        instance.verify(1).await.unwrap();
    }
    provider.publishes(&[1, 2]);
    assert_eq!(all[0].verify(2).await.unwrap_err().kind, Kind::Unauthorized);
    assert_eq!(provider.requests.get(), 1, "the last fetch was just now");
    pass(&stage, &all, 31).await;
    all[0].verify(2).await.unwrap();
    all[1].verify(2).await.unwrap();
    assert_eq!(provider.requests.get(), 2);
}

#[tokio::test]
async fn made_up_kids_have_no_more_than_one_set_fetched_in_half_a_minute() {
    let stage = Stage::new().await.unwrap();
    let (provider, all) = scene(&stage, &[1], 4).await;
    for instance in &all {
        instance.verify(1).await.unwrap();
    }
    pass(&stage, &all, 31).await;
    for n in 10..20 {
        for instance in &all {
            let refused = instance.verify(n).await.unwrap_err();
            assert_eq!(refused.kind, Kind::Unauthorized);
        }
    }
    assert_eq!(provider.requests.get(), 2);
    let statements: usize = all.iter().map(|instance| instance.statements.get()).sum();
    assert!(
        statements < 5 + 4 * 3,
        "{statements}: nor is Postgres asked for each"
    );
    all[3].verify(1).await.unwrap();
}

#[tokio::test]
async fn after_ten_minutes_one_instance_fetches_and_a_failure_leaves_the_old_set_to_all() {
    let stage = Stage::new().await.unwrap();
    let (provider, all) = scene(&stage, &[1], 3).await;
    for instance in &all[..2] {
        instance.verify(1).await.unwrap();
    }
    *provider.set.borrow_mut() = None;
    pass(&stage, &all, 600).await;
    for instance in &all {
        instance.verify(1).await.unwrap();
        instance.verify(1).await.unwrap();
    }
    assert_eq!(
        provider.requests.get(),
        2,
        "and the third never had a set of its own"
    );
    assert_eq!(all[0].logged("jwks.fetch_failed"), 1);
    provider.publishes(&[2]);
    pass(&stage, &all, 31).await;
    all[2].verify(2).await.unwrap();
    assert_eq!(provider.requests.get(), 3);
    assert_eq!(
        all[0].verify(1).await.unwrap_err().kind,
        Kind::Unauthorized,
        "1 is gone"
    );
}

#[tokio::test]
async fn a_set_is_no_good_after_a_day() {
    let stage = Stage::new().await.unwrap();
    let (provider, all) = scene(&stage, &[1], 2).await;
    all[0].verify(1).await.unwrap();
    *provider.set.borrow_mut() = None;
    pass(&stage, &all, 86_400).await;
    for instance in &all {
        assert_eq!(
            instance.verify(1).await.unwrap_err().kind,
            Kind::Unavailable
        );
    }
}

#[tokio::test]
async fn an_instance_that_died_with_a_fetch_is_followed_by_another() {
    let stage = Stage::new().await.unwrap();
    let first = take(&stage, json!({"url": JWKS, "version": 0, "missing": true})).await;
    assert_eq!(first["fetch"], true);
    let second = take(&stage, json!({"url": JWKS, "version": 0, "missing": true})).await;
    assert_eq!(
        (&second["fetch"], &second["pending"]),
        (&json!(false), &json!(true))
    );
    assert!(second["wait_ms"].as_i64().unwrap() > 29_000);
    pass(&stage, &[], 6).await;
    let second = take(&stage, json!({"url": JWKS, "version": 0, "missing": true})).await;
    assert_eq!(
        (&second["fetch"], &second["pending"]),
        (&json!(false), &json!(false))
    );
    pass(&stage, &[], 25).await;
    let second = take(&stage, json!({"url": JWKS, "version": 0, "missing": true})).await;
    assert_eq!(second["fetch"], true);
    assert_eq!(keep(&stage, &first["attempt"], json!("late")).await, "0");
    assert_eq!(keep(&stage, &second["attempt"], json!("set")).await, "1");
    assert_eq!(keep(&stage, &second["attempt"], json!("again")).await, "0");
    let known = take(&stage, json!({"url": JWKS, "version": 0, "missing": false})).await;
    assert_eq!(
        (&known["keys"], &known["version"]),
        (&json!("set"), &json!(1))
    );
    let known = take(&stage, json!({"url": JWKS, "version": 1, "missing": false})).await;
    assert_eq!(known["keys"], Value::Null, "it has that one");
}

#[tokio::test]
async fn without_the_database_an_instance_sees_to_its_keys_alone() {
    let stage = Stage::new().await.unwrap();
    let provider = Rc::new(Provider::default());
    provider.publishes(&[1]);
    // A role that may not ask is as good as a database that is away.
    let instance = Instance::connected(&stage.database.worker_url, &provider).await;
    for _ in 0..3 {
        instance.verify(1).await.unwrap();
        assert!(instance.verify(2).await.is_err());
    }
    assert_eq!(provider.requests.get(), 1);
    assert_eq!(instance.logged("jwks.not_shared"), 1);
}

#[tokio::test]
async fn keys_are_shared_through_the_two_functions_only() {
    let stage = Stage::new().await.unwrap();
    for statement in [
        "select 1 from hub.jwks",
        "insert into hub.jwks (url, attempted_at) values ('u', now())",
        "update hub.jwks set keys = ''",
        "delete from hub.jwks",
    ] {
        for client in [&stage.app, &stage.worker] {
            let error = client.batch_execute(statement).await.unwrap_err();
            assert!(
                format!("{error:?}").contains("permission denied"),
                "{statement}: {error:?}"
            );
        }
    }
    for function in ["take", "keep"] {
        let statement = format!("select hub.jwks_{function}('{{}}')");
        let error = stage.worker.batch_execute(&statement).await.unwrap_err();
        assert!(
            format!("{error:?}").contains("permission denied"),
            "{error:?}"
        );
    }
}
