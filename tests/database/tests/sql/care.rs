//! Leases, repairs and retention.

use database::{Stage, worker_id};
use serde_json::json;

#[tokio::test]
async fn a_renewal_prolongs_what_is_held_and_tells_what_is_lost() {
    let stage = Stage::new().await.unwrap();
    stage.enqueue(json!({})).await.unwrap();
    stage.enqueue(json!({})).await.unwrap();
    let jobs = stage.claim(1, 2).await.unwrap();
    stage
        .settle(&jobs[1], "completed", json!({}))
        .await
        .unwrap();
    let of = |job: &serde_json::Value| json!({"id": job["id"], "lease_seq": job["lease_seq"]});
    let args =
        json!({"jobs": [of(&jobs[0]), of(&jobs[1])], "worker": worker_id(1), "lease_ms": 600_000});
    let answer = stage.call("renew", &args).await.unwrap();
    assert_eq!(
        answer,
        json!([
            {"id": jobs[0]["id"], "held": true, "cancel_requested": false},
            {"id": jobs[1]["id"], "held": false, "cancel_requested": false},
        ])
    );
    let longer = "select (min(lease_until) > now() + interval '9 minutes')::text from";
    assert_eq!(
        stage
            .one(&format!("{longer} hub.jobs where state = 'running'"))
            .await
            .unwrap(),
        "true"
    );
    assert_eq!(
        stage
            .one(&format!("{longer} hub.worker_slots"))
            .await
            .unwrap(),
        "true",
        "the slot as well"
    );
}

#[tokio::test]
async fn a_job_of_a_dead_worker_is_given_out_again_until_its_attempts_are_used() {
    let stage = Stage::new().await.unwrap();
    let id = stage.enqueue(json!({"max_attempts": 2})).await.unwrap();
    for state in ["ready", "dead"] {
        assert_eq!(stage.claim(1, 1).await.unwrap().len(), 1);
        stage
            .admin
            .batch_execute("update hub.jobs set lease_until = now() - interval '1 second'")
            .await
            .unwrap();
        let done = stage
            .call("maintain", &json!({"retention_days": 30}))
            .await
            .unwrap();
        assert_eq!(done["reaped"], 1);
        assert_eq!(stage.job(&id, "state").await.unwrap(), state);
        assert_eq!(
            stage
                .one("select running::text from hub.lanes")
                .await
                .unwrap(),
            "0"
        );
    }
    assert_eq!(
        stage.job(&id, "error").await.unwrap(),
        "no worker reported in time"
    );
}

#[tokio::test]
async fn a_lease_that_stands_is_left_alone() {
    let stage = Stage::new().await.unwrap();
    stage.enqueue(json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        stage
            .call("maintain", &json!({"retention_days": 30}))
            .await
            .unwrap()["reaped"],
        0
    );
    assert_eq!(
        stage.settle(&job, "completed", json!({})).await.unwrap()["accepted"],
        true
    );
}

#[tokio::test]
async fn a_drifted_lane_is_set_right() {
    let stage = Stage::new().await.unwrap();
    stage.enqueue(json!({})).await.unwrap();
    stage.claim(1, 1).await.unwrap();
    stage
        .admin
        .batch_execute("update hub.lanes set running = 77")
        .await
        .unwrap();
    assert_eq!(
        stage
            .call("maintain", &json!({"retention_days": 30}))
            .await
            .unwrap()["lanes_repaired"],
        1
    );
    assert_eq!(
        stage
            .one("select running::text from hub.lanes")
            .await
            .unwrap(),
        "1"
    );
    assert_eq!(
        stage
            .call("maintain", &json!({"retention_days": 30}))
            .await
            .unwrap()["lanes_repaired"],
        0
    );
}

#[tokio::test]
async fn what_is_too_old_goes_but_the_audit_stays() {
    let stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    for job in stage.claim(1, 2).await.unwrap() {
        stage.settle(&job, "completed", json!({})).await.unwrap();
    }
    let living = stage.enqueue(json!({})).await.unwrap();
    stage.admin.batch_execute(
        "update hub.jobs set completed_at = now() - interval '31 days' where id = (select id from hub.jobs where state = 'done' limit 1);
         update hub.sync_logs set created_at = now() - interval '31 days' where job_id in (select id from hub.jobs where completed_at < now() - interval '1 day');
         insert into hub.idempotency_keys (workspace_id, user_id, key, fingerprint, created_at)
         select workspace_id, user_id, v.key, 'f', now() - v.age from hub.members,
            (values ('old', interval '25 hours'), ('new', interval '1 hour')) as v (key, age) where role = 'owner'",
    ).await.unwrap();
    let audits = stage
        .one("select count(*)::text from hub.audit_logs")
        .await
        .unwrap();
    let done = stage
        .call("maintain", &json!({"retention_days": 30}))
        .await
        .unwrap();
    assert_eq!(
        (
            &done["jobs_removed"],
            &done["sync_logs_removed"],
            &done["keys_removed"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(
        stage
            .one("select count(*)::text from hub.jobs")
            .await
            .unwrap(),
        "2"
    );
    assert_eq!(stage.job(&living, "state").await.unwrap(), "ready");
    assert_eq!(
        stage
            .one("select count(*)::text from hub.job_data")
            .await
            .unwrap(),
        "2"
    );
    assert_eq!(
        stage
            .one("select string_agg(key, ' ') from hub.idempotency_keys")
            .await
            .unwrap(),
        "new"
    );
    assert_eq!(
        stage
            .one("select count(*)::text from hub.audit_logs")
            .await
            .unwrap(),
        audits
    );
}

#[tokio::test]
async fn undecided_requests_expire_and_their_history_says_so() {
    let stage = Stage::new().await.unwrap();
    stage
        .ask("listing", &stage.listing, "publish", json!({}))
        .await
        .unwrap();
    assert_eq!(
        stage.call("expire_approvals", &json!({})).await.unwrap(),
        json!({"expired": 0})
    );
    stage
        .admin
        .batch_execute("update hub.approvals set expires_at = now() - interval '1 second'")
        .await
        .unwrap();
    assert_eq!(
        stage.call("expire_approvals", &json!({})).await.unwrap(),
        json!({"expired": 1})
    );
    let history = "select string_agg(to_status, ' ' order by created_at) from hub.approval_history";
    assert_eq!(stage.one(history).await.unwrap(), "pending expired");
    let actor = "select actor from hub.audit_logs where resource_type = 'approval' order by created_at desc limit 1";
    assert_eq!(stage.one(actor).await.unwrap(), "approval-expiry");
}
