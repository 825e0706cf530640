//! What goes wrong in one request stays there.

use std::time::{Duration, Instant};

use futures::future::join_all;
use hyper::StatusCode;

use crate::support::App;

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_is_a_500_and_the_next_request_works() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.post("/do/trap", "").await,
        (StatusCode::INTERNAL_SERVER_ERROR, String::new())
    );
    assert_eq!(app.ask("sleep", "1").await, "slept");
    app.line_with(&["[misbehave]", "trapped as asked"]).await;
    app.line_with(&["[misbehave]", "an instance was ended"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_among_concurrent_requests_ends_its_instance_only() {
    let app = App::start(|config| config.limits.concurrent_requests = 1).await;
    let requests = (0..8).map(|number| {
        let (path, body) = if number == 3 {
            ("/do/trap-after", "100")
        } else {
            ("/do/sleep", "300")
        };
        app.post(path, body)
    });
    let statuses: Vec<_> = join_all(requests)
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    let failed = statuses
        .iter()
        .filter(|status| **status != StatusCode::OK)
        .count();
    assert_eq!(
        (failed, statuses[3]),
        (1, StatusCode::INTERNAL_SERVER_ERROR),
        "{statuses:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_components_go_on_while_one_traps() {
    let app = App::start(|_| {}).await;
    let (trapped, answered) =
        tokio::join!(app.post("/do/trap-after", "50"), app.post("/wasi02/x", ""));
    assert_eq!(trapped.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answered.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_is_a_504_and_the_host_goes_on() {
    let app = App::start(|config| config.limits.request_timeout = Duration::from_millis(500)).await;
    let began = Instant::now();
    let (looped, answered) = tokio::join!(app.post("/do/loop", ""), app.post("/wasi02/x", ""));
    assert_eq!(looped, (StatusCode::GATEWAY_TIMEOUT, String::new()));
    assert_eq!(answered.0, StatusCode::OK);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(app.ask("sleep", "1").await, "slept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_too_long_is_a_504_and_others_in_its_instance_are_answered() {
    let app = App::start(|config| config.limits.request_timeout = Duration::from_millis(400)).await;
    let (late, quick) = tokio::join!(app.post("/do/sleep", "60000"), app.post("/do/sleep", "100"));
    assert_eq!(late.0, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(quick, (StatusCode::OK, "slept".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_over_its_memory_limit_is_a_500() {
    let app = App::start(|config| config.limits.memory = 32 * 1024 * 1024).await;
    assert_eq!(
        app.post("/do/allocate", "").await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(app.ask("sleep", "1").await, "slept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_fails_is_an_empty_500() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.post("/do/fail", "out of luck").await,
        (StatusCode::INTERNAL_SERVER_ERROR, String::new())
    );
    app.line_with(&["[misbehave]", "out of luck"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_host_answers_nobody() {
    let app = App::start(|_| {}).await;
    let addr = app.host.addr();
    assert_eq!(app.ask("sleep", "1").await, "slept");
    app.host.shutdown().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
