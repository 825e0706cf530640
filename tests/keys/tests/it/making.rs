//! `/api-keys`: secrets are shown once and never kept; a key never gets more than it was made with.

use http::Method;
use keys::{Key, Shop};
use serde_json::{Value, json};

const NO_SUCH: &str = "/api-keys/00000000-0000-7000-8000-000000000001";

#[tokio::test]
async fn a_secret_is_shown_when_it_is_made_and_never_again() {
    let shop = Shop::open().await;
    for (kind, prefix) in [("bearer", "shk_"), ("signing", "shss_")] {
        let body = json!({"name": "ERP", "kind": kind, "scopes": ["jobs", "read", "read"], "expires_at": "2999-01-01T00:00:00Z"});
        let made = shop
            .send(&shop.owner, Method::POST, "/api-keys", &body)
            .await;
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let location = made.header("location").unwrap().to_owned();
        let made = made.expect(201);
        let key = Key::of(&made);
        assert!(
            key.secret.starts_with(prefix) && key.secret.len() >= 69,
            "{made:#}"
        );
        assert_eq!(made["scopes"], json!(["read", "jobs"]));
        assert_eq!(
            (&made["status"], &made["last_used_at"]),
            (&json!("active"), &Value::Null)
        );
        assert_eq!(made.get("made"), None);

        let one = shop
            .send(&shop.owner, Method::GET, &location, &Value::Null)
            .await
            .expect(200);
        let filter = format!("/api-keys?kind=eq.{kind}&scopes=cs.{{jobs}}");
        let list = shop
            .send(&shop.owner, Method::GET, &filter, &Value::Null)
            .await
            .expect(200);
        assert_eq!(
            (&list["count"], &list["data"][0]["id"]),
            (&json!(1), &one["id"])
        );
        assert_eq!(
            (
                one.get("secret"),
                one.get("hash"),
                list["data"][0].get("secret")
            ),
            (None, None, None)
        );
        let everywhere = "select concat((select string_agg(k::text, '') from hub.api_keys k),
            (select string_agg(a::text, '') from hub.audit_logs a), (select string_agg(i::text, '') from hub.idempotency_keys i))";
        assert!(!shop.one(everywhere).await.contains(&key.secret));
        assert!(!shop.host.log_text().contains(&key.secret));
    }
}

#[tokio::test]
async fn a_bearer_key_is_known_by_its_last_four_characters_and_a_signing_key_by_its_keyid() {
    let shop = Shop::open().await;
    let bearer = shop.key("bearer", &["read"]).await;
    let signing = shop.key("signing", &["read"]).await;
    let list = shop
        .send(
            &shop.owner,
            Method::GET,
            "/api-keys?order=created_at",
            &Value::Null,
        )
        .await
        .expect(200);
    let last = &bearer.secret[bearer.secret.len() - 4..];
    assert_eq!(list["data"][0]["hint"], format!("shk_…{last}"));
    assert_eq!(list["data"][1]["hint"], signing.keyid);
    assert!(signing.keyid.starts_with("shs_test_") && signing.keyid.ends_with(".1"));
}

#[tokio::test]
async fn a_repeated_request_gets_the_key_without_its_secret_and_is_told_so() {
    let shop = Shop::open().await;
    for kind in ["bearer", "signing"] {
        let repeat = [("idempotency-key", kind)];
        let body = json!({"name": "ERP", "kind": kind, "scopes": ["read"]});
        let make = async || {
            shop.send_with(&shop.owner, Method::POST, "/api-keys", &body, &repeat)
                .await
                .expect(201)
        };
        let (first, again) = (make().await, make().await);
        assert_eq!(
            (&first["id"], &first["keyid"]),
            (&again["id"], &again["keyid"])
        );
        assert_eq!(again["secret"], Value::Null, "another one would be wrong");
        assert!(again["note"].as_str().unwrap().contains("rotate"));
        assert_eq!(first.get("note"), None);

        let path = format!("/api-keys/{}/rotate", first["id"].as_str().unwrap());
        let repeat = [("idempotency-key", format!("{kind}-rotated"))];
        let repeat = [(repeat[0].0, repeat[0].1.as_str())];
        let rotate = async || {
            shop.send_with(&shop.owner, Method::POST, &path, &Value::Null, &repeat)
                .await
                .expect(200)
        };
        let (rotated, again) = (rotate().await, rotate().await);
        assert_eq!(
            (&rotated["generation"], &again["generation"]),
            (&json!(2), &json!(2)),
            "once"
        );
        assert_eq!(again["secret"], Value::Null);
        let stored = shop
            .one("select string_agg(answer, '') from hub.idempotency_keys")
            .await;
        for shown in [&first, &rotated] {
            assert!(
                !stored.contains(shown["secret"].as_str().unwrap()),
                "{stored}"
            );
        }
    }
}

