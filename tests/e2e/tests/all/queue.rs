//! The worker under faults: nothing is lost, nothing happens twice.

use crate::scenario::{Shop, id};
use cluster::{AppUrls, Cluster, RolePasswords};
use e2e::{App, Caller, Setup};
use hub::token::Role;
use sandbox::{Fault, FaultKind, Sandbox};
use serde_json::json;
use std::time::Duration;

/// The time is over for which a channel wanted to be left alone.
const FORGIVEN: &str = "update hub.lanes set blocked_until = now();
    update hub.store_traffic set blocked_until = now(), failures = 0, open_until = null;
    delete from hub.store_limits";

fn products(sandbox: &Sandbox) -> usize {
    sandbox.dump(sandbox::TOKEN)["products"]
        .as_array()
        .unwrap()
        .len()
}

/// Waits for what another task brings about; fails the test after ten seconds.
async fn until<F: Future<Output = bool>>(what: &str, check: impl Fn() -> F) {
    for _ in 0..200 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not come about");
}

async fn sql(app: &App, statement: &str) {
    app.admin().await.batch_execute(statement).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_killed_mid_job_loses_nothing_and_nothing_is_done_twice() {
    let shop = Shop::open().await;
    let approval = shop.approved("publish", json!({})).await;
    // The channel does what it is asked and never finishes saying so.
    shop.sandbox.inject(Fault {
        delay_ms: 60_000,
        ..Fault::new(FaultKind::Slow, "SetProduct")
    });
    let work = shop.app.host.tick("job-worker");
    tokio::select! {
        ended = work => panic!("the worker ended: {ended:?}"),
        () = until("the product in the channel", || async { products(&shop.sandbox) == 1 }) => {}
    } // dropped here: the instance is gone in the middle of its request
    let left = shop.job_of(&approval).await;
    assert_eq!(
        (&left["status"], &left["attempts"]),
        (&json!("running"), &json!(1))
    );

    shop.app.tick("job-worker").await;
    assert_eq!(
        shop.job_of(&approval).await["status"],
        "running",
        "its lease still stands"
    );
    sql(
        &shop.app,
        "update hub.jobs set lease_until = now() - interval '1 second' where state = 'running'; \
                    update hub.worker_slots set lease_until = now() - interval '1 second'",
    )
    .await;
    shop.app.tick("job-maintenance").await;
    sql(
        &shop.app,
        "update hub.jobs set run_at = now(), state = 'ready' where state = 'scheduled'",
    )
    .await;
    shop.app.tick("job-worker").await;

    let job = shop.job_of(&approval).await;
    assert_eq!(
        (&job["status"], &job["attempts"]),
        (&json!("completed"), &json!(2)),
        "{job:#}"
    );
    assert_eq!(shop.listing_now().await["status"], "active");
    assert_eq!(products(&shop.sandbox), 1);
    let lanes = shop
        .app
        .admin()
        .await
        .query_one("select sum(running)::int from hub.lanes", &[])
        .await
        .unwrap();
    assert_eq!(lanes.get::<_, i32>(0), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_lost_after_the_change_makes_no_second_product() {
    let shop = Shop::open().await;
    let approval = shop.approved("publish", json!({})).await;
    shop.sandbox
        .inject(Fault::new(FaultKind::LostReply, "SetProduct"));
    shop.app.tick("job-worker").await;
    until("the second attempt", || async {
        sql(
            &shop.app,
            "update hub.jobs set run_at = now(), state = 'ready' where state = 'scheduled'",
        )
        .await;
        shop.app.tick("job-worker").await;
        shop.job_of(&approval).await["status"] == "completed"
    })
    .await;
    assert_eq!(products(&shop.sandbox), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_channels_retry_after_is_honoured() {
    let shop = Shop::open().await;
    let approval = shop.approved("publish", json!({})).await;
    shop.sandbox.inject(Fault {
        retry_after: Some("120".to_owned()),
        ..Fault::new(FaultKind::TooManyRequests, "")
    });
    shop.app.tick("job-worker").await;
    let job = shop.job_of(&approval).await;
    assert_eq!(
        (&job["status"], &job["attempts"]),
        (&json!("pending"), &json!(1)),
        "{job:#}"
    );
    let waits: f64 = shop
        .app
        .admin()
        .await
        .query_one(
            "select extract(epoch from run_at - now())::float8 from hub.jobs",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert!((100.0..=121.0).contains(&waits), "waits {waits} s");
    shop.app.tick("job-worker").await;
    assert_eq!(products(&shop.sandbox), 0);

    let path = format!("/jobs/{}", id(&job));
    shop.operator
        .patch(&path, &json!({"status": "pending"}))
        .await
        .expect(200);
    sql(&shop.app, FORGIVEN).await;
    shop.app.tick("job-worker").await;
    assert_eq!(shop.job_of(&approval).await["status"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_gives_up_after_its_attempts_says_why_and_can_be_tried_again() {
    let shop = Shop::open().await;
    // A read is repeated twice within an attempt.
    shop.sandbox.inject(Fault {
        times: 6,
        ..Fault::new(FaultKind::Status, "")
    });
    let job = json!({"type": "list_products", "store_id": shop.store["id"], "max_attempts": 2});
    let job = shop.operator.post("/jobs", &job).await.expect(201);
    let path = format!("/jobs/{}", id(&job));
    for status in ["pending", "failed"] {
        let due = "update hub.jobs set run_at = now(), state = 'ready' where state = 'scheduled'";
        sql(&shop.app, due).await;
        sql(&shop.app, FORGIVEN).await;
        shop.app.tick("job-worker").await;
        assert_eq!(shop.operator.get(&path).await.expect(200)["status"], status);
    }
    let failed = shop.operator.get(&path).await.expect(200);
    assert!(
        failed["error"].as_str().unwrap().contains("503"),
        "{failed:#}"
    );
    assert!(failed["logs"].as_array().unwrap().len() >= 4, "{failed:#}");
    shop.operator
        .patch(&path, &json!({"status": "pending"}))
        .await
        .expect(200);
    sql(&shop.app, FORGIVEN).await;
    shop.app.tick("job-worker").await;
    assert_eq!(
        shop.operator.get(&path).await.expect(200)["status"],
        "completed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_disconnects_the_store_whose_jobs_wait_until_it_is_repaired() {
    let shop = Shop::open().await;
    let store = format!("/stores/{}", id(&shop.store));
    shop.owner
        .patch(
            &store,
            &json!({"credentials": {"access_token": "shpat_wrong"}}),
        )
        .await
        .expect(200);
    let approval = shop.approved("publish", json!({})).await;
    shop.app.tick("job-worker").await;
    let waits = shop.job_of(&approval).await;
    assert_eq!(
        (&waits["status"], &waits["attempts"]),
        (&json!("pending"), &json!(0))
    );
    let refused = shop.owner.get(&store).await.expect(200);
    assert_eq!(refused["status"], "disconnected");
    let reason = refused["status_reason"].as_str().unwrap();
    assert!(!reason.is_empty());
    assert_eq!(
        waits["waiting_for"],
        format!("its store, which is disconnected: {reason}")
    );
    let sent = format!("{store}/requests");
    let before = shop.owner.get(&sent).await.expect(200)["count"].clone();
    shop.app.tick("job-worker").await;
    assert_eq!(
        shop.owner.get(&sent).await.expect(200)["count"],
        before,
        "a disconnected store is left alone"
    );

    let repaired = json!({"credentials": {"access_token": sandbox::TOKEN}, "status": "active"});
    shop.owner.patch(&store, &repaired).await.expect(200);
    sql(
        &shop.app,
        "update hub.jobs set run_at = now(), state = 'ready' where state = 'scheduled'",
    )
    .await;
    shop.app.tick("job-worker").await;
    assert_eq!(shop.job_of(&approval).await["status"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_cancelled_reordered_and_queued_once() {
    let shop = Shop::open().await;
    let later = shop
        .operator
        .post(
            "/jobs",
            &json!({"type": "noop", "scheduled_at": "2100-01-01T00:00:00Z"}),
        )
        .await
        .expect(201);
    assert_eq!(later["waiting_for"], "its time (scheduled_at)");
    let path = format!("/jobs/{}", id(&later));
    let raised = shop
        .operator
        .patch(&path, &json!({"priority": 50}))
        .await
        .expect(200);
    assert_eq!(raised["priority"], 50);
    let cancelled = shop
        .operator
        .patch(&path, &json!({"status": "cancelled"}))
        .await
        .expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    shop.operator
        .patch(&path, &json!({"status": "cancelled"}))
        .await
        .expect_error(409, "CONFLICT");

    let unique = json!({"type": "noop", "unique_key": "nightly"});
    let first = shop.operator.post("/jobs", &unique).await.expect(201);
    assert_eq!(
        id(&shop.operator.post("/jobs", &unique).await.expect(200)),
        id(&first)
    );
    shop.app.tick("job-worker").await;
    assert_ne!(
        id(&shop.operator.post("/jobs", &unique).await.expect(201)),
        id(&first)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_workers_than_allowed_work_at_once() {
    let app = Setup::default()
        .variable("worker_max", "1")
        .variable("worker_batch", "1")
        .start()
        .await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    for _ in 0..2 {
        let slow = json!({"type": "noop", "payload": {"duration_ms": 1500}});
        owner.post("/jobs", &slow).await.expect(201);
    }
    let running = || async { owner.get("/jobs?status=eq.running").await.expect(200)["count"] == 1 };
    let first = app.host.tick("job-worker");
    let second = async {
        until("a running job", running).await;
        app.tick("job-worker").await; // finds no place and leaves at once
        assert!(
            running().await,
            "a second worker took a job beside the first"
        );
    };
    let (first, ()) = tokio::join!(first, second);
    first.unwrap().unwrap();
    assert_eq!(
        owner.get("/jobs?status=eq.completed").await.expect(200)["count"],
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_work_without_anybody_ticking() {
    let app = Setup::default().with_schedules().start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let job = owner
        .post("/jobs", &json!({"type": "noop"}))
        .await
        .expect(201);
    let path = format!("/jobs/{}", id(&job));
    until("the job's completion", || async {
        owner.get(&path).await.expect(200)["status"] == "completed"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgres_is_survived() {
    let mut cluster = tokio::task::spawn_blocking(|| Cluster::throwaway().unwrap())
        .await
        .unwrap();
    cluster.create_database("shop", None).await.unwrap();
    let (url, passwords) = (cluster.url_of("shop"), RolePasswords::random().unwrap());
    cluster::migrate(&url, &passwords, |_| {}).await.unwrap();
    let urls = AppUrls::of(&url, &passwords).unwrap();
    let app = Setup::default().database(&url, urls).start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let keyed = owner.clone().with("idempotency-key", "before");
    let job = keyed
        .post("/jobs", &json!({"type": "noop"}))
        .await
        .expect(201);

    let cluster = tokio::task::spawn_blocking(move || {
        cluster.restart().unwrap();
        cluster
    })
    .await
    .unwrap();

    // A read finds the connection broken and opens another; so does a change with a key.
    assert_eq!(owner.get("/jobs").await.expect(200)["count"], 1);
    assert_eq!(
        id(&keyed
            .post("/jobs", &json!({"type": "noop"}))
            .await
            .expect(201)),
        id(&job)
    );
    answered(&owner).await;
    app.tick("job-worker").await;
    let path = format!("/jobs/{}", id(&job));
    assert_eq!(owner.get(&path).await.expect(200)["status"], "completed");
    drop(cluster);
}

/// Every component answers again: each holds a connection of its own.
async fn answered(owner: &Caller) {
    for path in [
        "/stores",
        "/products",
        "/listings",
        "/approvals",
        "/jobs",
        "/audit-logs",
        "/health/ready",
    ] {
        owner.get(path).await.expect(200);
    }
}
