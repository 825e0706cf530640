//! `/webhook-keys`: secrets are shown once and never kept in plain.

use http::Method;
use intake::Scene;
use serde_json::{Value, json};

#[tokio::test]
async fn a_secret_is_shown_when_it_is_made_and_never_again() {
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
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whk_") && secret.len() > 40, "{secret}");
    let path = format!("/webhook-keys/{}", made["id"].as_str().unwrap());
    let one = scene
        .send(&scene.owner, Method::GET, &path, &Value::Null)
        .await
        .expect(200);
    let list = scene
        .send(&scene.owner, Method::GET, "/webhook-keys", &Value::Null)
        .await
        .expect(200);
    assert_eq!((&list["count"], &list["data"][0]), (&json!(1), &one));
    assert_eq!(one.get("secret"), None);
    let everywhere = "select (select string_agg(k::text, '') from hub.webhook_keys k) || (select string_agg(a::text, '') from hub.audit_logs a)";
    let text = scene.one(everywhere).await;
    assert!(
        !text.contains(secret) && text.contains("[redacted]"),
        "{text}"
    );
    assert!(!scene.api.log_text().contains(secret));
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_key_without_a_secret() {
    let scene = Scene::open().await;
    let make = async || {
        let body = json!({"name": "PMS", "expires_at": "2999-01-01T00:00:00Z"});
        let key = [("idempotency-key", "once")];
        let made = scene
            .send_with(&scene.owner, Method::POST, "/webhook-keys", &body, &key)
            .await;
        made.expect(201)
    };
    let (first, again) = (make().await, make().await);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(again.get("secret"), None, "another one would be wrong");
    let secret = first["secret"].as_str().unwrap();
    let stored = scene
        .one("select string_agg(answer, '') from hub.idempotency_keys")
        .await;
    assert!(!stored.contains(secret), "{stored}");
}

#[tokio::test]
async fn keys_are_for_those_who_may_connect_stores() {
    let scene = Scene::open().await;
    let operator = scene.member("operator").await;
    for (method, path) in [
        (Method::GET, "/webhook-keys"),
        (Method::POST, "/webhook-keys"),
    ] {
        let body = json!({"name": "PMS"});
        scene.send(&operator, method, path, &body).await.expect(403);
    }
    let unknown = scene
        .send(
            &scene.owner,
            Method::POST,
            "/webhook-keys",
            &json!({"name": "x", "secret": "mine"}),
        )
        .await;
    assert_eq!(unknown.field(400), "secret");
    for path in [
        "/webhook-keys/x",
        "/webhook-keys/00000000-0000-7000-8000-000000000001",
    ] {
        scene
            .send(&scene.owner, Method::GET, path, &Value::Null)
            .await
            .expect(404);
        scene
            .send(&scene.owner, Method::DELETE, path, &Value::Null)
            .await
            .expect(404);
        scene
            .send(
                &scene.owner,
                Method::POST,
                &format!("{path}/rotate"),
                &Value::Null,
            )
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn a_revoked_key_says_so_and_is_not_rotated() {
    let scene = Scene::open().await;
    let made = scene
        .send(
            &scene.owner,
            Method::POST,
            "/webhook-keys",
            &json!({"name": "PMS"}),
        )
        .await;
    let path = format!("/webhook-keys/{}", made.expect(201)["id"].as_str().unwrap());
    for _ in 0..2 {
        let revoked = scene
            .send(&scene.owner, Method::DELETE, &path, &Value::Null)
            .await;
        assert_eq!(revoked.status, 204);
    }
    let one = scene
        .send(&scene.owner, Method::GET, &path, &Value::Null)
        .await
        .expect(200);
    assert_eq!(one["status"], "revoked");
    let rotate = scene
        .send(
            &scene.owner,
            Method::POST,
            &format!("{path}/rotate"),
            &Value::Null,
        )
        .await;
    rotate.expect(409);
}