#[tokio::test]
async fn keys_are_for_owners_and_admins_and_never_for_keys() {
    let shop = Shop::open().await;
    let all = [
        "read",
        "audit",
        "catalogue",
        "stores",
        "request",
        "decide",
        "jobs",
    ];
    let key = shop.key("bearer", &all).await;
    let admin = shop.member("main", "admin").await;
    shop.key_of(&admin, "signing", &all).await;
    let body = json!({"name": "x", "kind": "bearer", "scopes": ["read"]});
    let own = format!("/api-keys/{}", key.id);
    let rotate = format!("{own}/rotate");
    for (method, path) in [
        (Method::GET, "/api-keys"),
        (Method::POST, "/api-keys"),
        (Method::GET, &own),
        (Method::PATCH, &own),
        (Method::DELETE, &own),
        (Method::POST, &rotate),
    ] {
        for role in ["reviewer", "operator", "viewer"] {
            let member = shop.member("main", role).await;
            let body = if path == "/api-keys" {
                &body
            } else {
                &json!({})
            };
            shop.send(&member, method.clone(), path, body)
                .await
                .expect(403);
        }
        let body = if path == "/api-keys" {
            &body
        } else {
            &json!({})
        };
        shop.bearer(&key.secret, method, path, body)
            .await
            .expect(403);
    }
    assert_eq!(
        shop.count("hub.api_keys where revoked_at is null and generation = 1")
            .await,
        2
    );
}

#[tokio::test]
async fn what_is_no_key_is_refused_by_its_field() {
    let shop = Shop::open().await;
    let good = json!({"name": "x", "kind": "bearer", "scopes": ["read"]});
    for (field, value) in [
        ("name", json!("")),
        ("kind", json!("magic")),
        ("scopes", json!([])),
        ("scopes[0]", json!(["members"])),
        ("scopes[0]", json!(["keys"])),
        ("scopes[1]", json!(["read", "everything"])),
        ("expires_at", json!("2001-01-01T00:00:00Z")),
        ("expires_at", json!("tomorrow")),
        (
            "workspace_id",
            json!("00000000-0000-7000-8000-000000000001"),
        ),
        ("user_id", json!("00000000-0000-7000-8000-000000000001")),
        ("hash", json!("00")),
        ("secret", json!("mine")),
    ] {
        let mut body = good.clone();
        body[field.split('[').next().unwrap()] = value;
        let answer = shop
            .send(&shop.owner, Method::POST, "/api-keys", &body)
            .await;
        assert_eq!(answer.field(400), field);
    }
    assert_eq!(shop.count("hub.api_keys").await, 0);
}

#[tokio::test]
async fn a_key_only_ever_loses_power() {
    let shop = Shop::open().await;
    let body = json!({"name": "x", "kind": "bearer", "scopes": ["read", "jobs"], "expires_at": "2998-01-01T00:00:00Z"});
    let made = shop
        .send(&shop.owner, Method::POST, "/api-keys", &body)
        .await
        .expect(201);
    let key = Key::of(&made);
    let path = format!("/api-keys/{}", key.id);
    let change = async |body: Value| shop.send(&shop.owner, Method::PATCH, &path, &body).await;
    assert_eq!(
        change(json!({"scopes": ["read", "stores"]}))
            .await
            .field(400),
        "scopes"
    );
    assert_eq!(change(json!({"scopes": []})).await.field(400), "scopes");
    assert_eq!(
        change(json!({"expires_at": "2999-01-01T00:00:00Z"}))
            .await
            .field(400),
        "expires_at"
    );
    assert_eq!(change(json!({"kind": "signing"})).await.field(400), "kind");
    let noop = json!({"type": "noop"});
    shop.bearer(&key.secret, Method::POST, "/jobs", &noop)
        .await
        .expect(201);
    let changed =
        change(json!({"name": "y", "scopes": ["read"], "expires_at": "2997-01-01T00:00:00Z"}))
            .await
            .expect(200);
    assert_eq!(
        (&changed["name"], &changed["scopes"], &changed["version"]),
        (&json!("y"), &json!(["read"]), &json!(2))
    );
    shop.bearer(&key.secret, Method::POST, "/jobs", &noop)
        .await
        .expect(403);
    shop.bearer(&key.secret, Method::GET, "/jobs", &Value::Null)
        .await
        .expect(200);
    change(json!({"scopes": ["read", "jobs"]}))
        .await
        .expect(400);
}

#[tokio::test]
async fn a_change_holds_for_the_version_that_it_names() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read"]).await;
    let path = format!("/api-keys/{}", key.id);
    let when = [("if-match", "\"1\"")];
    let change = async |method, path: &str, name: &str| {
        let body = if name.is_empty() {
            json!({})
        } else {
            json!({"name": name})
        };
        shop.send_with(&shop.owner, method, path, &body, &when)
            .await
    };
    assert_eq!(
        change(Method::PATCH, &path, "y").await.expect(200)["version"],
        2
    );
    let stale = change(Method::PATCH, &path, "z").await.expect(412);
    assert_eq!(stale["error"]["details"]["current"]["name"], "y");
    change(Method::POST, &format!("{path}/rotate"), "")
        .await
        .expect(412);
    change(Method::DELETE, &path, "").await.expect(412);
    shop.bearer(&key.secret, Method::GET, "/jobs", &Value::Null)
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_not_there_or_not_ours_is_not_found() {
    let shop = Shop::open().await;
    let stranger = shop.member("other", "owner").await;
    let foreign = format!(
        "/api-keys/{}",
        shop.key_of(&stranger, "bearer", &["read"]).await.id
    );
    for path in ["/api-keys/x", NO_SUCH, &foreign] {
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            shop.send(&shop.owner, method, path, &json!({}))
                .await
                .expect(404);
        }
        shop.send(
            &shop.owner,
            Method::POST,
            &format!("{path}/rotate"),
            &json!({}),
        )
        .await
        .expect(404);
    }
    let list = shop
        .send(&shop.owner, Method::GET, "/api-keys", &Value::Null)
        .await
        .expect(200);
    assert_eq!(list["count"], 0);
    assert_eq!(
        shop.count("hub.api_keys where revoked_at is null and version = 1")
            .await,
        1
    );
}
