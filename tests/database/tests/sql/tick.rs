//! The worker's tick on a real queue; the channel behind it is played by a script.

#[path = "tick/channel.rs"]
pub mod channel;
#[path = "tick/world.rs"]
pub mod world;

use channel::Channel;
use common::platform::Platform;
use common::ports::HttpError;
use common::worker::tick;
use database::Stage;
use serde_json::json;
use std::time::{Duration, Instant};
use world::World;

pub const CHANNELS: &[&dyn Platform] = &[&Channel];

/// A stage whose store is on the scripted channel, with credentials that open.
pub async fn connected() -> (Stage, World) {
    let stage = Stage::new().await.unwrap();
    let world = World::new(&stage).await;
    let sealed = world.sealed(&stage, "{\"token\": \"t\", \"secret\": \"s\"}");
    stage
        .admin
        .batch_execute(&format!(
            "update hub.stores set platform = 'scripted', credentials = '{sealed}'"
        ))
        .await
        .unwrap();
    (stage, world)
}

/// The same with a listing approved for publication; answers the job's id.
pub async fn publication() -> (Stage, World, String) {
    let (stage, world) = connected().await;
    let job = stage.approved("publish", json!({})).await.unwrap();
    (stage, world, job)
}

/// Lets every waiting job's time come.
pub async fn due(stage: &Stage) {
    let now = "update hub.jobs set run_at = now() where state = 'scheduled'";
    stage.admin.batch_execute(now).await.unwrap();
}

#[tokio::test]
async fn an_idle_tick_is_one_statement() {
    let stage = Stage::new().await.unwrap();
    let world = World::new(&stage).await;
    assert_eq!(tick(&world, CHANNELS).await.unwrap(), 0);
    assert_eq!(world.statements(), 1);
}

#[tokio::test]
async fn a_tick_works_until_nothing_is_left_and_gives_its_slot_back() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..120 {
        stage.enqueue(json!({})).await.unwrap();
    }
    let world = World::new(&stage).await;
    assert_eq!(tick(&world, CHANNELS).await.unwrap(), 120);
    assert_eq!(
        stage
            .one("select string_agg(distinct state, ' ') from hub.jobs")
            .await
            .unwrap(),
        "done"
    );
    assert_eq!(
        stage
            .one("select count(*)::text from hub.worker_slots")
            .await
            .unwrap(),
        "0"
    );
    assert!(
        world.statements() < 12,
        "{} statements for three batches",
        world.statements()
    );
}

#[tokio::test]
async fn a_publication_reaches_the_channel_once_under_the_name_of_its_job() {
    let (stage, world, job) = publication().await;
    world.answers(Ok((200, "gid://7")));
    world.answers(Ok((200, "")));
    assert_eq!(tick(&world, CHANNELS).await.unwrap(), 1);
    assert_eq!(
        world.requests(),
        [format!("create {job}"), format!("show {job}")]
    );
    assert_eq!(
        stage
            .one("select external_id || ' ' || status from hub.listings")
            .await
            .unwrap(),
        "gid://7 active"
    );
    let line = world.line("job");
    assert_eq!(
        (&line["outcome"], &line["job.id"], &line["attempt"]),
        (&json!("completed"), &json!(job), &json!(1))
    );
}

#[tokio::test]
async fn a_channel_that_asks_to_wait_is_left_alone_for_that_long() {
    let (stage, world, job) = publication().await;
    world.answers(Ok((429, "7")));
    tick(&world, CHANNELS).await.unwrap();
    assert_eq!(
        stage.job(&job, "state || ' ' || attempts").await.unwrap(),
        "scheduled 1"
    );
    let quiet = "select round(extract(epoch from blocked_until - now()))::text from hub.lanes";
    assert_eq!(stage.one(quiet).await.unwrap(), "7");
    assert_eq!(
        stage.one("select status from hub.sync_logs").await.unwrap(),
        "retrying"
    );
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let (stage, world, job) = publication().await;
    world.answers(Err(HttpError::Timeout));
    tick(&world, CHANNELS).await.unwrap();
    assert_eq!(stage.job(&job, "state").await.unwrap(), "scheduled");
    stage
        .admin
        .batch_execute("update hub.jobs set run_at = now()")
        .await
        .unwrap();
    world.answers(Ok((200, "gid://7")));
    world.answers(Ok((200, "")));
    tick(&world, CHANNELS).await.unwrap();
    assert_eq!(
        world.requests()[..2],
        [format!("create {job}"), format!("create {job}")]
    );
    assert_eq!(stage.job(&job, "state").await.unwrap(), "done");
}

