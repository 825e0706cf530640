//! Expiring offline tokens.

use crate::connect::connected;
use crate::support::Bench;
use common::platform::{Action, Operation, Outcome, Platform, PlatformError, Store};
use common::secret::Secret;
use platforms::shopify::Shopify;
use sandbox::{CLIENT_SECRET, Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn renewal() -> Operation {
    Operation::new(Action::Authenticate, "renew")
}

async fn renew(bench: &Bench) -> Outcome {
    bench.run(&renewal()).await.unwrap()
}

async fn refused(bench: &Bench) -> String {
    let error = bench.run(&renewal()).await.unwrap_err();
    match error.cause {
        PlatformError::AuthenticateAgain { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn token(credentials: &Secret<Value>, name: &str) -> Option<String> {
    credentials.expose()[name].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_renewal_replaces_both_tokens_and_keeps_the_one_before() {
    let mut bench = connected().await;
    assert!(Shopify.can_refresh(&bench.store));
    let before = bench.store.credentials.clone();
    let outcome = renew(&bench).await;
    assert_eq!(outcome.token_lifetime, Some(HOUR));
    let after = outcome.credentials.unwrap();
    for name in ["access_token", "refresh_token"] {
        assert_ne!(token(&before, name), token(&after, name), "{name}");
    }
    assert_eq!(
        token(&after, "previous_refresh_token"),
        token(&before, "refresh_token")
    );
    assert_eq!(
        token(&after, "client_secret").as_deref(),
        Some(CLIENT_SECRET)
    );
    assert!(
        !outcome.result.to_string().contains("shp"),
        "{}",
        outcome.result
    );
    bench.store.credentials = after;
    bench.publish().await;
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way() {
    let mut bench = connected().await;
    bench.sandbox.advance(HOUR);
    let outcome = bench.publish().await;
    assert!(outcome.credentials.is_some());
    assert_eq!(bench.product()["title"], "Ocean Blue Shirt");
}

#[tokio::test]
async fn a_lost_reply_to_a_renewal_locks_nobody_out() {
    let mut bench = connected().await;
    for _ in 0..3 {
        let fault = Fault::new(FaultKind::LostReply, "access_token");
        bench.sandbox.inject(fault.times(3));
        let error = bench.run(&renewal()).await.unwrap_err();
        assert!(error.cause.is_transient(), "{error}");
        bench.sandbox.advance(DAY);
    }
    bench.store.credentials = renew(&bench).await.credentials.unwrap();
    bench.publish().await;
}

#[tokio::test]
async fn of_two_renewals_at_once_either_may_be_kept() {
    let mut bench = connected().await;
    let overtaken = renew(&bench).await.credentials.unwrap();
    renew(&bench).await;
    // The store kept the pair that the second renewal made void.
    bench.store.credentials = overtaken;
    bench.sandbox.advance(HOUR);
    let outcome = renew(&bench).await;
    assert_eq!(
        outcome.requests, 2,
        "with the void token, then with the one before"
    );
    bench.store.credentials = outcome.credentials.unwrap();
    bench.publish().await;
}

#[tokio::test]
async fn a_refresh_token_that_is_dead_needs_the_owner() {
    let bench = connected().await;
    bench.sandbox.advance(90 * DAY);
    let reason = refused(&bench).await;
    assert!(reason.contains("expired or revoked"), "{reason}");
    assert!(!reason.contains("shprt"), "{reason}");
}

#[tokio::test]
async fn a_used_refresh_token_is_dead_once_its_replacement_was_used() {
    let mut bench = connected().await;
    let first = bench.store.credentials.clone();
    bench.store.credentials = renew(&bench).await.credentials.unwrap();
    renew(&bench).await;
    bench.store.credentials = first;
    refused(&bench).await;
}

#[tokio::test]
async fn a_renewal_without_a_new_refresh_token_does_not_fit_the_api() {
    let store = Store::new(
        json!({"base_url": "http://127.0.0.1:1"}),
        json!({"client_id": "i", "client_secret": "s", "refresh_token": "r", "access_token": "a"}),
    );
    let common::platform::Step::Send(sent) = Shopify.begin(&renewal(), &store).unwrap() else {
        panic!("a request");
    };
    assert!(sent.is_repeatable);
    assert_eq!(
        String::from_utf8_lossy(sent.request.body()),
        "grant_type=refresh_token&client_id=i&client_secret=s&refresh_token=r"
    );
    let response = http::Response::new(br#"{"access_token":"b","expires_in":3600}"#.to_vec());
    let error = Shopify.resume(&renewal(), &store, sent.state, &response);
    let error = error.unwrap_err();
    assert!(matches!(error, PlatformError::Protocol { .. }));
    assert!(error.to_string().contains("refresh_token"), "{error}");
}

#[tokio::test]
async fn a_token_that_a_person_entered_is_only_checked() {
    let mut bench = connected().await;
    let entered = json!({"access_token": sandbox::TOKEN, "client_id": sandbox::CLIENT_ID,
        "client_secret": CLIENT_SECRET});
    bench.store.credentials = Secret::new(entered);
    assert!(!Shopify.can_refresh(&bench.store));
    let outcome = renew(&bench).await;
    assert_eq!(outcome.result["currency"], "USD");
    assert!(outcome.credentials.is_none());
}
