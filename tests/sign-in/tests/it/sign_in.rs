//! Signing up and in.

use serde_json::{Value, json};
use sign_in::{Asked, PUBLIC_URL, Scene, claims};

const PASSWORD: &str = "correct horse battery";

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
async fn of_more_than_a_hundred_sessions_the_one_that_slept_longest_ends() {
    let scene = Scene::open().await;
    let first = scene.sign_up("ada@example.com", PASSWORD).await;
    scene.meanwhile("insert into hub.sessions (user_id, expires_at, used_at) select id, now() + interval '1 day', now() - n * interval '1 second'
        from hub.users, generate_series(1, 99) n").await;
    scene.meanwhile("update hub.sessions set used_at = now() - interval '1 hour' where used_at = (select max(used_at) from hub.sessions)").await;
    let last = scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
    assert_eq!(
        scene.count("hub.sessions where ended_at is null").await,
        100
    );
    scene.refresh(&first).await.expect(400);
    scene.refresh(&last).await.expect(200);
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
