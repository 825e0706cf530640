//! Cookie mode, and what other sites can make a browser send.

use catalogue::Answer;
use http::Method;
use serde_json::{Value, json};
use sign_in::{Asked, PUBLIC_URL, Scene, cookies};

const PASSWORD: &str = "correct horse battery";
const SIGN_IN: &str = "/auth/v1/token?grant_type=password&cookie=true";
const REFRESH: &str = "/auth/v1/token?grant_type=refresh_token&cookie=true";

/// What a browser sends back after `answer`.
fn jar(answer: &Answer) -> String {
    let pairs: Vec<String> = cookies(answer)
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}

fn credentials() -> Value {
    json!({"email": "ada@example.com", "password": PASSWORD})
}

async fn signed_in(scene: &Scene) -> Answer {
    scene
        .ask(Asked::post(SIGN_IN, credentials()).with("origin", PUBLIC_URL))
        .await
}

#[tokio::test]
async fn cookies_carry_the_tokens_and_the_body_has_none() {
    let scene = Scene::open().await;
    let member = scene.sign_up("ada@example.com", PASSWORD).await;
    scene.join(&member, "viewer").await;
    let answer = signed_in(&scene).await;
    let names: Vec<String> = cookies(&answer).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["__Host-hub-access", "__Host-hub-refresh"]);
    let kept = jar(&answer);
    let body = answer.expect(200);
    assert_eq!(body["user"]["email"], "ada@example.com");
    assert!(body.get("access_token").is_none() && body.get("refresh_token").is_none());
    let listed = Asked::get("/stores")
        .with("cookie", &kept)
        .with("x-workspace", "main");
    scene.ask_stores(listed).await.expect(200);
    scene
        .ask(Asked::get("/auth/v1/user").with("cookie", &kept))
        .await
        .expect(200);
}

#[tokio::test]
async fn refreshing_and_signing_out_need_the_cookies_alone() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    let first = jar(&signed_in(&scene).await);
    let asked = Asked::new(Method::POST, REFRESH)
        .with("cookie", &first)
        .with("origin", PUBLIC_URL);
    let answer = scene.ask(asked).await;
    let second = jar(&answer);
    assert_ne!(first, second);
    answer.expect(200);
    // The access token has lapsed and its cookie with it: the other one still signs out.
    let (_, refresh) = second.split_once("; ").unwrap();
    let asked = Asked::new(Method::POST, "/auth/v1/logout?scope=local")
        .with("cookie", refresh)
        .with("sec-fetch-site", "same-origin");
    let out = scene.ask(asked).await;
    assert_eq!(
        cookies(&out)
            .iter()
            .filter(|(_, value)| value.is_empty())
            .count(),
        2
    );
    assert_eq!(
        out.header("set-cookie")
            .unwrap()
            .matches("Max-Age=0")
            .count(),
        1
    );
    out.expect(204);
    let asked = Asked::new(Method::POST, REFRESH)
        .with("cookie", &second)
        .with("origin", PUBLIC_URL);
    let refused = scene.ask(asked).await;
    assert_eq!(
        cookies(&refused).len(),
        2,
        "a browser forgets what is good for nothing"
    );
    refused.expect(400);
}

#[tokio::test]
async fn an_unsafe_method_by_cookie_must_come_from_an_own_page() {
    let scene = Scene::open().await;
    let member = scene.sign_up("ada@example.com", PASSWORD).await;
    scene.join(&member, "owner").await;
    let kept = jar(&signed_in(&scene).await);
    let store = json!({"platform": "nowhere", "name": "x", "credentials": {}});
    let asked = || {
        Asked::post("/stores", store.clone())
            .with("cookie", &kept)
            .with("x-workspace", "main")
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://hub.example"),
        ("origin", "https://hub.example.evil.example"),
        ("origin", "https://hub.example:8443"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("referer", "https://hub.example/page"),
    ] {
        let refused = scene.ask_stores(asked().with(name, value)).await;
        assert_eq!(
            refused.expect(403)["error"]["code"],
            "FORBIDDEN",
            "{name}: {value}"
        );
    }
    // An origin that is named decides, whatever else is said.
    let both = asked()
        .with("origin", "https://evil.example")
        .with("sec-fetch-site", "same-origin");
    scene.ask_stores(both).await.expect(403);
    for (name, value) in [
        ("origin", PUBLIC_URL),
        ("origin", "https://app.example"),
        ("sec-fetch-site", "same-origin"),
    ] {
        // Past the guard: the store itself is what is wrong.
        scene
            .ask_stores(asked().with(name, value))
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn no_other_site_signs_a_visitor_in_on_or_out() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    let kept = jar(&signed_in(&scene).await);
    let sessions = scene.count("hub.sessions where ended_at is null").await;
    for path in [
        SIGN_IN,
        REFRESH,
        "/auth/v1/signup?cookie=true",
        "/auth/v1/logout",
    ] {
        for origin in ["https://evil.example", "null", ""] {
            let asked = Asked::post(path, credentials()).with("cookie", &kept);
            let asked = if origin.is_empty() {
                asked
            } else {
                asked.with("origin", origin)
            };
            let refused = scene.ask(asked).await;
            assert!(refused.header("set-cookie").is_none(), "{path} {origin}");
            refused.expect(403);
        }
    }
    assert_eq!(
        scene.count("hub.sessions where ended_at is null").await,
        sessions
    );
}

#[tokio::test]
async fn signing_in_ignores_the_session_that_a_browser_brought_along() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    let planted = jar(&signed_in(&scene).await);
    let asked = Asked::post(SIGN_IN, credentials())
        .with("cookie", &planted)
        .with("origin", PUBLIC_URL);
    let fresh = scene.ask(asked).await;
    for (_, value) in cookies(&fresh) {
        assert!(!planted.contains(&value));
    }
    fresh.expect(200);
    assert_eq!(scene.count("hub.sessions").await, 3);
}

#[tokio::test]
async fn a_cookie_that_comes_twice_or_beside_a_token_is_refused() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let kept = jar(&signed_in(&scene).await);
    let user = || Asked::get("/auth/v1/user");
    scene
        .ask(user().with("cookie", &format!("theme=dark; {kept}; x")))
        .await
        .expect(200);
    for cookie in [
        format!("{kept}; __Host-hub-access=x"),
        format!("__Host-hub-access=x; {kept}"),
        "__Host-hub-access=".to_owned(),
        "__Host-hub-access=\"x\"".to_owned(),
        format!("__Host-hub-access={}", "a".repeat(5000)),
        "__Host-hub-access=a b".to_owned(),
        kept.replace("__Host-hub-access", "__host-hub-access"),
        kept.replace("__Host-hub-access", "hub-access"),
        kept.replace("__Host-hub-access=", "__Host-hub-access ="),
    ] {
        scene.ask(user().with("cookie", &cookie)).await.expect(401);
    }
    scene
        .ask(user().with("cookie", &kept).bearer(&session))
        .await
        .expect(401);
}
