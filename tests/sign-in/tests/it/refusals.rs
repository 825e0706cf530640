//! What signing up and in refuse.

use http::Method;
use serde_json::json;
use sign_in::{Asked, Scene, claims};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn weak_passwords_are_refused_with_the_reason() {
    let scene = Scene::open().await;
    for (password, reason) in [
        ("short", "length"),
        ("password123", "pwned"),
        ("zzzzzzzzzz", "characters"),
    ] {
        let body = json!({"email": "ada@example.com", "password": password});
        let refused = scene
            .ask(Asked::post("/auth/v1/signup", body))
            .await
            .expect(422);
        assert_eq!(refused["error_code"], "weak_password");
        assert_eq!(refused["weak_password"]["reasons"][0], reason);
    }
    assert_eq!(scene.count("hub.users").await, 0);
}

#[tokio::test]
async fn sign_up_can_be_switched_off() {
    let scene = Scene::with(&[("sign_up", "off")]).await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let refused = scene.ask(Asked::post("/auth/v1/signup", body)).await;
    assert_eq!(refused.expect(422)["error_code"], "signup_disabled");
    let settings = scene.ask(Asked::get("/auth/v1/settings")).await.expect(200);
    assert_eq!(settings["disable_signup"], true);
}

#[tokio::test]
async fn what_is_set_for_nobody_can_not_be_set_by_signing_up() {
    let scene = Scene::open().await;
    let chosen = "00000000-0000-4000-8000-000000000001";
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "id": chosen, "role": "service_role",
        "user_id": chosen, "workspace_id": chosen, "app_metadata": {"role": "admin"}, "data": {"role": "owner"}});
    let session = scene
        .ask(Asked::post("/auth/v1/signup", body))
        .await
        .expect(200);
    assert_ne!(session["user"]["id"], chosen);
    let (_, claims) = claims(&session);
    assert_eq!(claims["role"], "authenticated");
    assert!(claims.get("app_metadata").is_none() && claims.get("user_metadata").is_none());
    assert_eq!(
        session["user"]["app_metadata"],
        json!({"provider": "email", "providers": ["email"]})
    );
    assert_eq!(session["user"]["user_metadata"], json!({"role": "owner"}));
    assert_eq!(scene.count("hub.members").await, 0);
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_clients_terms() {
    let scene = Scene::open().await;
    let token = "/auth/v1/token?grant_type=password";
    for (asked, status, code) in [
        (
            Asked::post("/auth/v1/token", json!({})),
            400,
            "unsupported_grant_type",
        ),
        (
            Asked::post("/auth/v1/token?grant_type=implicit", json!({})),
            400,
            "unsupported_grant_type",
        ),
        (Asked::post(token, json!({})), 400, "validation_failed"),
        (Asked::post(token, json!([])), 400, "validation_failed"),
        (
            Asked::post(token, json!("{\"email\":")),
            400,
            "validation_failed",
        ),
        (
            Asked::post(token, json!("x".repeat(17_000))),
            413,
            "validation_failed",
        ),
        (
            Asked::post(token, json!({"email": "no address", "password": "x"})),
            400,
            "invalid_credentials",
        ),
        (
            Asked::post(token, json!({})).with("content-type", "text/plain"),
            415,
            "validation_failed",
        ),
        (
            Asked::post(
                "/auth/v1/signup",
                json!({"email": "no address", "password": PASSWORD}),
            ),
            400,
            "email_address_invalid",
        ),
        (Asked::get("/auth/v1/user"), 401, "bad_jwt"),
        (Asked::get("/auth/v1/token"), 405, "not_found"),
        (
            Asked::new(Method::DELETE, "/auth/v1/sessions"),
            405,
            "not_found",
        ),
        (Asked::get("/auth/v1/nothing"), 404, "not_found"),
    ] {
        let answer = scene
            .ask(asked.with("x-supabase-api-version", "2024-01-01"))
            .await;
        assert_eq!(answer.header("x-supabase-api-version"), Some("2024-01-01"));
        assert_eq!(answer.expect(status)["code"], code);
    }
}

#[tokio::test]
async fn whoever_was_made_by_hand_is_not_taken_over_by_signing_up() {
    let scene = Scene::open().await;
    scene
        .meanwhile("insert into hub.users (email) values ('olivia@example.com')")
        .await;
    let body = json!({"email": "olivia@example.com", "password": PASSWORD});
    scene
        .ask(Asked::post("/auth/v1/signup", body))
        .await
        .expect(422);
    scene
        .sign_in("olivia@example.com", PASSWORD)
        .await
        .expect(400);
}

#[tokio::test]
async fn an_address_has_one_account() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    let body = json!({"email": "ADA@EXAMPLE.COM", "password": "another password"});
    let again = scene.ask(Asked::post("/auth/v1/signup", body)).await;
    assert_eq!(again.expect(422)["error_code"], "user_already_exists");
    scene
        .sign_in("ada@example.com", "another password")
        .await
        .expect(400);
}
