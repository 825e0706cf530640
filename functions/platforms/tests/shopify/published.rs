//! Shopify's own library as the judge of our notifications, callbacks and token endpoint.

use crate::connect::{connected, let_in, unconnected};
use crate::inbox::{Inbox, Letter};
use crate::node::Script;
use crate::support::Bench;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::platform::{Action, Operation, Platform, Subscriptions};
use common::secret::Secret;
use http::{HeaderName, HeaderValue};
use platforms::shopify::Shopify;
use sandbox::CLIENT_SECRET;
use serde_json::{Map, Value, json};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shopify/published.mjs");

/// The library, where it can be had.
struct Library(Script);

impl Library {
    fn open() -> Option<Self> {
        Script::start(&["@shopify/shopify-api@13.1.0"], SCRIPT).map(Self)
    }

    fn ask(&mut self, question: &Value) -> Value {
        self.0.ask(question)
    }

    fn believes(&mut self, letter: &Letter, secret: &str) -> bool {
        let headers: Map<String, Value> = letter
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
            .collect();
        let body = STANDARD.encode(&letter.body);
        let question =
            json!({"ask": "webhook", "secret": secret, "headers": headers, "body": body});
        self.ask(&question)["valid"].as_bool().unwrap()
    }
}

fn we_believe(letter: &Letter, secret: &str) -> bool {
    let secret = Secret::new(secret.to_owned());
    Shopify
        .verify_webhook(&letter.delivery(), &secret, 0)
        .is_ok()
}

/// One notification of each topic.
async fn letters() -> Vec<Letter> {
    let mut bench = Bench::new().await;
    let inbox = Inbox::open().await;
    let address = inbox.address.clone();
    let wanted = Action::SubscribeWebhooks(Box::new(Subscriptions { address }));
    bench.run(&Operation::new(wanted, "s")).await.unwrap();
    bench.listing["product"]["title"] = json!("Größe \u{1f455} \"S\"");
    bench.publish().await;
    bench.job("update_listing").await.unwrap();
    let order = bench.control(
        "orders",
        json!({"lines": [{"sku": "OBS-S", "quantity": 1}]}),
    );
    bench.control("order", json!({"id": order["id"], "cancel": true}));
    bench.job("delete_listing").await.unwrap();
    bench.control("uninstall", json!({}));
    bench.sandbox.delivered().await;
    let mut all = inbox.take();
    all.sort_by(|one, other| one.topic().cmp(other.topic()));
    all.dedup_by(|one, other| one.topic() == other.topic());
    all
}

#[tokio::test]
async fn the_vendors_library_believes_every_notification_of_the_sandbox() {
    let Some(mut library) = Library::open() else {
        return;
    };
    let letters = letters().await;
    assert_eq!(letters.len(), 6);
    for letter in &letters {
        assert!(
            library.believes(letter, CLIENT_SECRET),
            "{}",
            letter.topic()
        );
        assert!(!library.believes(letter, "another"), "{}", letter.topic());
    }
}

#[tokio::test]
async fn the_plugin_and_the_vendors_library_judge_alike() {
    let Some(mut library) = Library::open() else {
        return;
    };
    let letter = letters().await.remove(0);
    let mut cases = vec![("as it came", letter.clone())];
    let mut with_body = |what, body: &[u8]| {
        let mut changed = letter.clone();
        changed.body = body.to_vec().into();
        cases.push((what, changed));
    };
    let mut flipped = letter.body.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    with_body("a bit flipped", &flipped);
    with_body("cut", &letter.body[..letter.body.len() - 1]);
    with_body("a blank more", &[&letter.body[..], b" "].concat());
    for name in letter.headers.keys() {
        let mut changed = letter.clone();
        changed.headers.remove(name);
        cases.push(("without a header", changed));
    }
    let signed = letter.headers["x-shopify-hmac-sha256"].to_str().unwrap();
    for value in ["", "AAAA", "%%%", &signed.to_lowercase(), &signed[..43]] {
        let mut changed = letter.clone();
        let value = HeaderValue::from_str(value).unwrap();
        let name = HeaderName::from_static("x-shopify-hmac-sha256");
        changed.headers.insert(name, value);
        cases.push(("another signature", changed));
    }
    let mut believed = 0;
    for (what, letter) in &cases {
        for secret in [CLIENT_SECRET, "another"] {
            let ours = we_believe(letter, secret);
            let theirs = library.believes(letter, secret);
            assert_eq!(ours, theirs, "{what}: {:?}", letter.headers);
            believed += u32::from(ours);
        }
    }
    assert!(believed > 0 && believed < cases.len() as u32, "{believed}");
}

#[tokio::test]
async fn the_vendors_library_believes_the_callback_of_the_sandbox_and_so_does_the_plugin() {
    let Some(mut library) = Library::open() else {
        return;
    };
    let bench = unconnected().await;
    let query: Map<String, Value> = let_in(&bench)
        .await
        .into_iter()
        .filter(|(name, _)| name != "from")
        .map(|(name, value)| (name, json!(value)))
        .collect();
    let mut ask = |query: &Map<String, Value>| {
        let question = json!({"ask": "callback", "secret": CLIENT_SECRET, "query": query});
        library.ask(&question)["valid"].as_bool().unwrap()
    };
    assert!(ask(&query));
    let mut forged = query.clone();
    forged["shop"] = json!("other.myshopify.com");
    assert!(!ask(&forged));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_library_gets_and_renews_its_tokens_at_the_sandbox() {
    let Some(mut library) = Library::open() else {
        return;
    };
    let bench = connected().await;
    let refresh = bench.store.credential("refresh_token").unwrap();
    let mut question = json!({"ask": "oauth", "secret": CLIENT_SECRET,
        "shop": "sandbox.myshopify.com", "base": bench.sandbox.shopify_url()});
    let granted = library.ask(&question);
    assert_eq!(granted["name"], "sandbox");
    question["refresh"] = json!(refresh);
    let renewed = library.ask(&question);
    assert_eq!(renewed["name"], "sandbox");
    assert_ne!(renewed["refreshToken"], json!(refresh));
    assert!(renewed["expires"].is_string());
}
