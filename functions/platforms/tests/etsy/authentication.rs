use crate::support::{Bench, rejected};
use common::platform::{Action, PlatformError, Store};
use sandbox::etsy::{ACCESS_TOKEN, REFRESH_TOKEN};
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

const TOKEN: &str = "/v3/public/oauth/token";

fn credential(bench: &Bench, name: &str) -> Value {
    bench.store.credentials.expose()[name].clone()
}

fn with(bench: &mut Bench, name: &str, value: Value) {
    let mut credentials = bench.store.credentials.expose().clone();
    credentials[name] = value;
    bench.store = Store::new(bench.store.config.clone(), credentials);
}

fn reason(error: common::platform::DriveError) -> String {
    match error.cause {
        PlatformError::AuthenticateAgain { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_renewal_brings_both_tokens_and_keeps_the_one_before() {
    let mut bench = Bench::new().await;
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    assert_eq!(outcome.token_lifetime, Some(Duration::from_secs(3600)));
    bench.remember(&outcome);
    assert_ne!(credential(&bench, "access_token"), ACCESS_TOKEN);
    assert_ne!(credential(&bench, "refresh_token"), REFRESH_TOKEN);
    assert_eq!(credential(&bench, "previous_refresh_token"), REFRESH_TOKEN);
    assert_eq!(credential(&bench, "keystring"), sandbox::etsy::KEYSTRING);
    assert_eq!(bench.sent.borrow().len(), 1, "stored before it is used");
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way_and_the_work_done_once() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::ExpireTokens, "PATCH"));
    let outcome = bench.publish().await;
    assert!(outcome.credentials.is_some());
    assert_eq!(bench.only()["state"], "active");
    bench.sandbox.advance(Duration::from_secs(3601));
    bench.job("sync_inventory").await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_locks_nobody_out() {
    let mut bench = Bench::new().await;
    for kind in [FaultKind::LostReply, FaultKind::Cut] {
        bench.sandbox.inject(Fault::new(kind, TOKEN));
        let error = bench.act(Action::Authenticate).await.unwrap_err();
        assert!(error.cause.is_transient());
    }
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    bench.remember(&outcome);
    bench.publish().await;
    let again = bench.act(Action::Authenticate).await.unwrap();
    bench.remember(&again);
    bench.job("sync_inventory").await.unwrap();
}

#[tokio::test]
async fn the_token_before_is_tried_when_the_current_one_is_not_taken() {
    let mut bench = Bench::new().await;
    with(
        &mut bench,
        "refresh_token",
        json!("42000001.never-heard-of"),
    );
    with(&mut bench, "previous_refresh_token", json!(REFRESH_TOKEN));
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    assert_eq!(bench.sent.borrow().len(), 2);
    bench.remember(&outcome);
    assert_eq!(credential(&bench, "previous_refresh_token"), REFRESH_TOKEN);
    bench.publish().await;
}

#[tokio::test]
async fn a_store_whose_refresh_tokens_are_dead_works_until_its_access_token_expires() {
    let mut bench = Bench::new().await;
    bench.control("strict_rotation", json!({"on": true}));
    bench
        .sandbox
        .inject(Fault::new(FaultKind::LostReply, TOKEN));
    bench.act(Action::Authenticate).await.unwrap_err();
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    assert_eq!(outcome.result["renewed"], false);
    let advice = outcome.result["manual"].as_str().unwrap();
    assert!(advice.contains("connect the store again"), "{advice}");
    assert!(outcome.credentials.is_none(), "nothing is thrown away");
    bench.publish().await;
    bench.sandbox.advance(Duration::from_secs(3601));
    let error = bench.job("sync_inventory").await.unwrap_err();
    assert!(error.requests <= 4, "no loop: {} requests", error.requests);
    let reason = reason(error);
    assert!(reason.contains("connect the store again"), "{reason}");
    for secret in [ACCESS_TOKEN, REFRESH_TOKEN, sandbox::etsy::SHARED_SECRET] {
        assert!(!reason.contains(secret), "{reason}");
    }
}

#[tokio::test]
async fn in_strict_mode_a_renewal_that_arrives_is_enough() {
    let mut bench = Bench::new().await;
    bench.control("strict_rotation", json!({"on": true}));
    for _ in 0..3 {
        let outcome = bench.act(Action::Authenticate).await.unwrap();
        bench.remember(&outcome);
    }
    bench.publish().await;
}

#[tokio::test]
async fn a_revoked_store_has_to_be_connected_again() {
    let bench = Bench::new().await;
    bench.control("uninstall", json!({}));
    let reason = reason(bench.job("publish_listing").await.unwrap_err());
    assert!(reason.contains("refresh_token is revoked"), "{reason}");
    assert!(reason.contains("connect the store again"), "{reason}");
}

#[tokio::test]
async fn a_token_alone_is_checked_and_names_the_shop() {
    let mut bench = Bench::new().await;
    with(&mut bench, "refresh_token", Value::Null);
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    assert_eq!(outcome.result["shop_id"], sandbox::etsy::SHOP_ID);
    with(&mut bench, "access_token", json!("42000001.wrong"));
    let reason = reason(bench.act(Action::Authenticate).await.unwrap_err());
    assert!(reason.contains("invalid"), "{reason}");
    with(&mut bench, "access_token", Value::Null);
    let error = bench.act(Action::Authenticate).await.unwrap_err();
    assert!(error.to_string().contains("access_token"), "{error}");
}

#[tokio::test]
async fn the_key_of_the_app_has_both_parts_unless_the_store_says_otherwise() {
    let mut bench = Bench::new().await;
    bench.store.config["api_key_form"] = json!("keystring");
    let (field, reason) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "credentials.shared_secret");
    assert!(reason.contains("Shared secret"), "{reason}");
    bench.store.config["api_key_form"] = json!("both");
    let (field, _) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "config.api_key_form");
}

#[tokio::test]
async fn a_scope_that_the_owner_did_not_give_is_told() {
    let bench = Bench::new().await;
    bench.control("scopes", json!({"scopes": ["shops_r", "listings_r"]}));
    let (field, reason) = rejected(bench.job("publish_listing").await.unwrap_err());
    assert_eq!(field, "credentials.access_token");
    assert!(reason.contains("scope"), "{reason}");
}
