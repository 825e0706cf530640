use crate::support::Bench;
use common::platform::{Action, Operation, PlatformError, Store};
use sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, FaultKind};
use serde_json::{Value, json};

fn authenticate() -> Operation {
    Operation::new(Action::Authenticate, "job")
}

fn with_client(bench: &mut Bench, credentials: Value) {
    bench.store = Store::new(bench.store.config.clone(), credentials);
}

#[tokio::test]
async fn a_token_is_checked_by_asking_for_the_shop() {
    let bench = Bench::new().await;
    let outcome = bench.run(&authenticate()).await.unwrap();
    assert_eq!(outcome.result["currency"], "USD");
    assert!(outcome.credentials.is_none());
}

#[tokio::test]
async fn a_wrong_token_has_to_be_replaced() {
    let mut bench = Bench::new().await;
    with_client(&mut bench, json!({"access_token": "shpat_wrong"}));
    let error = bench.run(&authenticate()).await.unwrap_err();
    let PlatformError::AuthenticateAgain { reason } = error.cause else {
        panic!("{error:?}");
    };
    assert!(reason.contains("Invalid API key"), "{reason}");
}

#[tokio::test]
async fn an_app_without_a_token_gets_one_on_the_way() {
    let mut bench = Bench::new().await;
    let client = json!({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET});
    with_client(&mut bench, client);
    let outcome = bench.publish().await;
    let credentials = outcome.credentials.unwrap();
    assert!(credentials.expose()["access_token"].as_str().is_some());
    assert_eq!(
        credentials.expose()["client_id"],
        CLIENT_ID,
        "the rest is kept"
    );
    assert_eq!(bench.product()["title"], "Ocean Blue Shirt");
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_is_renewed_and_the_work_done_once() {
    let mut bench = Bench::new().await;
    let client = json!({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET});
    with_client(&mut bench, client);
    let first = bench.run(&authenticate()).await.unwrap();
    bench.store.credentials = first.credentials.unwrap();
    bench
        .sandbox
        .inject(Fault::new(FaultKind::ExpireTokens, "Publish"));
    let outcome = bench.publish().await;
    assert!(outcome.credentials.is_some());
    let product = bench.product();
    assert_eq!(product["published_to"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unknown_app_is_told_apart_from_a_broken_one() {
    let mut bench = Bench::new().await;
    with_client(
        &mut bench,
        json!({"client_id": "nobody", "client_secret": "x"}),
    );
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(
        matches!(error.cause, PlatformError::AuthenticateAgain { .. }),
        "{error:?}"
    );
}
