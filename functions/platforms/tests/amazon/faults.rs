use crate::support::Bench;
use common::platform::PlatformError;
use sandbox::{Fault, FaultKind};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_used_up_quota_waits_as_long_as_the_header_says() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench.tell(
        "quota",
        json!({"operation": "getListingsItem", "per_second": 0.05, "burst": 1}),
    );
    bench.job("check_listing").await.unwrap();
    let error = bench.job("check_listing").await.unwrap_err();
    let PlatformError::RetryAfter { after, .. } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(after, Some(Duration::from_secs(20)));
    bench.sandbox.advance(Duration::from_secs(21));
    bench.job("check_listing").await.unwrap();
}

#[tokio::test]
async fn a_retry_after_wins() {
    let mut bench = Bench::new().await;
    let fault = Fault::new(FaultKind::TooManyRequests, "PUT /amazon/listings/");
    bench.sandbox.inject(fault.retry_after("7"));
    let error = bench.job("publish_listing").await.unwrap_err();
    let PlatformError::RetryAfter { after, .. } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(after, Some(Duration::from_secs(7)));
    assert_eq!(bench.skus(), [""; 0]);
}

#[tokio::test]
async fn a_repeat_after_a_lost_reply_makes_nothing_twice() {
    for kind in [FaultKind::LostReply, FaultKind::Cut] {
        let mut bench = Bench::new().await;
        // However often it is tried again on the way.
        bench
            .sandbox
            .inject(Fault::new(kind, "PUT /amazon/listings/").times(3));
        let error = bench.attempt("publish_listing", "one").await.unwrap_err();
        assert!(error.cause.is_transient(), "{error}");
        assert_eq!(bench.skus(), ["MUG-1"]);
        let outcome = bench.attempt("publish_listing", "one").await.unwrap();
        assert_eq!(outcome.external_id.as_deref(), Some("MUG-1"));
        bench.settle();
        assert_eq!(bench.skus(), ["MUG-1"]);
        assert_eq!(bench.quantity("MUG-1"), 7);
    }
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::Status, "PUT /amazon/listings/").times(3));
    let error = bench.attempt("publish_listing", "one").await.unwrap_err();
    assert!(error.cause.is_transient(), "{error}");
    bench.attempt("publish_listing", "one").await.unwrap();
}

#[tokio::test]
async fn a_request_that_hangs_or_drips_is_given_up_in_time() {
    for kind in [FaultKind::Timeout, FaultKind::Slow] {
        let mut bench = Bench::new().await;
        bench.limits.request_timeout = Duration::from_millis(300);
        bench
            .sandbox
            .inject(Fault::new(kind, "PUT /amazon/listings/").times(3));
        let error = bench.job("publish_listing").await.unwrap_err();
        assert!(error.cause.is_transient(), "{error}");
    }
}
