//! OAuth with PKCE, from the address that the owner opens to a store that works.

use crate::native::Native;
use crate::support::{Bench, rejected};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::platform::{Action, Authorisation, CodeGrant, Platform, Store};
use common::ports::HttpClient;
use common::secret::Secret;
use platforms::etsy::Etsy;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";
const BACK: &str = "https://hub.example/oauth/callback";

/// A store that nobody has let in yet.
fn stranger(bench: &mut Bench) {
    let credentials = json!({
        "keystring": sandbox::etsy::KEYSTRING,
        "shared_secret": sandbox::etsy::SHARED_SECRET,
        "webhook_secret": "whsec_x",
    });
    let mut config = bench.store.config.clone();
    config.as_object_mut().unwrap().remove("shop_id");
    bench.store = Store::new(config, credentials);
}

/// Opens the authorisation address as the owner's browser does; gives the query of the way back.
async fn consent(bench: &Bench) -> Vec<(String, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let authorisation = Authorisation {
        state: "st 4te&",
        code_challenge: &challenge,
        redirect_uri: BACK,
    };
    let url = Etsy
        .authorisation_url(&bench.store, &authorisation)
        .unwrap();
    let host = Native::default();
    let request = http::Request::get(url).body(Vec::new()).unwrap();
    let answer = host.send(request, Duration::from_secs(5)).await.unwrap();
    assert_eq!(
        answer.status(),
        302,
        "{:?}",
        String::from_utf8_lossy(answer.body())
    );
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    let query = back.strip_prefix(&format!("{BACK}?")).unwrap();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn grant(query: Vec<(String, String)>, verifier: &str) -> Action {
    Action::ExchangeCode(Box::new(CodeGrant {
        query,
        verifier: Secret::new(verifier.to_owned()),
        redirect_uri: BACK.to_owned(),
    }))
}

#[tokio::test]
async fn an_owner_lets_us_in_and_the_store_works() {
    let mut bench = Bench::new().await;
    stranger(&mut bench);
    let query = consent(&bench).await;
    let outcome = bench.act(grant(query, VERIFIER)).await.unwrap();
    assert_eq!(
        outcome.config,
        Some(json!({"shop_id": sandbox::etsy::SHOP_ID}))
    );
    assert_eq!(outcome.token_lifetime, Some(Duration::from_secs(3600)));
    let credentials = outcome.credentials.clone().unwrap();
    assert_eq!(
        credentials.expose()["webhook_secret"],
        "whsec_x",
        "the rest is kept"
    );
    bench.remember(&outcome);
    bench.store.config["shop_id"] = outcome.config.unwrap()["shop_id"].clone();
    bench.publish().await;
}

#[tokio::test]
async fn another_verifier_and_a_used_code_are_refused() {
    let mut bench = Bench::new().await;
    stranger(&mut bench);
    let query = consent(&bench).await;
    let error = bench.act(grant(query, "another")).await.unwrap_err();
    assert!(error.to_string().contains("code_verifier"), "{error}");
    let query = consent(&bench).await;
    bench.act(grant(query.clone(), VERIFIER)).await.unwrap();
    let error = bench.act(grant(query, VERIFIER)).await.unwrap_err();
    assert!(error.to_string().contains("code"), "{error}");
}

#[tokio::test]
async fn an_owner_who_declines_is_told_apart_from_an_error() {
    let bench = Bench::new().await;
    let query = vec![
        ("error".to_owned(), "access_denied".to_owned()),
        ("error_description".to_owned(), "The user denied".to_owned()),
    ];
    let error = bench.act(grant(query, VERIFIER)).await.unwrap_err();
    assert_eq!(error.requests, 0);
    assert!(rejected(error).1.contains("The user denied"));
    let (field, _) = rejected(bench.act(grant(Vec::new(), VERIFIER)).await.unwrap_err());
    assert_eq!(field, "code");
}

#[tokio::test]
async fn tokens_are_kept_though_the_shop_could_not_be_told() {
    let mut bench = Bench::new().await;
    stranger(&mut bench);
    let query = consent(&bench).await;
    bench.control("scopes", json!({"scopes": ["listings_w"]}));
    let outcome = bench.act(grant(query, VERIFIER)).await.unwrap();
    assert!(outcome.credentials.is_some());
    assert_eq!(outcome.config, None);
    assert!(
        outcome.result["manual"]
            .as_str()
            .unwrap()
            .contains("config.shop_id")
    );
}

#[test]
fn without_a_base_url_the_owner_goes_to_etsy_itself() {
    let store = Store::new(json!({}), json!({"keystring": "k e y"}));
    let authorisation = Authorisation {
        state: "s",
        code_challenge: "c",
        redirect_uri: BACK,
    };
    let url = Etsy.authorisation_url(&store, &authorisation).unwrap();
    assert!(
        url.starts_with("https://www.etsy.com/oauth/connect?response_type=code&"),
        "{url}"
    );
    assert!(url.contains("client_id=k%20e%20y"), "{url}");
    assert!(url.contains("code_challenge_method=S256"), "{url}");
    assert!(url.contains("listings_w%20listings_d"), "{url}");
}
