//! Calling with a bearer key: as its maker may now, within its scopes, in its workspace, until its end.

use http::Method;
use keys::{Key, Shop};
use serde_json::{Value, json};
use std::time::Duration;

const NONE: &Value = &Value::Null;

/// How `GET /jobs` with the key ends.
async fn status(shop: &Shop, secret: &str) -> u16 {
    let answer = shop.bearer(secret, Method::GET, "/jobs", NONE).await;
    answer.status.as_u16()
}

#[tokio::test]
async fn a_key_may_what_its_scopes_say_and_acts_as_its_maker() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read", "catalogue"]).await;
    shop.host.take_statements();
    let product = json!({"sku": "MUG", "title": "A mug"});
    let made = shop
        .bearer(&key.secret, Method::POST, "/products", &product)
        .await
        .expect(201);
    assert_eq!(shop.host.take_statements(), 1, "one round trip");
    assert_eq!(
        made["user_id"].as_str().unwrap(),
        shop.one("select user_id::text from hub.api_keys").await
    );
    shop.bearer(&key.secret, Method::POST, "/jobs", &json!({"type": "noop"}))
        .await
        .expect(403);
    assert_eq!(shop.count("hub.jobs").await, 0);
}

#[tokio::test]
async fn what_its_maker_may_no_longer_the_key_may_no_longer() {
    let shop = Shop::open().await;
    let admin = shop.member("main", "admin").await;
    let key = shop.key_of(&admin, "bearer", &["read", "jobs"]).await;
    let noop = json!({"type": "noop"});
    shop.bearer(&key.secret, Method::POST, "/jobs", &noop)
        .await
        .expect(201);
    shop.admin
        .batch_execute("update hub.members set role = 'viewer' where role = 'admin'")
        .await
        .unwrap();
    shop.bearer(&key.secret, Method::POST, "/jobs", &noop)
        .await
        .expect(403);
    assert_eq!(status(&shop, &key.secret).await, 200);
    shop.admin
        .batch_execute("delete from hub.members where role = 'viewer'")
        .await
        .unwrap();
    assert_eq!(status(&shop, &key.secret).await, 403);
}

#[tokio::test]
async fn a_key_does_not_decide_what_its_maker_asked_for() {
    let shop = Shop::open().await;
    let key = shop
        .key("bearer", &["read", "catalogue", "request", "decide"])
        .await;
    let listing = shop.listing().await;
    let ask = json!({"resource_type": "listing", "resource_id": listing, "action": "publish"});
    let asked = shop
        .bearer(&key.secret, Method::POST, "/approvals", &ask)
        .await
        .expect(201);
    let path = format!("/approvals/{}", asked["id"].as_str().unwrap());
    let decision = json!({"status": "approved"});
    let by_key = shop
        .bearer(&key.secret, Method::PATCH, &path, &decision)
        .await
        .status;
    let by_maker = shop
        .send(&shop.owner, Method::PATCH, &path, &decision)
        .await
        .status;
    assert!(
        by_key.is_client_error() && by_key == by_maker,
        "{by_key} {by_maker}"
    );
    assert_eq!(
        shop.count("hub.approvals where status = 'pending'").await,
        1
    );
}

#[tokio::test]
async fn a_key_is_of_one_workspace() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read"]).await;
    // Its maker is in the other one as well.
    shop.admin
        .batch_execute("insert into hub.members (user_id, workspace_id, role)
            select k.user_id, w.id, 'owner' from hub.api_keys k, hub.workspaces w where w.slug = 'other'")
        .await
        .unwrap();
    let in_workspace = async |name: &str| {
        let authorization = format!("Bearer {}", key.secret);
        let headers = [
            ("authorization", authorization),
            ("x-workspace", name.to_owned()),
        ];
        let request = intake::bare(Method::GET, "/jobs", &headers, Vec::new());
        shop.call(request).await.status.as_u16()
    };
    assert_eq!(in_workspace("main").await, 200);
    assert_eq!(in_workspace("other").await, 403);
    assert_eq!(in_workspace("nowhere").await, 403);
}

