//! Components that run by the clock.

use std::time::{Duration, Instant};

use crate::support::{App, database};

/// The application with a behaviour of its cron component and the shared database.
async fn app(behaviour: &str) -> App {
    App::start(|config| {
        config
            .variables
            .set("behaviour", behaviour)
            .set("database_url", database());
    })
    .await
}

async fn sql(text: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(&database(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let rows = client.query(text, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn table(name: &str) {
    sql(&format!("create table {name} (at bigint)")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_runs_the_component_with_the_time_and_postgres_4_0() {
    table("ticked").await;
    let app = app("insert into ticked values ($1)").await;
    assert_eq!(app.host.tick("clockwork").await.unwrap(), Ok(()));
    app.line_with(&["[clockwork] 1 by insert into ticked"])
        .await;
    let age =
        sql("select (extract(epoch from now())::bigint - at between 0 and 5)::text from ticked")
            .await;
    assert_eq!(age, ["true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_components_own_failure_a_trap_and_a_late_tick_are_told_apart() {
    assert_eq!(
        app("fail").await.host.tick("clockwork").await.unwrap(),
        Err("failed as asked".to_owned())
    );
    assert!(
        app("missing")
            .await
            .host
            .tick("clockwork")
            .await
            .unwrap()
            .unwrap_err()
            .contains("nonesuch")
    );
    assert!(app("trap").await.host.tick("clockwork").await.is_err());
    let late = App::start(|config| {
        config.variables.set("behaviour", "loop");
        config.limits.tick_timeout = Duration::from_millis(300);
    })
    .await;
    let error = late.host.tick("clockwork").await.unwrap_err();
    assert!(error.to_string().contains("longer"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_missing_or_no_cron_component_is_named() {
    let app = app("fail").await;
    assert!(
        app.host
            .tick("nobody")
            .await
            .unwrap_err()
            .to_string()
            .contains("nobody")
    );
    assert!(
        app.host
            .tick("misbehave")
            .await
            .unwrap_err()
            .to_string()
            .contains("misbehave")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_overlap() {
    let app = app("select pg_sleep(0.5)").await;
    let began = Instant::now();
    let (one, two) = tokio::join!(app.host.tick("clockwork"), app.host.tick("clockwork"));
    assert_eq!((one.unwrap(), two.unwrap()), (Ok(()), Ok(())));
    assert!(
        began.elapsed() < Duration::from_millis(950),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_is_dropped_midway_goes_no_further() {
    table("halfway").await;
    let app =
        app("insert into halfway values (1); select pg_sleep(0.4); insert into halfway values (2)")
            .await;
    let tick = tokio::time::timeout(Duration::from_millis(200), app.host.tick("clockwork"));
    assert!(tick.await.is_err(), "the tick should have been cut off");
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(sql("select at::text from halfway").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_computes_without_end_can_be_dropped_too() {
    let app = app("loop").await;
    let tick = tokio::time::timeout(Duration::from_millis(200), app.host.tick("clockwork"));
    assert!(tick.await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_fires_each_second_until_the_host_stops() {
    table("scheduled").await;
    let app = App::start(|config| {
        config.cron = true;
        config
            .variables
            .set("behaviour", "insert into scheduled values ($1)")
            .set("database_url", database());
    })
    .await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    app.host.shutdown().await;
    let count = || async {
        sql("select count(*)::text from scheduled").await[0]
            .parse::<i32>()
            .unwrap()
    };
    let fired = count().await;
    assert!((2..=3).contains(&fired), "{fired} ticks in 2.5 s");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(count().await, fired);
}
