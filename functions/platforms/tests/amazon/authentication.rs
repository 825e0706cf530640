use crate::support::Bench;
use common::platform::{Action, Authorisation, CodeGrant, Platform, PlatformError, Store};
use common::secret::Secret;
use platforms::amazon::Amazon;
use sandbox::FaultKind;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_refresh_token_gives_an_hours_token() {
    let mut bench = Bench::fresh().await;
    let outcome = bench.act(Action::Authenticate).await.unwrap();
    assert_eq!(outcome.token_lifetime, Some(Duration::from_secs(3600)));
    let credentials = outcome.credentials.unwrap();
    let credentials = credentials.expose();
    assert!(
        credentials["access_token"]
            .as_str()
            .unwrap()
            .starts_with("Atza|")
    );
    assert_eq!(credentials["refresh_token"], "Atzr|sandbox");
    assert_eq!(credentials["webhook_key"], "sandbox-webhook-key");
}

#[tokio::test]
async fn the_first_operation_gets_itself_a_token() {
    let mut bench = Bench::fresh().await;
    bench.publish().await;
    assert!(bench.store.credential("access_token").is_some());
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way() {
    let mut bench = Bench::new().await;
    let old = bench.store.credential("access_token").unwrap().to_owned();
    bench.inject(FaultKind::ExpireTokens, "PUT /amazon/listings/");
    bench.publish().await;
    assert_ne!(bench.store.credential("access_token").unwrap(), old);
    bench.sandbox.advance(Duration::from_secs(3601));
    bench.job("check_listing").await.unwrap();
}

#[tokio::test]
async fn a_seller_who_took_back_his_consent_has_to_connect_again() {
    let mut bench = Bench::new().await;
    bench.tell("uninstall", json!({}));
    let error = bench.job("publish_listing").await.unwrap_err();
    let PlatformError::AuthenticateAgain { reason } = &error.cause else {
        panic!("{error:?}");
    };
    assert!(reason.contains("connect the store again"), "{reason}");
}

#[tokio::test]
async fn a_wrong_secret_is_told_without_showing_it() {
    let mut bench = Bench::fresh().await;
    let mut credentials = bench.store.credentials.expose().clone();
    credentials["client_secret"] = json!("hunter2");
    bench.store = Store::new(bench.store.config.clone(), credentials);
    let error = bench.act(Action::Authenticate).await.unwrap_err();
    assert!(matches!(
        error.cause,
        PlatformError::AuthenticateAgain { .. }
    ));
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

/// The seller's way through the consent page; the query with which he comes back.
async fn consent(bench: &Bench) -> Vec<(String, String)> {
    let authorisation = Authorisation {
        state: "st/ate",
        code_challenge: "unused",
        redirect_uri: "https://hub.example/oauth/callback",
    };
    let url = Amazon
        .authorisation_url(&bench.store, &authorisation)
        .unwrap();
    assert!(url.contains("state=st%2Fate"), "{url}");
    let host = crate::native::Native::default();
    let request = http::Request::get(url).body(Vec::new()).unwrap();
    let answer = common::ports::HttpClient::send(&host, request, Duration::from_secs(5))
        .await
        .unwrap();
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    let (page, query) = back.split_once('?').unwrap();
    assert_eq!(page, "https://hub.example/oauth/callback");
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn grant(query: Vec<(String, String)>) -> Action {
    Action::ExchangeCode(Box::new(CodeGrant {
        query,
        verifier: Secret::new("unused".to_owned()),
        redirect_uri: "https://hub.example/oauth/callback".to_owned(),
    }))
}

#[tokio::test]
async fn a_consent_connects_the_store_and_names_the_seller() {
    let mut bench = Bench::fresh().await;
    bench.store.config["seller_id"] = json!(null);
    let query = consent(&bench).await;
    let outcome = bench.act(grant(query.clone())).await.unwrap();
    let config = outcome.config.unwrap();
    assert_eq!(config["seller_id"], "A3SANDBOXSELLR");
    let credentials = outcome.credentials.unwrap();
    let token = credentials.expose()["refresh_token"].as_str().unwrap();
    assert_ne!(token, "Atzr|sandbox");
    // Each code is good once.
    let error = bench.act(grant(query)).await.unwrap_err();
    assert!(matches!(
        error.cause,
        PlatformError::AuthenticateAgain { .. }
    ));
}

#[tokio::test]
async fn another_sellers_consent_is_not_taken() {
    let mut bench = Bench::fresh().await;
    bench.store.config["seller_id"] = json!("ASOMEBODYELSE");
    let query = consent(&bench).await;
    let error = bench.act(grant(query)).await.unwrap_err();
    let PlatformError::Rejected { field, .. } = &error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("selling_partner_id"));
    assert_eq!(error.requests, 0);
}

#[tokio::test]
async fn a_refused_consent_says_so() {
    let mut bench = Bench::fresh().await;
    let query = vec![("error".to_owned(), "access_denied".to_owned())];
    let error = bench.act(grant(query)).await.unwrap_err();
    assert!(error.to_string().contains("access_denied"), "{error}");
}

#[test]
fn each_store_has_its_own_seller_central() {
    let url = |market: &str| {
        let config = json!({"marketplace_id": market, "application_id": "amzn1.sp.solution.x", "application_stage": "draft"});
        let authorisation = Authorisation {
            state: "s",
            code_challenge: "c",
            redirect_uri: "https://hub.example/cb",
        };
        let store = Store::new(config, json!({}));
        Amazon.authorisation_url(&store, &authorisation).unwrap()
    };
    assert_eq!(
        url("A1VC38T7YXB528"),
        "https://sellercentral.amazon.co.jp/apps/authorize/consent?application_id=amzn1.sp.solution.x&state=s&redirect_uri=https%3A%2F%2Fhub.example%2Fcb&version=beta"
    );
    assert!(url("A1PA6795UKMFR9").starts_with("https://sellercentral-europe.amazon.com/"));
    let nameless = Store::new(json!({}), json!({}));
    let authorisation = Authorisation {
        state: "s",
        code_challenge: "c",
        redirect_uri: "r",
    };
    let error = Amazon.authorisation_url(&nameless, &authorisation);
    let PlatformError::Rejected { field, .. } = error.unwrap_err() else {
        panic!("not a refusal");
    };
    assert_eq!(field.as_deref(), Some("config.application_id"));
}
