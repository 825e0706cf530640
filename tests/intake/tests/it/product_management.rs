//! `POST /api/webhook`.

use common::ports::Clock as _;
use http::Method;
use intake::{Scene, Signed};
use serde_json::{Value, json};

const NONCE: &str = "a-nonce-of-some-length";
const EVENT: &str = r#"{"id":"e1","type":"inventory.updated","data":{"sku":"A-1","quantity":4}}"#;

/// A scene with a key: its id and secret.
async fn scene_with_key() -> (Scene, String, String) {
    let scene = Scene::open().await;
    let made = scene
        .send(
            &scene.owner,
            Method::POST,
            "/webhook-keys",
            &json!({"name": "PMS"}),
        )
        .await;
    let made = made.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (scene, text("id"), text("secret"))
}

fn now_s(scene: &Scene) -> i64 {
    scene.intake.now_ms() / 1000
}

async fn post(scene: &Scene, signed: &Signed) -> (u16, Value) {
    let answer = scene.post("/api/webhook", signed).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn a_signed_event_is_stored_with_what_it_asks_for() {
    let (scene, key, secret) = scene_with_key().await;
    let signed = Signed::pms(&key, &secret, now_s(&scene), NONCE, EVENT);
    let (status, stored) = post(&scene, &signed).await;
    assert_eq!((status, &stored["status"]), (200, &json!("stored")));
    let kept = "select event_id || ' ' || topic || ' ' || (command ->> 'sku') || ' ' || (command ->> 'quantity') from hub.webhook_events";
    assert_eq!(scene.one(kept).await, "e1 inventory.updated A-1 4");
    let headers = scene
        .one("select headers::text from hub.webhook_events")
        .await;
    assert!(
        !headers.contains("sha256=") && !headers.contains(&key),
        "{headers}"
    );
    assert_ne!(
        scene
            .one("select last_used_at::text from hub.webhook_keys")
            .await,
        ""
    );
    assert_eq!(
        scene
            .one("select version::text from hub.webhook_keys")
            .await,
        "1"
    );
}

#[tokio::test]
async fn a_nonce_is_good_once_and_an_event_with_a_new_one_is_a_duplicate() {
    let (scene, key, secret) = scene_with_key().await;
    let signed = Signed::pms(&key, &secret, now_s(&scene), NONCE, EVENT);
    assert_eq!(post(&scene, &signed).await.0, 200);
    let (status, body) = post(&scene, &signed).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("CONFLICT")));
    let again = Signed::pms(
        &key,
        &secret,
        now_s(&scene),
        "another-nonce-of-some-length",
        EVENT,
    );
    assert_eq!(post(&scene, &again).await.1["status"], "duplicate");
    let other = Signed::pms(
        &key,
        &secret,
        now_s(&scene),
        "a-third-nonce-of-some-length",
        &EVENT.replace('4', "5"),
    );
    assert_eq!(
        post(&scene, &other).await.0,
        409,
        "the same id with another body"
    );
    assert_eq!(scene.count("hub.webhook_events").await, 1);
}

#[tokio::test]
async fn over_its_keys_limit_nothing_is_stored_and_the_event_may_come_again() {
    let (scene, key, secret) = scene_with_key().await;
    let limit = "insert into hub.workspace_rate_limits (workspace_id, class, subject, quantity, period)
        select id, 'events', 'key', 1, '1 day' from hub.workspaces where slug = 'main' returning 'x'";
    scene.one(limit).await;
    let event = |nonce: &str, id: &str| {
        Signed::pms(
            &key,
            &secret,
            now_s(&scene),
            nonce,
            &EVENT.replace("e1", id),
        )
    };
    assert_eq!(post(&scene, &event(NONCE, "e1")).await.0, 200);
    let next = event("another-nonce-of-some-length", "e2");
    let refused = scene.post("/api/webhook", &next).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["error"]["code"]),
        (429, &json!("RATE_LIMITED"))
    );
    assert_eq!(scene.count("hub.webhook_events").await, 1);
    scene
        .one("with later as (update hub.rate_buckets set tat = tat - interval '1 day') select null")
        .await;
    assert_eq!(
        post(&scene, &next).await.0,
        200,
        "its nonce was not used up"
    );
}

#[tokio::test]
async fn events_without_an_id_are_told_apart_by_their_requests() {
    let (scene, key, secret) = scene_with_key().await;
    let event = r#"{"type":"inventory.updated","data":{"sku":"A-1","quantity":4}}"#;
    for nonce in ["the-first-nonce-of-two", "the-second-nonce-of-two"] {
        let signed = Signed::pms(&key, &secret, now_s(&scene), nonce, event);
        assert_eq!(post(&scene, &signed).await.1["status"], "stored");
    }
}

#[tokio::test]
async fn a_timestamp_is_believed_for_five_minutes_either_way() {
    let (scene, key, secret) = scene_with_key().await;
    for (n, (apart, wanted)) in [(-298, 200), (298, 200), (-302, 401), (302, 401)]
        .into_iter()
        .enumerate()
    {
        let nonce = format!("nonce-number-{n:08}");
        let signed = Signed::pms(
            &key,
            &secret,
            now_s(&scene) + apart,
            &nonce,
            &EVENT.replace("e1", &nonce),
        );
        assert_eq!(
            post(&scene, &signed).await.0,
            wanted,
            "{apart} seconds apart"
        );
    }
    let soon =
        Signed::pms(&key, &secret, now_s(&scene), NONCE, EVENT).with("x-webhook-timestamp", "soon");
    assert_eq!(post(&scene, &soon).await.0, 401);
}

