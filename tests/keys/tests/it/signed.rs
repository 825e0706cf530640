//! Signed requests: what was signed is served once, and nothing else.

use bytes::Bytes;
use http::Method;
use keys::{Shop, Signing};
use serde_json::{Value, json};

const CSV: &str =
    "Handle,Title,Variant SKU,Variant Price\nmug,Mug,MUG-1,12.50\ncup,Cup,CUP-1,9.00\n";

fn noop() -> Bytes {
    Bytes::from_static(br#"{"type":"noop"}"#)
}

#[tokio::test]
async fn a_signed_request_is_served_in_one_round_trip() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read", "jobs"]).await;
    shop.host.take_statements();
    let job = shop
        .signed(&key, Method::POST, "/jobs", &json!({"type": "noop"}))
        .await
        .expect(201);
    assert_eq!(shop.host.take_statements(), 1);
    let list = shop
        .signed(
            &key,
            Method::GET,
            "/jobs?limit=1&status=eq.pending",
            &Value::Null,
        )
        .await
        .expect(200);
    assert_eq!(list["data"][0]["id"], job["id"]);
    assert_eq!(
        job["user_id"].as_str().unwrap(),
        shop.one("select user_id::text from hub.api_keys").await
    );
    shop.signed(
        &key,
        Method::POST,
        "/products",
        &json!({"sku": "A", "title": "A"}),
    )
    .await
    .expect(403);
}

#[tokio::test]
async fn a_replay_is_refused_also_by_a_hub_that_never_saw_the_first() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["jobs"]).await;
    let draft = Signing::new(&key).draft(Method::POST, "/jobs", noop());
    shop.call(draft.signed()).await.expect(201);
    let again = shop.call(draft.signed()).await.expect(401);
    assert!(
        again["error"]["message"]
            .as_str()
            .unwrap()
            .contains("used before"),
        "{again:#}"
    );
    let restarted = shop.another_host().await;
    shop.call_on(&restarted, draft.signed()).await.expect(401);
    assert_eq!(shop.count("hub.jobs").await, 1);
    assert_eq!(
        shop.one(
            "select relpersistence::text from pg_class where oid = 'hub.api_key_nonces'::regclass"
        )
        .await,
        "p",
        "survives a crash"
    );
}

#[tokio::test]
async fn of_many_replays_at_the_same_moment_one_is_served() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["jobs"]).await;
    let draft = Signing::new(&key).draft(Method::POST, "/jobs", noop());
    let hosts = [
        shop.another_host().await,
        shop.another_host().await,
        shop.another_host().await,
    ];
    let (a, b, c) = tokio::join!(
        shop.call_on(&hosts[0], draft.signed()),
        shop.call_on(&hosts[1], draft.signed()),
        shop.call_on(&hosts[2], draft.signed()),
    );
    let mut statuses = [a, b, c].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401, 401]);
    assert_eq!(shop.count("hub.jobs").await, 1);
}

#[tokio::test]
async fn what_was_refused_is_not_served_when_it_comes_again() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read"]).await;
    let draft = Signing::new(&key).draft(Method::POST, "/jobs", noop());
    shop.call(draft.signed()).await.expect(403);
    shop.admin
        .batch_execute("update hub.api_keys set scopes = '{read,jobs}'")
        .await
        .unwrap();
    shop.call(draft.signed()).await.expect(401);
    let missing = Signing::new(&key).draft(
        Method::GET,
        "/jobs/00000000-0000-7000-8000-000000000001",
        Bytes::new(),
    );
    shop.call(missing.signed()).await.expect(404);
    shop.call(missing.signed()).await.expect(401);
    assert_eq!(shop.count("hub.jobs").await, 0);
}

