use crate::support::Bench;
use common::platform::{Action, Platform, PlatformError};
use platforms::etsy::Etsy;
use sandbox::{Fault, FaultKind};
use serde_json::json;
use std::time::Duration;

fn wait(error: common::platform::DriveError) -> Option<Duration> {
    match error.cause {
        PlatformError::RetryAfter { after, .. } => after,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_second_is_used_up_and_its_wait_is_named() {
    let bench = Bench::new().await;
    bench.control("limits", json!({"per_second": 2}));
    let error = bench.job("publish_listing").await.unwrap_err();
    assert_eq!(error.requests, 3, "two were answered");
    assert_eq!(wait(error), Some(Duration::from_secs(1)));
    assert_eq!(bench.shop()["listings"], json!([]));
}

#[tokio::test]
async fn the_day_is_used_up_and_its_wait_is_named() {
    let bench = Bench::new().await;
    bench.control("limits", json!({"per_day": 1}));
    let read = Action::ListOrders {
        since: None,
        cursor: None,
        limit: 1,
    };
    bench.act(read.clone()).await.unwrap();
    bench.sandbox.advance(Duration::from_secs(3600));
    let left = wait(bench.act(read.clone()).await.unwrap_err()).unwrap();
    assert!((82_000..=82_800).contains(&left.as_secs()), "{left:?}");
    bench.sandbox.advance(left);
    bench.act(Action::Authenticate).await.unwrap();
}

#[tokio::test]
async fn a_refusal_without_a_header_is_waited_for_by_what_is_left() {
    let answer = |second: &str, day: &str| {
        http::Response::builder()
            .status(429)
            .header("x-remaining-this-second", second)
            .header("x-remaining-today", day)
            .body(Vec::new())
            .unwrap()
    };
    assert_eq!(
        Etsy.throttle_wait(&answer("0", "10")),
        Some(Duration::from_secs(1))
    );
    assert!(Etsy.throttle_wait(&answer("0", "0")).unwrap() > Duration::from_secs(60));
    assert_eq!(Etsy.throttle_wait(&answer("3", "10")), None);
}

#[tokio::test]
async fn every_answer_tells_what_is_left() {
    let bench = Bench::new().await;
    let url = format!("{}/v3/application/openapi-ping", bench.sandbox.url("etsy"));
    let key = format!(
        "{}:{}",
        sandbox::etsy::KEYSTRING,
        sandbox::etsy::SHARED_SECRET
    );
    let request = http::Request::get(url).header("x-api-key", key);
    let host = crate::native::Native::default();
    let answer = common::ports::HttpClient::send(
        &host,
        request.body(Vec::new()).unwrap(),
        Duration::from_secs(5),
    );
    let allowances = Etsy.allowances(&answer.await.unwrap());
    let find = |name: &str| *allowances.iter().find(|it| it.limit == name).unwrap();
    let (second, day) = (find("per_second"), find("per_day"));
    assert_eq!((second.remaining, second.capacity), (149.0, Some(150.0)));
    assert_eq!((day.remaining, day.capacity), (99_999.0, Some(100_000.0)));
    let described = Etsy.descriptor().constraints.rate_limits;
    assert!(
        allowances
            .iter()
            .all(|it| described.iter().any(|limit| limit.name == it.limit))
    );
    let odd = http::Response::builder().header("x-remaining-today", "NaN");
    assert_eq!(Etsy.allowances(&odd.body(Vec::new()).unwrap()), []);
}

#[tokio::test]
async fn a_server_error_and_a_silence_are_tried_again() {
    let mut bench = Bench::new().await;
    bench.limits.request_timeout = Duration::from_millis(300);
    for kind in [FaultKind::Status, FaultKind::Timeout, FaultKind::Slow] {
        bench.sandbox.inject(Fault::new(kind, "POST"));
        assert_eq!(wait(bench.job("publish_listing").await.unwrap_err()), None);
    }
    bench.publish().await;
}