#[tokio::test]
async fn whatever_is_altered_is_refused() {
    let (scene, key, secret) = scene_with_key().await;
    let now = now_s(&scene);
    let good = Signed::pms(&key, &secret, now, NONCE, EVENT);
    for (what, altered) in [
        (
            "timestamp",
            good.clone()
                .with("x-webhook-timestamp", &(now + 1).to_string()),
        ),
        (
            "nonce",
            good.clone()
                .with("x-webhook-nonce", "another-nonce-of-length"),
        ),
        (
            "key",
            good.clone()
                .with("x-webhook-key", "00000000-0000-7000-8000-000000000001"),
        ),
        (
            "key that is none",
            good.clone().with("x-webhook-key", "mine"),
        ),
        (
            "body",
            Signed {
                body: EVENT.replace('4', "9").into_bytes(),
                ..good.clone()
            },
        ),
        ("no signature", good.clone().with("x-webhook-signature", "")),
        (
            "no hex",
            good.clone().with("x-webhook-signature", "sha256=zz"),
        ),
        (
            "half a byte",
            good.clone().with("x-webhook-signature", "sha256=abc"),
        ),
        (
            "another form",
            good.clone().with("x-webhook-signature", "v1,abc"),
        ),
        (
            "another secret",
            Signed::pms(&key, "whk_guess", now, NONCE, EVENT),
        ),
    ] {
        let (status, body) = post(&scene, &altered).await;
        assert_eq!(status, 401, "{what}: {body}");
    }
    assert_eq!(
        scene.count("hub.webhook_events").await + scene.count("hub.webhook_nonces").await,
        0
    );
    assert_eq!(
        post(&scene, &good).await.0,
        200,
        "none of them used up the nonce"
    );
}

#[tokio::test]
async fn where_the_nonce_ends_is_not_open_to_another_reading() {
    let (scene, key, secret) = scene_with_key().await;
    let now = now_s(&scene);
    let body = r#"x.{"type":"inventory.updated"}"#;
    let signed = Signed::pms(&key, &secret, now, NONCE, body);
    let shifted = Signed {
        body: body[2..].into(),
        ..signed
    }
    .with("x-webhook-nonce", &format!("{NONCE}.x"));
    let (status, error) = post(&scene, &shifted).await;
    assert_eq!(
        (status, &error["error"]["details"]["field"]),
        (400, &json!("X-Webhook-Nonce"))
    );
    for nonce in ["short", &"n".repeat(129)] {
        let signed = Signed::pms(&key, &secret, now, nonce, EVENT);
        assert_eq!(post(&scene, &signed).await.0, 400, "{nonce}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_stored_and_says_why() {
    let (scene, key, secret) = scene_with_key().await;
    for (n, (body, wanted)) in [
        ("{", "body: is not valid JSON"),
        (
            r#"{"type":"product.updated","data":{"sku":"A","price":1}}"#,
            "data.price",
        ),
        (r#"{"id":"\u0000","type":"x"}"#, "NUL"),
    ]
    .into_iter()
    .enumerate()
    {
        let signed = Signed::pms(
            &key,
            &secret,
            now_s(&scene),
            &format!("nonce-number-{n:08}"),
            body,
        );
        let (status, stored) = post(&scene, &signed).await;
        assert_eq!(status, 200, "{stored}");
        let id = stored["id"].as_str().unwrap();
        let problem = scene
            .one(&format!(
                "select command ->> 'problem' from hub.webhook_events where id = '{id}'"
            ))
            .await;
        assert!(problem.contains(wanted), "{body}: {problem}");
    }
}

#[tokio::test]
async fn a_rotated_secret_and_the_one_before_are_good_until_the_key_is_revoked() {
    let (scene, key, first) = scene_with_key().await;
    let send = async |secret: &str, n: u32| {
        let body = EVENT.replace("e1", &n.to_string());
        let signed = Signed::pms(
            &key,
            secret,
            now_s(&scene),
            &format!("nonce-number-{n:08}"),
            &body,
        );
        post(&scene, &signed).await.0
    };
    assert_eq!(send(&first, 1).await, 200);
    let rotated = scene
        .send(
            &scene.owner,
            Method::POST,
            &format!("/webhook-keys/{key}/rotate"),
            &Value::Null,
        )
        .await;
    let second = rotated.expect(200)["secret"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(
        send(&second, 2).await,
        200,
        "though the first is remembered"
    );
    assert_eq!(send(&first, 3).await, 200);
    scene
        .send(
            &scene.owner,
            Method::DELETE,
            &format!("/webhook-keys/{key}"),
            &Value::Null,
        )
        .await;
    assert_eq!(send(&second, 4).await, 401, "though it is remembered");
    assert_eq!(scene.count("hub.webhook_events").await, 3);
}
