//! Signing up and in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};
use sign_in::{Asked, PUBLIC_URL, Scene};

const PASSWORD: &str = "correct horse battery";

fn claims(session: &Value) -> (Value, Value) {
    let token = session["access_token"].as_str().unwrap();
    let part = |index: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap());
        serde_json::from_slice(&bytes.unwrap()).unwrap()
    };
    (part(0), part(1))
}

#[tokio::test]
async fn signing_up_gives_a_session_that_the_api_takes() {
    let scene = Scene::open().await;
    let session = scene.sign_up("Ada@Example.com", PASSWORD).await;
    assert_eq!(session["user"]["email"], "ada@example.com");
    assert_eq!(
        (&session["token_type"], &session["expires_in"]),
        (&json!("bearer"), &json!(600))
    );
    scene.join(&session, "viewer").await;
    let listed = Asked::get("/stores")
        .bearer(&session)
        .with("x-workspace", "main");
    scene.ask_stores(listed).await.expect(200);
}

#[tokio::test]
async fn an_access_token_says_who_and_for_how_long() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let (header, claims) = claims(&session);
    let jwks = scene
        .ask(Asked::get("/auth/v1/.well-known/jwks.json"))
        .await
        .expect(200);
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["kid"], jwks["keys"][0]["kid"]);
    assert!(jwks["keys"][0].get("d").is_none(), "{jwks}");
    assert_eq!(claims["iss"], format!("{PUBLIC_URL}/auth/v1"));
    assert_eq!(claims["aud"], "authenticated");
    assert_eq!(claims["sub"], session["user"]["id"]);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        600
    );
    assert_eq!(claims["exp"], session["expires_at"]);
    assert_eq!(claims["amr"][0]["method"], "password");
}

#[tokio::test]
async fn an_access_token_ends_after_ten_minutes() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let user = || Asked::get("/auth/v1/user").bearer(&session);
    scene.auth.ahead_ms.set(620_000);
    scene.ask(user()).await.expect(200);
    scene.auth.ahead_ms.set(631_000);
    scene.ask(user()).await.expect(401);
}

#[tokio::test]
async fn a_password_opens_a_new_session_each_time() {
    let scene = Scene::open().await;
    let first = scene.sign_up("ada@example.com", PASSWORD).await;
    let second = scene
        .sign_in("ADA@example.com ", PASSWORD)
        .await
        .expect(200);
    assert_eq!(first["user"]["id"], second["user"]["id"]);
    assert_ne!(
        claims(&first).1["session_id"],
        claims(&second).1["session_id"]
    );
    assert_eq!(scene.count("hub.sessions where ended_at is null").await, 2);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    scene.auth.take_statements();
    let wrong = scene
        .sign_in("ada@example.com", "correct horse batterx")
        .await;
    let for_wrong = scene.auth.take_statements();
    let unknown = scene.sign_in("bob@example.com", PASSWORD).await;
    let for_unknown = scene.auth.take_statements();
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.expect(400)["error_code"], "invalid_credentials");
    unknown.expect(400);
    // The same work, too.
    assert_eq!(for_wrong, for_unknown);
    assert_eq!(
        scene
            .count("hub.auth_events where event = 'sign_in_failed'")
            .await,
        2
    );
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
async fn people_of_an_identity_provider_have_no_password_here() {
    let scene = Scene::open().await;
    scene.meanwhile("insert into hub.users (email, issuer, subject) values ('ada@example.com', 'https://idp.example', 'x')").await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let foreign = scene
        .one("select id::text from hub.users where issuer is not null")
        .await;
    assert_ne!(session["user"]["id"], foreign);
}

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
async fn a_hash_of_other_parameters_is_replaced_when_its_owner_signs_in() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    // m=8192,t=1 of the same password, as an earlier version may have made it.
    let params = argon2::Params::new(8192, 1, 1, None).unwrap();
    let weak = argon2::Argon2::from(params);
    let hash =
        argon2::PasswordHasher::hash_password_with_salt(&weak, PASSWORD.as_bytes(), &[3; 16]);
    let statement = format!(
        "update hub.accounts set password_hash = '{}'",
        hash.unwrap()
    );
    scene.meanwhile(&statement).await;
    scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
    let now = scene.one("select password_hash from hub.accounts").await;
    assert!(now.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{now}");
    scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
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
async fn nothing_secret_is_written_down() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    scene
        .sign_in("ada@example.com", "the wrong password")
        .await
        .expect(400);
    let next = scene.refresh(&session).await.expect(200);
    let mut written = scene.auth.log_text();
    for table in [
        "accounts",
        "refresh_tokens",
        "sessions",
        "auth_events",
        "audit_logs",
        "rate_buckets",
        "users",
    ] {
        written += &scene
            .one(&format!(
                "select coalesce(json_agg(t), '[]')::text from hub.{table} t"
            ))
            .await;
    }
    assert!(written.contains("ada@example.com") && written.contains("$argon2id$"));
    let token = |session: &Value| session["refresh_token"].as_str().unwrap()[4..].to_owned();
    for secret in [
        PASSWORD,
        "the wrong password",
        &token(&session),
        &token(&next),
    ] {
        assert!(!written.contains(secret), "{secret}");
    }
}