#[tokio::test]
async fn an_unknown_revoked_or_expired_key_is_refused_at_once() {
    let shop = Shop::open().await;
    let (revoked, expired, good) = (
        shop.key("bearer", &["read"]).await,
        shop.key("bearer", &["read"]).await,
        shop.key("bearer", &["read"]).await,
    );
    for _ in 0..2 {
        let path = format!("/api-keys/{}", revoked.id);
        assert_eq!(
            shop.send(&shop.owner, Method::DELETE, &path, NONE)
                .await
                .status,
            204
        );
    }
    let end = format!(
        "update hub.api_keys set expires_at = now() where id = '{}'",
        expired.id
    );
    shop.admin.batch_execute(&end).await.unwrap();
    for key in [&revoked, &expired] {
        assert_eq!(status(&shop, &key.secret).await, 401);
    }
    assert_eq!(status(&shop, &good.secret).await, 200);
    let path = |key: &Key| format!("/api-keys/{}", key.id);
    let state = async |key: &Key| {
        shop.send(&shop.owner, Method::GET, &path(key), NONE)
            .await
            .expect(200)["status"]
            .clone()
    };
    assert_eq!(
        (state(&revoked).await, state(&expired).await),
        (json!("revoked"), json!("expired"))
    );
    shop.send(
        &shop.owner,
        Method::PATCH,
        &path(&revoked),
        &json!({"name": "y"}),
    )
    .await
    .expect(409);
    shop.send(
        &shop.owner,
        Method::POST,
        &format!("{}/rotate", path(&revoked)),
        NONE,
    )
    .await
    .expect(409);

    shop.host.take_statements();
    let mistyped = good.secret.replacen("shk_", "shk_0", 1);
    assert_eq!(status(&shop, &mistyped).await, 401);
    assert_eq!(shop.host.take_statements(), 0, "told by its checksum");
    // The right form, and unknown: made by another hub.
    let foreign = Shop::open().await.key("bearer", &["read"]).await;
    assert_eq!(status(&shop, &foreign.secret).await, 401);
}

#[tokio::test]
async fn the_id_of_a_key_with_another_secret_is_refused() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read"]).await;
    let other = shop.key("bearer", &["read"]).await;
    shop.admin
        .batch_execute(&format!(
            "update hub.api_keys set hash = sha256('another') where id = '{}'",
            key.id
        ))
        .await
        .unwrap();
    assert_eq!(status(&shop, &key.secret).await, 401);
    assert_eq!(status(&shop, &other.secret).await, 200);
}

#[tokio::test]
async fn a_signing_key_is_no_bearer_key() {
    let shop = Shop::open().await;
    let signing = shop.key("signing", &["read"]).await;
    assert_eq!(status(&shop, &signing.secret).await, 401);
    // Even if somebody had one whose hash was right.
    let app = shop.app().await;
    let caller = "select count(*) from hub.key_caller((select jsonb_build_object('id', $1::text, 'hash', $2::text)))";
    let hash = shop
        .one("select encode(hash, 'hex') from hub.api_keys")
        .await;
    let error = app.query(caller, &[&signing.id, &hash]).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "HB401");
    let bearer = shop.key("bearer", &["read"]).await;
    let hash = shop
        .one(&format!(
            "select encode(hash, 'hex') from hub.api_keys where id = '{}'",
            bearer.id
        ))
        .await;
    assert!(
        app.query(caller, &[&bearer.id, &hash]).await.is_ok(),
        "the check itself works"
    );
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute_and_without_waiting() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read"]).await;
    let last_use = async || {
        shop.one("select last_used_at::text from hub.api_keys")
            .await
    };
    assert_eq!(last_use().await, "");
    status(&shop, &key.secret).await;
    let first = last_use().await;
    status(&shop, &key.secret).await;
    assert!(!first.is_empty() && last_use().await == first);
    assert_eq!(
        shop.one("select version::text from hub.api_keys").await,
        "1",
        "a use is no change"
    );

    let ago = "update hub.api_keys set last_used_at = now() - interval '61 seconds'";
    shop.admin.batch_execute(ago).await.unwrap();
    let other = shop.second_admin().await;
    other
        .batch_execute("begin; select from hub.api_keys for no key update")
        .await
        .unwrap();
    let held = tokio::time::timeout(Duration::from_secs(10), status(&shop, &key.secret)).await;
    assert_eq!(held, Ok(200), "it does not wait for who holds the row");
    other.batch_execute("rollback").await.unwrap();
    status(&shop, &key.secret).await;
    assert!(last_use().await > first);
}

#[tokio::test]
async fn components_see_the_key_that_a_request_names_and_no_other() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read"]).await;
    shop.key("bearer", &["read"]).await;
    let app = shop.app().await;
    let seen = async |key: &str| -> i64 {
        let statement = "select count(*) from (select set_config('hub.key', $1, false)) s, lateral (select from hub.api_keys) k";
        app.query_one(statement, &[&key]).await.unwrap();
        app.query_one("select count(*) from hub.api_keys", &[])
            .await
            .unwrap()
            .get(0)
    };
    assert_eq!(seen("").await, 0);
    assert_eq!(seen(&key.id).await, 1);
    let change = app
        .execute("update hub.api_keys set workspace_id = workspace_id", &[])
        .await;
    assert!(change.is_err(), "whose key it is never changes");
}
