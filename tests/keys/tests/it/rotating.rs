//! Another secret for a key, with time to change over.

use http::Method;
use keys::{Key, Shop};
use serde_json::{Value, json};

async fn status(shop: &Shop, key: &Key) -> u16 {
    let answer = match key.keyid.is_empty() {
        true => {
            shop.bearer(&key.secret, Method::GET, "/jobs", &Value::Null)
                .await
        }
        false => shop.signed(key, Method::GET, "/jobs", &Value::Null).await,
    };
    answer.status.as_u16()
}

async fn rotate(shop: &Shop, key: &Key, body: Value) -> Key {
    let path = format!("/api-keys/{}/rotate", key.id);
    let rotated = shop.send(&shop.owner, Method::POST, &path, &body).await;
    Key::of(&rotated.expect(200))
}

#[tokio::test]
async fn the_old_secret_stays_good_for_the_overlap_and_no_longer() {
    let shop = Shop::open().await;
    for kind in ["bearer", "signing"] {
        let first = shop.key(kind, &["read"]).await;
        let second = rotate(&shop, &first, Value::Null).await;
        assert_eq!(first.id, second.id);
        assert!(first.secret != second.secret && first.keyid.is_empty() == second.keyid.is_empty());
        assert_eq!(
            (status(&shop, &first).await, status(&shop, &second).await),
            (200, 200)
        );
        let hours = "select round(extract(epoch from previous_until - now()) / 3600)::text from hub.api_keys where id = ";
        assert_eq!(shop.one(&format!("{hours}'{}'", first.id)).await, "24");

        let over = format!(
            "update hub.api_keys set previous_until = now() where id = '{}'",
            first.id
        );
        shop.admin.batch_execute(&over).await.unwrap();
        assert_eq!(
            (status(&shop, &first).await, status(&shop, &second).await),
            (401, 200),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn two_secrets_are_good_at_most_and_without_overlap_one() {
    let shop = Shop::open().await;
    for kind in ["bearer", "signing"] {
        let first = shop.key(kind, &["read"]).await;
        let second = rotate(&shop, &first, json!({"overlap_hours": 720})).await;
        let third = rotate(&shop, &second, json!({"overlap_hours": 1})).await;
        assert_eq!(status(&shop, &first).await, 401, "two rotations ago");
        assert_eq!(
            (status(&shop, &second).await, status(&shop, &third).await),
            (200, 200)
        );
        let fourth = rotate(&shop, &third, json!({"overlap_hours": 0})).await;
        assert_eq!(
            (status(&shop, &third).await, status(&shop, &fourth).await),
            (401, 200)
        );
    }
}

#[tokio::test]
async fn a_rotated_key_may_get_another_end_and_revoking_ends_all_its_secrets() {
    let shop = Shop::open().await;
    let first = shop.key("bearer", &["read"]).await;
    let path = format!("/api-keys/{}/rotate", first.id);
    for (field, body) in [
        ("overlap_hours", json!({"overlap_hours": 721})),
        ("overlap_hours", json!({"overlap_hours": -1})),
        ("expires_at", json!({"expires_at": "2001-01-01T00:00:00Z"})),
        ("scopes", json!({"scopes": ["jobs"]})),
    ] {
        assert_eq!(
            shop.send(&shop.owner, Method::POST, &path, &body)
                .await
                .field(400),
            field
        );
    }
    let second = rotate(&shop, &first, json!({"expires_at": "2999-01-01T00:00:00Z"})).await;
    assert!(
        shop.one("select expires_at::text from hub.api_keys")
            .await
            .starts_with("2999-01-01")
    );
    let path = format!("/api-keys/{}", first.id);
    shop.send(&shop.owner, Method::DELETE, &path, &Value::Null)
        .await;
    assert_eq!(
        (status(&shop, &first).await, status(&shop, &second).await),
        (401, 401)
    );
}

#[tokio::test]
async fn only_who_made_a_key_gets_a_new_secret_of_it() {
    let shop = Shop::open().await;
    let key = shop.key("bearer", &["read", "decide"]).await;
    let admin = shop.member("main", "admin").await;
    let path = format!("/api-keys/{}", key.id);
    // With it the admin would decide as the owner on what the admin asked for.
    let refused = shop
        .send(
            &admin,
            Method::POST,
            &format!("{path}/rotate"),
            &Value::Null,
        )
        .await
        .expect(403);
    assert!(refused.get("secret").is_none());
    assert_eq!(status(&shop, &key).await, 200);
    assert_eq!(
        shop.send(&admin, Method::DELETE, &path, &Value::Null)
            .await
            .status,
        204,
        "but can end it"
    );
    assert_eq!(status(&shop, &key).await, 401);
}

#[tokio::test]
async fn of_rotations_at_the_same_moment_each_secret_that_was_shown_last_is_good() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read"]).await;
    let path = format!("/api-keys/{}/rotate", key.id);
    let (one, two) = tokio::join!(
        shop.send(&shop.owner, Method::POST, &path, &Value::Null),
        shop.send(&shop.owner, Method::POST, &path, &Value::Null),
    );
    for answer in [one, two] {
        match answer.status.as_u16() {
            200 => assert_eq!(status(&shop, &Key::of(&answer.body)).await, 200),
            other => assert_eq!(other, 409),
        }
    }
}
