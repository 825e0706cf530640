use crate::support::Bench;
use common::platform::{
    Action, Authorisation, CodeGrant, DriveError, Operation, Outcome, Platform, PlatformError,
    Store,
};
use common::secret::Secret;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use platforms::shopify::Shopify;
use sandbox::{CLIENT_ID, CLIENT_SECRET};
use serde_json::{Value, json};
use tokio::net::TcpStream;

const BACK: &str = "https://hub.example/oauth/callback?from=1";

/// A store that is to be connected.
pub async fn unconnected() -> Bench {
    let mut bench = Bench::new().await;
    let credentials = json!({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET});
    bench.store = Store::new(bench.store.config.clone(), credentials);
    bench
}

/// The shop's owner opens the authorisation address; what the browser then brings back to us.
pub async fn let_in(bench: &Bench) -> Vec<(String, String)> {
    let address = Shopify
        .authorisation_url(
            &bench.store,
            &Authorisation {
                state: "one time & only",
                code_challenge: "unused",
                redirect_uri: BACK,
            },
        )
        .unwrap();
    let uri: http::Uri = address.parse().unwrap();
    let stream = TcpStream::connect(bench.sandbox.address()).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = http::Request::get(uri.path_and_query().unwrap().as_str())
        .header("host", "shop")
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    response.into_body().collect().await.unwrap();
    let query = location.strip_prefix(BACK).unwrap();
    query[1..].split('&').map(pair).collect()
}

/// Undoes the form encoding of a pair.
fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap();
    let mut bytes = value.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    (name.to_owned(), String::from_utf8(decoded).unwrap())
}

fn exchange(query: Vec<(String, String)>) -> Operation {
    let grant = CodeGrant {
        query,
        verifier: Secret::new("unused".to_owned()),
        redirect_uri: BACK.to_owned(),
    };
    Operation::new(Action::ExchangeCode(Box::new(grant)), "connect")
}

async fn connect(bench: &Bench, query: Vec<(String, String)>) -> Result<Outcome, DriveError> {
    bench.run(&exchange(query)).await
}

/// A store that was connected just now.
pub async fn connected() -> Bench {
    let mut bench = unconnected().await;
    let query = let_in(&bench).await;
    let outcome = connect(&bench, query).await.unwrap();
    bench.store.credentials = outcome.credentials.unwrap();
    bench
}

fn refused(error: &DriveError) -> &str {
    match &error.cause {
        PlatformError::Rejected { field, .. } => field.as_deref().unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_shops_owner_lets_us_in_and_the_tokens_work() {
    let bench = unconnected().await;
    let mut query = let_in(&bench).await;
    // The signature does not depend on the order.
    query.reverse();
    let state = query.iter().find(|(name, _)| name == "state").unwrap();
    assert_eq!(state.1, "one time & only");
    let outcome = connect(&bench, query).await.unwrap();
    assert_eq!(
        outcome.token_lifetime,
        Some(std::time::Duration::from_secs(3600))
    );
    assert_eq!(
        outcome.config,
        Some(json!({"shop_domain": "sandbox.myshopify.com"}))
    );
    let credentials = outcome.credentials.unwrap();
    assert!(credentials.expose()["refresh_token"].as_str().is_some());
    assert_eq!(credentials.expose()["client_secret"], CLIENT_SECRET);
    let mut bench = bench;
    bench.store.credentials = credentials;
    bench.publish().await;
    assert_eq!(bench.product()["title"], "Ocean Blue Shirt");
}

#[tokio::test]
async fn a_callback_that_was_tampered_with_is_refused_before_anything_is_sent() {
    let bench = unconnected().await;
    let good = let_in(&bench).await;
    let with = |name: &str, value: &str| {
        let mut query = good.clone();
        query.retain(|(known, _)| known != name);
        query.push((name.to_owned(), value.to_owned()));
        query
    };
    let mut doubled = good.clone();
    doubled.push(("code".to_owned(), "mine".to_owned()));
    let mut unsigned = good.clone();
    unsigned.retain(|(name, _)| name != "hmac");
    let mut more = good.clone();
    more.push(("extra".to_owned(), "1".to_owned()));
    for query in [
        with("code", "mine"),
        with("shop", "other.myshopify.com"),
        with("state", "mine"),
        with("hmac", "00"),
        with("hmac", "zz"),
        with("hmac", ""),
        doubled,
        unsigned,
        more,
    ] {
        let error = connect(&bench, query).await.unwrap_err();
        assert_eq!((refused(&error), error.requests), ("hmac", 0));
    }
    assert!(
        connect(&bench, good).await.is_ok(),
        "the real one still works"
    );
}

#[tokio::test]
async fn another_shops_answer_is_not_this_stores() {
    let mut bench = unconnected().await;
    let query = let_in(&bench).await;
    bench.store.config["shop_domain"] = json!("mine.myshopify.com");
    let error = connect(&bench, query).await.unwrap_err();
    assert_eq!((refused(&error), error.requests), ("shop", 0));
}

#[tokio::test]
async fn a_code_works_once() {
    let bench = unconnected().await;
    let query = let_in(&bench).await;
    connect(&bench, query.clone()).await.unwrap();
    let error = connect(&bench, query).await.unwrap_err();
    assert!(
        matches!(error.cause, PlatformError::AuthenticateAgain { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_right_that_was_asked_for_and_not_granted_is_named() {
    let mut bench = unconnected().await;
    let query = let_in(&bench).await;
    bench.store.config["scopes"] = json!("read_products, write_products,read_reports");
    let error = connect(&bench, query).await.unwrap_err();
    assert_eq!(refused(&error), "scope");
    assert!(error.to_string().contains("read_reports"), "{error}");
    assert!(!error.to_string().contains("read_products"), "{error}");
}

#[tokio::test]
async fn an_uninstalled_app_is_let_in_again_by_the_owner_alone() {
    let mut bench = connected().await;
    bench.control("uninstall", json!({}));
    let error = bench.job("publish_listing").await.unwrap_err();
    assert!(
        matches!(error.cause, PlatformError::AuthenticateAgain { .. }),
        "{error}"
    );
    let query = let_in(&bench).await;
    bench.store.credentials = connect(&bench, query).await.unwrap().credentials.unwrap();
    bench.publish().await;
}

#[test]
fn the_authorisation_address_is_the_shops_own() {
    let store = Store::new(
        json!({"shop_domain": "a-shop.myshopify.com", "scopes": "write_products,read_orders"}),
        json!({"client_id": "id 1", "client_secret": "s"}),
    );
    let authorisation = Authorisation {
        state: "abc",
        code_challenge: "x",
        redirect_uri: BACK,
    };
    assert_eq!(
        Shopify.authorisation_url(&store, &authorisation).unwrap(),
        "https://a-shop.myshopify.com/admin/oauth/authorize?client_id=id%201\
         &scope=write_products%2Cread_orders\
         &redirect_uri=https%3A%2F%2Fhub.example%2Foauth%2Fcallback%3Ffrom%3D1&state=abc"
    );
    let without = Store::new(store.config, Value::Null);
    assert!(Shopify.authorisation_url(&without, &authorisation).is_err());
}
