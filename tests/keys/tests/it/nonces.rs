//! Nonces are kept for as long as their signatures could come again, and strangers can't make us keep any.

use bytes::Bytes;
use http::Method;
use keys::{Key, Shop, Signing, now_s};

#[tokio::test]
async fn a_nonce_is_stored_after_a_good_signature_of_a_good_key_only() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read"]).await;
    let stored = async || shop.count("hub.api_key_nonces").await;
    let get = |key: &Key| Signing::new(key).draft(Method::GET, "/jobs", Bytes::new());
    shop.host.take_statements();
    let wrong = Key {
        secret: format!("{}0", key.secret),
        ..key.clone()
    };
    for _ in 0..20 {
        shop.call(get(&wrong).signed()).await.expect(401);
    }
    let mut late = get(&key);
    late.created = now_s() - 120;
    shop.call(late.signed()).await.expect(401);
    let mut long = get(&key);
    long.nonce = "n".repeat(129);
    shop.call(long.signed()).await.expect(401);
    assert_eq!(
        (shop.host.take_statements(), stored().await),
        (0, 0),
        "Postgres was not asked"
    );

    shop.call(get(&key).signed()).await.expect(200);
    assert_eq!(stored().await, 1);
    shop.admin
        .batch_execute("update hub.api_keys set revoked_at = now()")
        .await
        .unwrap();
    shop.call(get(&key).signed()).await.expect(401);
    assert_eq!(stored().await, 1);
}

#[tokio::test]
async fn a_nonce_is_kept_until_its_signature_is_too_old_for_everybody() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read"]).await;
    let draft = Signing::new(&key).draft(Method::GET, "/jobs", Bytes::new());
    shop.call(draft.signed()).await.expect(200);
    let until = shop
        .one("select extract(epoch from expires_at)::bigint::text from hub.api_key_nonces")
        .await;
    assert_eq!(until, (draft.created + 60 + 30).to_string());

    let worker = shop.worker().await;
    let maintain = async || {
        let statement = include_str!("../../../../functions/common/src/worker/maintain.sql");
        let statement = statement.replace("$1", "'{\"retention_days\": 30}'::jsonb");
        let text: String = worker.query_one(&statement, &[]).await.unwrap().get(0);
        text
    };
    shop.admin
        .batch_execute("update hub.api_key_nonces set expires_at = now() - interval '59 minutes'")
        .await
        .unwrap();
    assert!(maintain().await.contains("\"signature_nonces_removed\": 0"));
    shop.admin
        .batch_execute("update hub.api_key_nonces set expires_at = now() - interval '61 minutes'")
        .await
        .unwrap();
    assert!(maintain().await.contains("\"signature_nonces_removed\": 1"));
    assert_eq!(shop.count("hub.api_key_nonces").await, 0);
}

#[tokio::test]
async fn the_nonces_of_two_keys_are_two() {
    let shop = Shop::open().await;
    let keys = [
        shop.key("signing", &["read"]).await,
        shop.key("signing", &["read"]).await,
    ];
    for key in &keys {
        let mut draft = Signing::new(key).draft(Method::GET, "/jobs", Bytes::new());
        draft.nonce = "the-same-for-both".to_owned();
        shop.call(draft.signed()).await.expect(200);
    }
    assert_eq!(shop.count("hub.api_key_nonces").await, 2);
    // And a component sees those of the key that it serves.
    let app = shop.app().await;
    let seen: i64 = app
        .query_one("select count(*) from hub.api_key_nonces", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(seen, 0);
}