#[tokio::test]
async fn a_refusal_fails_the_job_with_the_reason_and_is_not_repeated() {
    let (stage, world, job) = publication().await;
    world.answers(Ok((422, "title is too short")));
    tick(&world, CHANNELS).await.unwrap();
    let ended = stage.job(&job, "state || ': ' || error").await.unwrap();
    assert!(
        ended.starts_with("dead: ") && ended.contains("title is too short"),
        "{ended}"
    );
    assert_eq!(
        stage.one("select status from hub.listings").await.unwrap(),
        "draft"
    );
}

#[tokio::test]
async fn refused_credentials_disconnect_the_store_and_its_job_waits() {
    let (stage, world, job) = publication().await;
    world.answers(Ok((401, "token revoked")));
    tick(&world, CHANNELS).await.unwrap();
    assert_eq!(
        stage.job(&job, "state || ' ' || attempts").await.unwrap(),
        "scheduled 0"
    );
    assert_eq!(
        stage
            .one("select status || ': ' || status_reason from hub.stores")
            .await
            .unwrap(),
        "disconnected: token revoked"
    );
    due(&stage).await;
    tick(&world, CHANNELS).await.unwrap();
    assert_eq!(world.requests().len(), 1, "its lane is held");

    let sealed = world.sealed(&stage, "{\"token\": \"t\"}");
    stage.admin.batch_execute(&format!("update hub.stores set credentials = '{sealed}', status = 'active', status_reason = null")).await.unwrap();
    world.answers(Ok((200, "gid://7")));
    world.answers(Ok((200, "")));
    tick(&world, CHANNELS).await.unwrap();
    assert_eq!(stage.job(&job, "state").await.unwrap(), "done");
}

#[tokio::test]
async fn credentials_of_another_row_do_not_open() {
    let (stage, world, job) = publication().await;
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    stage.admin.batch_execute(&format!("update hub.stores set credentials = (select credentials from hub.stores where id <> '{other}') where id = '{other}'")).await.unwrap();
    stage
        .admin
        .batch_execute(&format!(
            "update hub.jobs set store_id = '{other}'; update hub.stores set platform = 'scripted'"
        ))
        .await
        .unwrap();
    tick(&world, CHANNELS).await.unwrap();
    let error = stage.job(&job, "error").await.unwrap();
    assert!(
        error.contains("altered or belongs to another row"),
        "{error}"
    );
    assert!(world.requests().is_empty());
}

#[tokio::test]
async fn what_can_not_be_run_says_so() {
    let stage = Stage::new().await.unwrap();
    let world = World::new(&stage).await;
    let unknown = stage.enqueue(json!({"type": "dance"})).await.unwrap();
    let without = stage
        .enqueue(json!({"type": "list_products"}))
        .await
        .unwrap();
    let elsewhere = stage
        .enqueue(json!({"type": "list_products", "store_id": stage.store}))
        .await
        .unwrap();
    tick(&world, CHANNELS).await.unwrap();
    for (job, part) in [
        (unknown, "There is no job type `dance`"),
        (without, "names no store"),
        (elsewhere, "no plugin for the platform `shopify`"),
    ] {
        assert_eq!(stage.job(&job, "state").await.unwrap(), "dead");
        let error = stage.job(&job, "error").await.unwrap();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_long_job_keeps_its_lease() {
    let stage = Stage::new().await.unwrap();
    let world = World::with(&stage, &[("lease_ms", "300")]).await;
    let job = stage
        .enqueue(json!({"payload": {"duration_ms": 1200}}))
        .await
        .unwrap();
    let reaper = async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let done = stage
                .call("maintain", &json!({"retention_days": 30}))
                .await
                .unwrap();
            assert_eq!(done["reaped"], 0);
        }
    };
    let (reported, ()) = tokio::join!(tick(&world, CHANNELS), reaper);
    assert_eq!(reported.unwrap(), 1);
    assert_eq!(
        stage.job(&job, "state || ' ' || attempts").await.unwrap(),
        "done 1"
    );
}

