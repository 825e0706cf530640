use crate::support::Bench;
use common::platform::{Allowance, Platform, PlatformError, Store};
use platforms::printify::Printify;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
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
async fn a_rate_limit_is_waited_for() {
    let bench = Bench::new().await;
    let fault = Fault::new(FaultKind::TooManyRequests, "products.json");
    bench.sandbox.inject(fault.clone().retry_after("7"));
    assert_eq!(wait(&bench).await, Some(Duration::from_secs(7)));
    bench.sandbox.inject(fault);
    assert_eq!(wait(&bench).await, None);
    assert_eq!(bench.products(), [Value::Null; 0]);
}

#[tokio::test]
async fn a_window_that_is_used_up_opens_again() {
    let mut bench = Bench::new().await;
    bench.tell("limits", json!({"global": 3}));
    assert_eq!(wait(&bench).await, None);
    bench.sandbox.advance(Duration::from_secs(61));
    bench.tell("limits", json!({"global": 600}));
    bench.publish().await;
    bench.product();
}

#[tokio::test]
async fn what_the_headers_say_of_a_limit_is_read() {
    let bench = Bench::new().await;
    bench.job("publish_listing").await.unwrap();
    let exchanges = bench.host.exchanges.lock().unwrap();
    let said: Vec<Allowance> = exchanges
        .iter()
        .flat_map(|it| Printify.allowances(it.response.as_ref().unwrap()))
        .collect();
    let of = |limit: &str| {
        said.iter()
            .rev()
            .find(|it| it.limit == limit)
            .map(|it| it.remaining)
    };
    assert_eq!(of("catalog"), Some(99.0));
    assert_eq!(of("publish"), Some(199.0));
    assert_eq!(of("global"), Some(594.0));
    let names: Vec<&str> = Printify
        .descriptor()
        .constraints
        .rate_limits
        .iter()
        .map(|it| it.name)
        .collect();
    assert!(said.iter().all(|it| names.contains(&it.limit)));
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::Status, "publish.json"));
    assert_eq!(wait(&bench).await, None);
    bench.publish().await;
    bench.product();
}

#[tokio::test]
async fn a_request_that_hangs_or_drips_is_given_up_in_time() {
    for kind in [FaultKind::Timeout, FaultKind::Slow] {
        let mut bench = Bench::new().await;
        bench.limits.request_timeout = Duration::from_millis(300);
        bench
            .sandbox
            .inject(Fault::new(kind, "variants.json").times(3));
        let error = bench.job("publish_listing").await.unwrap_err();
        assert!(
            error.to_string().contains("no complete answer in time"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_lost_or_cut_reply_anywhere_in_a_publication_makes_nothing_twice() {
    // What is safe is sent three times before it is given up.
    let steps = [
        ("POST /printify/v1/shops/815256/products.json", 1),
        ("/uploads/images.json", 3),
        ("/publish.json", 1),
        ("/publishing_succeeded.json", 3),
    ];
    for kind in [FaultKind::LostReply, FaultKind::Cut] {
        for (step, times) in steps {
            let mut bench = Bench::new().await;
            bench.sandbox.inject(Fault::new(kind, step).times(times));
            assert_eq!(wait(&bench).await, None, "{step}");
            let outcome = bench.publish().await;
            let product = bench.product();
            assert_eq!(outcome.external_id.as_deref(), product["id"].as_str());
            assert_eq!(product["is_locked"], false);
            assert_eq!(product["external"]["id"], "0192-l1");
            assert_eq!(bench.skus(), ["LS-S", "LS-M"]);
            assert_eq!(
                bench.sandbox.state("printify")["uploads"]
                    .as_array()
                    .unwrap()
                    .len(),
                1
            );
            assert_eq!(bench.sandbox.waiting_faults(), 0);
        }
    }
}

#[tokio::test]
async fn what_is_safe_is_sent_again_at_once() {
    let mut bench = Bench::new().await;
    for step in [
        "/uploads/images.json",
        "/publishing_succeeded.json",
        "variants.json",
    ] {
        bench.sandbox.inject(Fault::new(FaultKind::LostReply, step));
    }
    bench.publish().await;
    assert_eq!(bench.count("/publishing_succeeded.json"), 2);
    assert_eq!(
        bench.count("POST /printify/v1/shops/815256/products.json"),
        1
    );
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "PUT"));
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "DELETE"));
    bench.job("update_listing").await.unwrap();
    bench.job("delete_listing").await.unwrap();
    assert_eq!(bench.products(), [Value::Null; 0]);
}

#[tokio::test]
async fn a_lost_reply_to_the_deletion_is_found_out() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, "DELETE").times(3));
    assert!(
        bench
            .job("delete_listing")
            .await
            .unwrap_err()
            .cause
            .is_transient()
    );
    let again = bench.job("delete_listing").await.unwrap();
    assert_eq!(again.result["was_gone"], true);
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_no_connection() {
    let mut bench = Bench::new().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/printify", closed.local_addr().unwrap());
    drop(closed);
    bench.store = Store::new(
        json!({"base_url": url, "shop_id": 1}),
        json!({"token": "t"}),
    );
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(error.to_string().contains("no connection"), "{error}");
}

/// The largest number of requests that a bucket lets through in one of the vendor's windows.
#[test]
fn the_local_limits_stay_within_the_vendors_windows() {
    for (name, window_s, most) in [
        ("global", 60.0, 600.0),
        ("catalog", 60.0, 100.0),
        ("publish", 1800.0, 200.0),
    ] {
        let limits = Printify.descriptor().constraints.rate_limits;
        let limit = limits.iter().find(|it| it.name == name).unwrap();
        let through = f64::from(limit.burst) + limit.per_second * window_s;
        assert!(through <= most, "{name}: {through}");
    }
}
