//! Etsy signs its notifications as Standard Webhooks has it: the standard's library for Node as the judge of
//! what the plugin believes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that goes wrong may say so by panicking"
)]

#[path = "../support/node.rs"]
#[allow(dead_code, reason = "the other targets use the rest of it")]
mod node;

use common::platform::{Platform, WebhookDelivery};
use common::secret::Secret;
use http::{HeaderMap, HeaderName, HeaderValue};
use node::Script;
use platforms::etsy::Etsy;
use sandbox::etsy::WEBHOOK_SECRET;
use serde_json::{Map, Value, json};
use std::time::SystemTime;

const PACKAGES: [&str; 1] = ["standardwebhooks@1.1.1"];
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/standard_webhooks/published.mjs"
);
const BODY: &str =
    r#"{"event_type":"order.paid","resource_url":"https://x/Größe","shop_id":51000001}"#;

/// A delivery: its headers and its body.
#[derive(Clone)]
struct Letter {
    headers: Map<String, Value>,
    body: String,
}

/// The library's clock can't be moved.
fn now_ms() -> i64 {
    let elapsed = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(elapsed.as_millis()).unwrap()
}

/// As the library signs it, `ago` seconds ago.
fn signed(library: &mut Script, ago: i64) -> Letter {
    let seconds = now_ms() / 1000 - ago;
    let question = json!({"ask": "sign", "secret": WEBHOOK_SECRET, "id": "msg_1",
        "seconds": seconds, "body": BODY});
    let signature = library.ask(&question)["signature"].clone();
    let headers = json!({"webhook-id": "msg_1", "webhook-timestamp": seconds.to_string(),
        "webhook-signature": signature});
    Letter {
        headers: headers.as_object().unwrap().clone(),
        body: BODY.to_owned(),
    }
}

fn they_believe(library: &mut Script, letter: &Letter, secret: &str) -> bool {
    let question = json!({"ask": "verify", "secret": secret, "headers": letter.headers,
        "body": letter.body});
    library.ask(&question)["valid"].as_bool().unwrap()
}

fn we_believe(letter: &Letter, secret: &str) -> bool {
    let pairs = letter.headers.iter().map(|(name, value)| {
        let name = HeaderName::try_from(name).unwrap();
        (
            name,
            HeaderValue::try_from(value.as_str().unwrap()).unwrap(),
        )
    });
    let headers: HeaderMap = pairs.collect();
    let delivery = WebhookDelivery {
        headers: &headers,
        body: letter.body.as_bytes(),
    };
    let secret = Secret::new(secret.to_owned());
    Etsy.verify_webhook(&delivery, &secret, now_ms()).is_ok()
}

#[test]
fn the_plugin_and_the_standards_library_judge_alike() {
    let Some(mut library) = Script::start(&PACKAGES, SCRIPT) else {
        return;
    };
    let good = signed(&mut library, 0);
    let mut cases = vec![good.clone(), signed(&mut library, 240)];
    cases.extend([301, 3600, -301, -3600].map(|ago| signed(&mut library, ago)));
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut without = good.clone();
        without.headers.remove(name);
        cases.push(without);
        for value in ["", "x", "1", "v1,", "v1,AAAA"] {
            let mut changed = good.clone();
            changed.headers.insert(name.to_owned(), json!(value));
            cases.push(changed);
        }
    }
    let signature = good.headers["webhook-signature"].as_str().unwrap();
    for value in [
        format!("v1,AAAA {signature}"),
        format!("v2,AAAA {signature} v1a,BBBB"),
        format!("v2{}", &signature[2..]),
        signature.to_lowercase(),
    ] {
        let mut changed = good.clone();
        let name = "webhook-signature".to_owned();
        changed.headers.insert(name, json!(value));
        cases.push(changed);
    }
    for body in [format!("{BODY} "), BODY.replace("paid", "PAID")] {
        let mut changed = good.clone();
        changed.body = body;
        cases.push(changed);
    }
    let mut believed = 0;
    for letter in &cases {
        for secret in [WEBHOOK_SECRET, "whsec_bm90IHRoZSBzZWNyZXQgYXQgYWxs"] {
            let ours = we_believe(letter, secret);
            let theirs = they_believe(&mut library, letter, secret);
            assert_eq!(ours, theirs, "{:?}", letter.headers);
            believed += usize::from(ours);
        }
    }
    assert!(believed >= 4 && believed < cases.len(), "{believed}");
}
