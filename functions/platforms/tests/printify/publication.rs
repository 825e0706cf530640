//! The lock while a product is published.

use crate::support::Bench;
use common::platform::{Action, PlatformError, Presence};
use serde_json::{Value, json};
use std::time::Duration;

async fn presence(bench: &Bench) -> Option<Presence> {
    let external_id = bench.listing["listing"]["external_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let check = bench
        .act(Action::CheckProduct { external_id })
        .await
        .unwrap();
    check.presence
}

#[tokio::test]
async fn a_published_product_is_unlocked_and_points_to_the_listing() {
    let mut bench = Bench::new().await;
    bench.configure("storefront_url", json!("https://shop.example/p/"));
    bench.publish().await;
    let product = bench.product();
    assert_eq!(product["is_locked"], false);
    let external = json!({"id": "0192-l1", "handle": "https://shop.example/p/linen-shirt"});
    assert_eq!(product["external"], external);
    assert_eq!(presence(&bench).await, Some(Presence::Live));
}

#[tokio::test]
async fn a_lock_that_waits_for_us_is_ended_before_an_edit() {
    for job in ["update_listing", "sync_inventory", "delete_listing"] {
        let mut bench = Bench::new().await;
        bench.publish().await;
        bench.tell("publish", json!({"id": bench.product()["id"]}));
        assert_eq!(presence(&bench).await, Some(Presence::Pending));
        bench.listing["product"]["variants"][0]["inventory"] = json!(0);
        bench.job(job).await.unwrap();
        let locked = bench.products().iter().any(|it| it["is_locked"] == true);
        assert!(!locked, "{job}");
    }
}

#[tokio::test]
async fn a_publication_whose_confirmation_was_lost_is_confirmed_by_the_next_attempt() {
    let mut bench = Bench::new().await;
    let fault = sandbox::Fault::new(sandbox::FaultKind::Status, "publishing_succeeded").times(3);
    bench.sandbox.inject(fault);
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(error.cause.is_transient());
    assert_eq!(bench.product()["is_locked"], true);
    bench.publish().await;
    assert_eq!(bench.product()["is_locked"], false);
    assert_eq!(bench.product()["external"]["id"], "0192-l1");
}

#[tokio::test]
async fn a_person_who_publishes_in_printify_is_answered() {
    let mut bench = Bench::new().await;
    bench.publish().await;
    let id = bench.product()["id"].as_str().unwrap().to_owned();
    bench.tell("publish", json!({ "id": id }));
    let wanted = Action::AnswerPublish {
        external_id: id.clone(),
        listing_id: Some("0192-l1".to_owned()),
    };
    let answered = bench.act(wanted.clone()).await.unwrap();
    assert_eq!(answered.result["publication"], "answered");
    assert_eq!(bench.product()["is_locked"], false);
    assert_eq!(
        bench.product()["external"]["handle"],
        "linen-shirt",
        "the address stays"
    );
    let again = bench.act(wanted).await.unwrap();
    assert_eq!(again.result["publication"], "not waiting");
    bench.tell("publish", json!({ "id": id }));
    let declined = Action::AnswerPublish {
        external_id: id.clone(),
        listing_id: None,
    };
    bench.act(declined.clone()).await.unwrap();
    assert_eq!(bench.product()["is_locked"], false);
    bench.job("delete_listing").await.unwrap();
    let gone = bench.act(declined).await.unwrap();
    assert_eq!(gone.result["publication"], "gone");
}

#[tokio::test]
async fn a_channel_of_printifys_own_confirms_by_itself() {
    let mut bench = Bench::new().await;
    bench.connect("etsy");
    let outcome = bench.publish().await;
    assert_eq!(outcome.presence, Some(Presence::Pending));
    assert_eq!(
        bench.count("publishing_succeeded"),
        0,
        "its listing is not ours to name"
    );
    assert_eq!(presence(&bench).await, Some(Presence::Pending));
    let error = bench.job("update_listing").await.unwrap_err();
    let PlatformError::RetryAfter { after, .. } = error.cause else {
        panic!("{error:?}");
    };
    bench.sandbox.advance(after.unwrap());
    assert_eq!(presence(&bench).await, Some(Presence::Live));
    bench.job("update_listing").await.unwrap();
    assert_eq!(
        bench.product()["external"]["type"],
        4,
        "still that channel's"
    );
}

#[tokio::test]
async fn a_channel_of_printifys_own_is_told_of_what_is_switched_off() {
    let mut bench = Bench::new().await;
    bench.connect("etsy");
    bench.publish().await;
    bench.sandbox.advance(Duration::from_secs(10));
    bench.listing["product"]["variants"][0]["inventory"] = json!(0);
    let outcome = bench.job("sync_inventory").await.unwrap();
    assert_eq!(outcome.presence, Some(Presence::Pending));
    let wanted = bench.sent("/publish.json");
    assert_eq!(
        (&wanted["variants"], &wanted["title"]),
        (&json!(true), &json!(false))
    );
    bench.sandbox.advance(Duration::from_secs(10));
    bench.job("delete_listing").await.unwrap();
    assert_eq!(
        bench.count("unpublish"),
        0,
        "it would leave that channel's listing behind"
    );
    assert_eq!(bench.products(), [Value::Null; 0]);
}

#[tokio::test]
async fn a_shop_without_a_channel_refuses_to_publish_and_the_product_is_found_later() {
    let mut bench = Bench::new().await;
    bench.connect("disconnected");
    let (_, reason) = crate::support::refused(bench.job("publish_listing").await);
    assert!(
        reason.contains("not connected to sales channel"),
        "{reason}"
    );
    crate::support::refused(bench.job("publish_listing").await);
    assert_eq!(bench.products().len(), 1);
}
