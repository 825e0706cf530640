use crate::support::{Bench, refused};
use common::platform::{Action, Platform, PlatformError, Store};
use platforms::printify::Printify;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

#[tokio::test]
async fn the_only_shop_of_an_account_is_found() {
    let mut bench = Bench::new().await;
    bench.configure("shop_id", Value::Null);
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    let found = json!({"shop_id": 815_256, "sales_channel": "custom_integration"});
    assert_eq!(outcome.config, Some(found));
    assert_eq!(outcome.result["shop"], "Sandbox");
    assert!(outcome.credentials.is_none());
}

#[tokio::test]
async fn of_several_shops_one_has_to_be_named() {
    let mut bench = Bench::new().await;
    bench.connect("etsy");
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    assert_eq!(outcome.result["sales_channel"], "etsy");
    for id in [Value::Null, json!(7)] {
        bench.configure("shop_id", id);
        let (field, reason) = refused(bench.act(Action::Authenticate).await);
        assert_eq!(field, "config.shop_id");
        assert!(
            reason.contains("815256 (Sandbox), 815257 (Other)"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_told_and_not_renewed() {
    let bench = Bench::new().await;
    bench.job("publish_listing").await.unwrap();
    bench
        .sandbox
        .inject(Fault::new(FaultKind::ExpireTokens, "products.json"));
    let error = bench.job("publish_listing").await.unwrap_err();
    let PlatformError::AuthenticateAgain { reason } = error.cause else {
        panic!("{error:?}");
    };
    assert!(reason.contains("older than a year"), "{reason}");
    assert_eq!(error.requests, 1);
    assert!(!Printify.can_refresh(&bench.store));
}

#[tokio::test]
async fn a_token_lasts_a_year() {
    let bench = Bench::new().await;
    let days = |days: u64| std::time::Duration::from_secs(days * 24 * 60 * 60);
    bench.sandbox.advance(days(364));
    bench.act(Action::Authenticate).await.unwrap();
    bench.sandbox.advance(days(2));
    let error = bench.act(Action::Authenticate).await.unwrap_err();
    assert_eq!(error.cause.code(), "authenticate_again");
}

#[tokio::test]
async fn a_new_token_works_where_the_old_one_was_refused() {
    let mut bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::new(FaultKind::ExpireTokens, ""));
    bench.act(Action::Authenticate).await.unwrap_err();
    let ready = bench.sandbox.ready_stores();
    let ready = ready
        .into_iter()
        .find(|it| it.platform == "printify")
        .unwrap();
    bench.store = Store::new(ready.config, ready.credentials);
    bench.act(Action::Authenticate).await.unwrap();
}

#[tokio::test]
async fn a_shop_that_was_disconnected_is_no_longer_reached() {
    let bench = Bench::new().await;
    bench.tell("uninstall", json!({}));
    let error = bench
        .act(Action::ListProducts {
            cursor: None,
            limit: 1,
        })
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("may not reach the shop"),
        "{error}"
    );
    let (field, _) = refused(bench.act(Action::Authenticate).await);
    assert_eq!(field, "config.shop_id");
}
