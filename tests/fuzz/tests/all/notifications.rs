//! What channels and product management systems post.

use common::platform::{Platform, WebhookDelivery};
use common::secret::Secret;
use fuzz::{Target, anything, bodies, fault, mutated, notifications, text};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use intake::{pms_headers, shopify_headers};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

/// Headers that some channel reads.
const HEADERS: [&str; 14] = [
    "x-shopify-hmac-sha256",
    "x-shopify-topic",
    "x-shopify-webhook-id",
    "x-shopify-event-id",
    "x-shopify-shop-domain",
    "x-shopify-triggered-at",
    "x-pfy-signature",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "authorization",
    "content-type",
    "x-amz-sns-message-type",
    "x-amz-sns-message-id",
];

fn headers() -> impl Strategy<Value = HeaderMap> {
    let value = prop_oneof![
        2 => text(),
        1 => prop::sample::select(vec![
            "sha256=00", "v1,AAAA", "v1,AAAA v1,%%%", "1700000000", "-1", "99999999999999999999", "orders/create", "app/uninstalled",
            "products/delete", "a.myshopify.com", "Bearer x", "=", "sha256=zz", "sha256=ä",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec((prop::sample::select(HEADERS.to_vec()), value), 0..8).prop_map(
        |headers| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                    map.append(HeaderName::from_static(name), value);
                }
            }
            map
        },
    )
}

fn body(slug: &str) -> impl Strategy<Value = Vec<u8>> {
    let changed = prop::sample::select(notifications(slug)).prop_flat_map(mutated);
    prop_oneof![
        6 => changed.prop_map(|value| value.to_string().into_bytes()),
        2 => anything().prop_map(|value| value.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

/// A delivery that nobody signed is refused and never traps; what a plugin reads of it is an answer or an error.
#[test]
fn no_plugin_traps_and_none_believes_an_unsigned_delivery() {
    for platform in platforms::all() {
        let slug = platform.descriptor().slug;
        let case = (headers(), body(slug), text(), any::<i64>());
        let mut runner = TestRunner::new(Config::with_source_file(file!()));
        let outcome = runner.run(&case, |(headers, body, secret, now_ms)| {
            read(*platform, &headers, &body, secret, now_ms)
        });
        outcome.unwrap_or_else(|error| panic!("{slug}: {error}"));
    }
}

fn read(
    platform: &dyn Platform,
    headers: &HeaderMap,
    body: &[u8],
    secret: String,
    now_ms: i64,
) -> Result<(), TestCaseError> {
    let delivery = WebhookDelivery { headers, body };
    let believed = platform.verify_webhook(&delivery, &Secret::new(secret), now_ms);
    prop_assert!(believed.is_err());
    let _ = platform.webhook_receipt(&delivery);
    let _ = platform.decode_webhook(&delivery);
    Ok(())
}

/// A signature covers the body alone: headers may say anything, also of a delivery that is believed.
#[test]
fn whatever_a_channel_signs_is_stored_or_refused_properly() {
    const SECRET: &str = "the-shop's-client-secret";
    let target = Target::open();
    let store = target.block_on(target.scene.store("Main shop", SECRET));
    let path = format!("/webhooks/shopify/{store}");
    let mut runner = TestRunner::new(Config::with_source_file(file!()));
    let outcome = runner.run(&(headers(), body("shopify"), text()), |(more, body, id)| {
        let mut all = shopify_headers(SECRET, &id, &body);
        for (name, value) in &more {
            let known = all
                .iter_mut()
                .find(|(known, _)| known == name && *known != "x-shopify-hmac-sha256");
            if let (Some((_, old)), Ok(new)) = (known, value.to_str()) {
                *old = new.to_owned();
            }
        }
        let reply = target.call(Method::POST, &path, &all, body);
        prop_assert_eq!(fault(&reply), None);
        // 400: a header that is no header is left out, and one is missing or there twice; 409: the id came before;
        // 431: longer than headers may be.
        prop_assert!(
            [200, 400, 401, 409, 431].contains(&reply.status.as_u16()),
            "{}",
            reply.status
        );
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// What a product management system signs is stored, whatever it says.
#[test]
fn whatever_is_signed_is_stored_or_refused_properly() {
    let target = Target::open();
    let made = target.call(
        Method::POST,
        "/webhook-keys",
        &[("content-type", "application/json".to_owned())],
        json!({"name": "PMS"}).to_string().into_bytes(),
    );
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let (key, secret) = (
        made["id"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    let changed = prop::sample::select(bodies("POST /api/webhook")).prop_flat_map(mutated);
    let body = prop_oneof![
        8 => changed.prop_map(|value| value.to_string().into_bytes()),
        1 => anything().prop_map(|value| value.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ];
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let now = i64::try_from(now).unwrap();
    let mut runner = TestRunner::new(Config::with_source_file(file!()));
    let outcome = runner.run(&(body, any::<u128>()), |(body, nonce)| {
        let headers = pms_headers(key, secret, now, &format!("{nonce:032x}"), &body);
        let reply = target.call(Method::POST, "/api/webhook", &headers, body);
        prop_assert_eq!(fault(&reply), None);
        // 409: the id came before with another body.
        prop_assert!(
            [200, 409].contains(&reply.status.as_u16()),
            "{}",
            reply.status
        );
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
