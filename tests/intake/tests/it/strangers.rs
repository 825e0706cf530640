//! Who can't be verified learns nothing and leaves nothing.

use http::Method;
use intake::{Scene, Signed, bare};
use uuid::Uuid;

const SECRET: &str = "the-shop's-client-secret";

#[tokio::test]
async fn all_who_cannot_be_verified_get_the_same_answer() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let bare_store = scene
        .send(
            &scene.owner,
            Method::POST,
            "/stores",
            &serde_json::json!({
        "platform": "shopify", "name": "Without", "credentials": {"access_token": "x"}}),
        )
        .await;
    let bare_store = bare_store.expect(201)["id"].as_str().unwrap().to_owned();
    let good = Signed::shopify(SECRET, "d1", "{}");
    let mut answers = Vec::new();
    for (what, path, delivery) in [
        (
            "unknown store",
            format!("/webhooks/shopify/{}", Uuid::from_u128(1)),
            good.clone(),
        ),
        ("no id", "/webhooks/shopify/main".to_owned(), good.clone()),
        (
            "no id, encoded",
            "/webhooks/shopify/%00".to_owned(),
            good.clone(),
        ),
        (
            "unknown platform",
            format!("/webhooks/nowhere/{store}"),
            good.clone(),
        ),
        (
            "wrong secret",
            format!("/webhooks/shopify/{store}"),
            Signed::shopify("another", "d1", "{}"),
        ),
        (
            "empty secret",
            format!("/webhooks/shopify/{store}"),
            Signed::shopify("", "d1", "{}"),
        ),
        (
            "no secret",
            format!("/webhooks/shopify/{bare_store}"),
            Signed::shopify("", "d1", "{}"),
        ),
        (
            "no signature",
            format!("/webhooks/shopify/{store}"),
            good.clone().with("x-shopify-hmac-sha256", ""),
        ),
        (
            "no topic",
            format!("/webhooks/shopify/{store}"),
            good.clone().with("x-shopify-topic", ""),
        ),
        (
            "not base64",
            format!("/webhooks/shopify/{store}"),
            good.clone().with("x-shopify-hmac-sha256", "!"),
        ),
        (
            "other body",
            format!("/webhooks/shopify/{store}"),
            Signed {
                body: b"{} ".to_vec(),
                ..good.clone()
            },
        ),
    ] {
        let answer = scene.post(&path, &delivery).await;
        assert_eq!(answer.status, 401, "{what}");
        answers.push((what, answer.body));
    }
    let (_, first) = answers[0].clone();
    for (what, body) in answers {
        assert_eq!(body, first, "{what}");
    }
    assert_eq!(scene.count("hub.webhook_events").await, 0);
    assert_eq!(
        scene.count("hub.jobs where type = 'process_webhook'").await,
        0
    );
    let log = scene.intake.log_text();
    assert!(
        log.contains("there is no such store") && log.contains("signature is wrong"),
        "{log}"
    );
    assert!(!log.contains(SECRET), "{log}");
}

#[tokio::test]
async fn one_store_s_secret_opens_no_other_store() {
    let scene = Scene::open().await;
    scene.store("Mine", "my-own-secret").await;
    let theirs = scene.store("Theirs", SECRET).await;
    let forged = Signed::shopify("my-own-secret", "d1", "{}");
    scene
        .post(&format!("/webhooks/shopify/{theirs}"), &forged)
        .await
        .expect(401);
}

#[tokio::test]
async fn a_body_over_one_megabyte_is_413_before_anything_is_asked() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let path = format!("/webhooks/shopify/{store}");
    let fits = Signed::shopify(SECRET, "d1", vec![b' '; 1024 * 1024]);
    scene.post(&path, &fits).await.expect(200);
    scene.intake.take_statements();
    let large = Signed::shopify(SECRET, "d2", vec![b' '; 1024 * 1024 + 1]);
    scene.post(&path, &large).await.expect(413);
    scene.post("/api/webhook", &large).await.expect(413);
    let announced = large.with("content-length", "2000000000");
    scene
        .post(
            &path,
            &Signed {
                body: b"{}".to_vec(),
                ..announced
            },
        )
        .await
        .expect(413);
    assert_eq!(scene.intake.take_statements(), 0);
}

#[tokio::test]
async fn other_methods_and_addresses_are_told_apart() {
    let scene = Scene::open().await;
    for path in ["/webhooks/shopify/x", "/api/webhook"] {
        let answer = scene.call(bare(Method::GET, path, &[], Vec::new())).await;
        assert_eq!(answer.header("allow"), Some("POST"), "{path}");
        answer.expect(405);
    }
    for path in [
        "/webhooks",
        "/webhooks/shopify",
        "/webhooks/shopify/x/y",
        "/api/other",
        "/api/webhook/x",
    ] {
        scene
            .call(bare(Method::POST, path, &[], Vec::new()))
            .await
            .expect(404);
    }
}