#[tokio::test]
async fn nothing_more_is_sent_for_a_job_that_was_given_to_another() {
    let (stage, _, job) = publication().await;
    let world = World::with(&stage, &[("lease_ms", "600")]).await;
    world.answers(Ok((200, "gid://7")));
    world.answers(Ok((200, "")));
    world.delay(Duration::from_millis(400));
    let thief = async {
        let theft = "update hub.jobs set lease_seq = lease_seq + 1, lease_until = now() + interval '1 minute' where state = 'running'";
        while stage.admin.execute(theft, &[]).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let (reported, ()) = tokio::join!(tick(&world, CHANNELS), thief);
    assert_eq!(reported.unwrap(), 0, "the report is refused");
    assert_eq!(world.requests(), [format!("create {job}")]);
    assert_eq!(world.line("job")["outcome"], "stale");
    assert_eq!(
        stage.job(&job, "state").await.unwrap(),
        "running",
        "it is the other's"
    );
}

#[tokio::test]
async fn a_job_that_has_sent_nothing_is_put_back_when_time_is_over() {
    let stage = Stage::new().await.unwrap();
    let world = World::with(&stage, &[("worker_budget_ms", "300")]).await;
    let job = stage
        .enqueue(json!({"payload": {"duration_ms": 30_000}}))
        .await
        .unwrap();
    let begun = Instant::now();
    tick(&world, CHANNELS).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(
        stage.job(&job, "state || ' ' || attempts").await.unwrap(),
        "ready 0"
    );
}

#[tokio::test]
async fn a_worker_that_only_waits_for_a_slow_channel_keeps_no_other_from_working() {
    let (stage, _, job) = publication().await;
    let settings = [("worker_max", "1"), ("worker_budget_ms", "200")];
    let slow = World::with(&stage, &settings).await;
    slow.answers(Ok((200, "gid://7")));
    slow.answers(Ok((200, "")));
    slow.delay(Duration::from_millis(1500));
    let other = async {
        tokio::time::sleep(Duration::from_millis(1400)).await;
        stage.enqueue(json!({})).await.unwrap();
        let next = World::with(&stage, &settings).await;
        let reported = tick(&next, CHANNELS).await.unwrap();
        (reported, stage.job(&job, "state").await.unwrap())
    };
    let (ended, (reported, meanwhile)) = tokio::join!(tick(&slow, CHANNELS), other);
    assert_eq!((reported, meanwhile.as_str()), (1, "running"));
    assert_eq!(ended.unwrap(), 1, "and the slow one is brought home");
}

#[tokio::test]
async fn a_quick_job_is_reported_while_a_slow_one_runs() {
    let stage = Stage::new().await.unwrap();
    let world = World::new(&stage).await;
    stage
        .enqueue(json!({"payload": {"duration_ms": 1500}}))
        .await
        .unwrap();
    let quick = stage.enqueue(json!({})).await.unwrap();
    let look = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let quick = stage.job(&quick, "state").await.unwrap();
        let later = stage.enqueue(json!({})).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        (quick, later)
    };
    let (reported, (quick, later)) = tokio::join!(tick(&world, CHANNELS), look);
    assert_eq!(quick, "done");
    assert_eq!(
        reported.unwrap(),
        3,
        "a job that came meanwhile is taken as well"
    );
    assert_eq!(stage.job(&later, "state").await.unwrap(), "done");
}

#[tokio::test]
async fn a_report_survives_a_database_that_is_away_for_a_moment() {
    let (stage, world, job) = publication().await;
    world.answers(Ok((200, "gid://7")));
    world.answers(Ok((200, "")));
    world.lose_reports(2);
    assert_eq!(tick(&world, CHANNELS).await.unwrap(), 1);
    assert_eq!(stage.job(&job, "state").await.unwrap(), "done");
    assert_eq!(world.requests().len(), 2);
}