#[tokio::test]
async fn an_altered_body_is_refused_before_anything_is_done_with_it() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read", "jobs", "catalogue"]).await;
    let draft = Signing::new(&key).draft(Method::POST, "/jobs", noop());
    let altered = draft.with_body(Bytes::from_static(br#"{"type":"n0op"}"#));
    assert_eq!(shop.call(altered).await.field(400), "Content-Digest");

    // The import acts on its first rows before it has seen the last ones, unless the file is signed.
    let import = Signing::new(&key)
        .draft(Method::POST, "/products/import", CSV.into())
        .typed("text/csv");
    let altered = import.with_body(CSV.replace("9.00", "0.01").into());
    assert_eq!(shop.call(altered).await.field(400), "Content-Digest");
    // As is what has a body of which nothing was signed.
    let bare = Signing::new(&key).draft(Method::POST, "/jobs", Bytes::new());
    shop.call(bare.with_body(noop())).await.expect(401);
    let mut unannounced = bare.with_body(noop());
    unannounced.headers.remove("content-length");
    shop.call(unannounced).await.expect(401);
    assert_eq!(
        (
            shop.count("hub.jobs").await,
            shop.count("hub.products").await
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn a_request_of_several_statements_uses_its_nonce_once() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["catalogue"]).await;
    let import = Signing::new(&key)
        .draft(Method::POST, "/products/import", CSV.into())
        .typed("text/csv");
    shop.host.take_statements();
    let report = shop.call(import.signed()).await.expect(200);
    assert_eq!(report["created"], 2, "{report:#}");
    assert!(shop.host.take_statements() > 1);
    assert_eq!(shop.count("hub.api_key_nonces").await, 1);
    shop.call(import.signed()).await.expect(401);
}

#[tokio::test]
async fn the_key_of_another_workspace_signs_nothing_here() {
    let shop = Shop::open().await;
    let stranger = shop.member("other", "owner").await;
    let foreign = shop.key_of(&stranger, "signing", &["read", "jobs"]).await;
    shop.signed(&foreign, Method::POST, "/jobs", &json!({"type": "noop"}))
        .await
        .expect(201);
    let here = Signing::new(&foreign)
        .draft(Method::GET, "/jobs", Bytes::new())
        .with("x-workspace", "main");
    shop.call(here.signed()).await.expect(403);
    let list = shop
        .send(&shop.owner, Method::GET, "/jobs", &Value::Null)
        .await
        .expect(200);
    assert_eq!(list["count"], 0);
    // Its secret under the id of ours.
    let ours = shop.key("signing", &["read"]).await;
    let mixed = keys::Key {
        secret: foreign.secret,
        ..ours
    };
    shop.signed(&mixed, Method::GET, "/jobs", &Value::Null)
        .await
        .expect(401);
}

#[tokio::test]
async fn two_proofs_are_none() {
    let shop = Shop::open().await;
    let (signing, bearer) = (
        shop.key("signing", &["read"]).await,
        shop.key("bearer", &["read"]).await,
    );
    let draft = Signing::new(&signing).draft(Method::GET, "/jobs", Bytes::new());
    let both = draft.with("authorization", &format!("Bearer {}", bearer.secret));
    shop.call(both.signed()).await.expect(401);
}

#[tokio::test]
async fn a_revoked_or_expired_signing_key_is_refused_although_its_signatures_fit() {
    let shop = Shop::open().await;
    for end in ["revoked_at = now()", "expires_at = now()"] {
        let key = shop.key("signing", &["read"]).await;
        shop.signed(&key, Method::GET, "/jobs", &Value::Null)
            .await
            .expect(200);
        let end = format!("update hub.api_keys set {end} where id = '{}'", key.id);
        shop.admin.batch_execute(&end).await.unwrap();
        shop.signed(&key, Method::GET, "/jobs", &Value::Null)
            .await
            .expect(401);
    }
}

#[tokio::test]
async fn a_master_that_was_replaced_signs_for_no_newer_key() {
    let shop = Shop::open().await;
    let key = shop.key("signing", &["read"]).await;
    // As if the key were made under a newer master than the one whose secret this is.
    shop.admin
        .batch_execute("update hub.api_keys set hash = sha256('of a newer master')")
        .await
        .unwrap();
    shop.signed(&key, Method::GET, "/jobs", &Value::Null)
        .await
        .expect(401);
}
