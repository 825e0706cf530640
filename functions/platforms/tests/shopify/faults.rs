use crate::support::Bench;
use common::platform::{PlatformError, Store};
use sandbox::{Fault, FaultKind, TOKEN};
use serde_json::json;
use std::time::Duration;

/// The wait that the refusal of a publication names.
async fn wait(bench: &Bench) -> Option<Duration> {
    let error = bench.job("publish_listing").await.unwrap_err();
    match error.cause {
        PlatformError::RetryAfter { after, .. } => after,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_rate_limit_names_its_wait() {
    let bench = Bench::new().await;
    let fault = Fault::new(FaultKind::TooManyRequests, "SetProduct");
    bench.sandbox.inject(fault.clone().retry_after("7"));
    assert_eq!(wait(&bench).await, Some(Duration::from_secs(7)));
    bench.sandbox.inject(fault);
    assert_eq!(wait(&bench).await, None);
    assert_eq!(bench.shop()["products"], json!([]));
}

#[tokio::test]
async fn a_throttled_answer_is_waited_for_as_long_as_the_bucket_needs() {
    let bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::Throttled, "SetProduct"));
    // 200 points are asked for, 50 are there, 100 come back every second.
    assert_eq!(wait(&bench).await, Some(Duration::from_millis(1500)));
}

#[tokio::test]
async fn an_empty_bucket_throttles_and_the_named_wait_is_enough() {
    let bench = Bench::new().await;
    bench.sandbox.set_bucket(TOKEN, 2000.0, 0.001);
    bench.sandbox.drain_bucket(TOKEN);
    let named = wait(&bench).await.unwrap();
    bench.sandbox.advance(named + Duration::from_secs(1));
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(
        error.requests > 1,
        "the first request fitted, a later one did not"
    );
    assert_eq!(bench.count("Prepare"), 2);
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::Status, "SetProduct"));
    assert_eq!(wait(&bench).await, None);
    bench.publish().await;
    bench.product();
}

#[tokio::test]
async fn a_request_that_hangs_or_drips_is_given_up_in_time() {
    for kind in [FaultKind::Timeout, FaultKind::Slow] {
        let mut bench = Bench::new().await;
        bench.limits.request_timeout = Duration::from_millis(300);
        bench.sandbox.inject(Fault::new(kind, "Prepare").times(3));
        let error = bench.job("publish_listing").await.unwrap_err();
        assert!(
            error.to_string().contains("no complete answer in time"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_lost_or_cut_reply_to_the_creation_makes_no_second_product() {
    for kind in [FaultKind::LostReply, FaultKind::Cut] {
        let mut bench = Bench::new().await;
        bench.sandbox.inject(Fault::new(kind, "SetProduct"));
        assert_eq!(wait(&bench).await, None);
        let made = bench.product();
        let outcome = bench.publish().await;
        assert_eq!(outcome.external_id.as_deref(), made["id"].as_str());
        let product = bench.product();
        assert_eq!(
            product["variants"], made["variants"],
            "ids and stock are the same"
        );
        assert_eq!(product["published_to"].as_array().unwrap().len(), 1);
        assert_eq!(bench.sandbox.waiting_faults(), 0);
    }
}

#[tokio::test]
async fn a_product_sold_between_two_attempts_keeps_the_shops_stock() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "Publish").times(3));
    bench.job("publish_listing").await.unwrap_err();
    let sale = Fault {
        sku: "OBS-S".to_owned(),
        quantity: 1,
        ..Fault::new(FaultKind::Sale, "Prepare")
    };
    bench.sandbox.inject(sale);
    bench.publish().await;
    assert_eq!(bench.stock("OBS-S"), 4);
}

#[tokio::test]
async fn a_lost_reply_to_the_deletion_is_found_out_at_once() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "DeleteProduct"));
    let outcome = bench.job("delete_listing").await.unwrap();
    assert_eq!(outcome.result["was_gone"], true);
    assert_eq!(bench.count("DeleteProduct"), 2);
    assert_eq!(bench.shop()["products"], json!([]));
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_no_connection() {
    let mut bench = Bench::new().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    bench.store = Store::new(json!({"base_url": url}), json!({"access_token": TOKEN}));
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(error.to_string().contains("no connection"), "{error}");
}
