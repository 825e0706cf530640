//! What somebody who is signed in does with their account.

use http::Method;
use serde_json::{Value, json};
use sign_in::{Asked, Scene};

const PASSWORD: &str = "correct horse battery";

fn put(session: &Value, body: Value) -> Asked {
    let mut asked = Asked::post("/auth/v1/user", body);
    asked.set_method(Method::PUT);
    asked.bearer(session)
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let scene = Scene::open().await;
    let other = scene.sign_up("ada@example.com", PASSWORD).await;
    let session = scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
    let user = scene
        .ask(put(&session, json!({"password": "a new password"})))
        .await
        .expect(200);
    assert_eq!(user["email"], "ada@example.com");
    scene.refresh(&other).await.expect(400);
    scene.refresh(&session).await.expect(200);
    scene.sign_in("ada@example.com", PASSWORD).await.expect(400);
    scene
        .sign_in("ada@example.com", "a new password")
        .await
        .expect(200);
}

#[tokio::test]
async fn an_old_session_needs_the_current_password_to_set_another() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    scene
        .meanwhile("update hub.sessions set created_at = now() - interval '25 hours'")
        .await;
    let refused = scene
        .ask(put(&session, json!({"password": "a new password"})))
        .await
        .expect(400);
    assert_eq!(refused["error_code"], "reauthentication_needed");
    let wrong = json!({"password": "a new password", "current_password": "not this one"});
    assert_eq!(
        scene.ask(put(&session, wrong)).await.expect(400)["error_code"],
        "invalid_credentials"
    );
    let right = json!({"password": "a new password", "current_password": PASSWORD});
    scene.ask(put(&session, right)).await.expect(200);
}

#[tokio::test]
async fn the_same_or_a_weak_password_is_refused() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    for (password, code) in [
        (PASSWORD, "same_password"),
        ("short", "weak_password"),
        ("ada@example.com", "weak_password"),
    ] {
        let refused = scene
            .ask(put(&session, json!({"password": password})))
            .await
            .expect(422);
        assert_eq!(refused["error_code"], code);
    }
}

#[tokio::test]
async fn an_account_says_what_it_likes_of_itself_within_bounds() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    scene
        .ask(put(
            &session,
            json!({"data": {"name": "Ada", "theme": "dark"}}),
        ))
        .await
        .expect(200);
    let user = scene
        .ask(put(&session, json!({"data": {"theme": null}})))
        .await
        .expect(200);
    assert_eq!(user["user_metadata"], json!({"name": "Ada"}));
    scene
        .ask(put(&session, json!({"data": {"x": "y".repeat(4096)}})))
        .await
        .expect(400);
    for part in ["a", "b"] {
        scene
            .ask(put(&session, json!({"data": {part: "y".repeat(3500)}})))
            .await
            .expect(200);
    }
    scene
        .ask(put(&session, json!({"data": {"c": "y".repeat(3500)}})))
        .await
        .expect(400);
    scene
        .ask(put(&session, json!({"email": "eve@example.com"})))
        .await
        .expect(400);
}

#[tokio::test]
async fn signing_out_ends_this_session_the_others_or_all() {
    for (scope, own, other) in [
        ("local", 403, 200),
        ("others", 200, 403),
        ("global", 403, 403),
    ] {
        let scene = Scene::open().await;
        let first = scene.sign_up("ada@example.com", PASSWORD).await;
        let second = scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
        let stranger = scene.sign_up("bob@example.com", PASSWORD).await;
        let path = format!("/auth/v1/logout?scope={scope}");
        scene
            .ask(Asked::post(&path, Value::Null).bearer(&first))
            .await
            .expect(204);
        for (session, status) in [(&first, own), (&second, other), (&stranger, 200)] {
            scene
                .ask(Asked::get("/auth/v1/user").bearer(session))
                .await
                .expect(status);
        }
    }
}

#[tokio::test]
async fn signing_out_ends_the_refresh_token_and_the_access_token_at_once() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    scene.join(&session, "owner").await;
    let listed = || {
        Asked::get("/stores")
            .bearer(&session)
            .with("x-workspace", "main")
    };
    scene.ask_stores(listed()).await.expect(200);
    scene
        .ask(Asked::post("/auth/v1/logout", Value::Null).bearer(&session))
        .await
        .expect(204);
    scene.ask_stores(listed()).await.expect(401);
    scene.refresh(&session).await.expect(400);
    scene
        .ask(Asked::post("/auth/v1/logout", Value::Null).bearer(&session))
        .await
        .expect(403);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let scene = Scene::open().await;
    let first = scene.sign_up("ada@example.com", PASSWORD).await;
    let second = scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
    let eve = scene.sign_up("eve@example.com", PASSWORD).await;
    let listed = scene
        .ask(Asked::get("/auth/v1/sessions").bearer(&second))
        .await
        .expect(200);
    assert_eq!(listed["count"], 2);
    let others: Vec<&Value> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["current"] == false)
        .collect();
    assert_eq!(
        (
            others.len(),
            &others[0]["ip_address"],
            &others[0]["user_agent"]
        ),
        (1, &json!("203.0.113.7"), &json!("a test"))
    );
    let path = format!("/auth/v1/sessions/{}", others[0]["id"].as_str().unwrap());
    scene
        .ask(Asked::new(Method::DELETE, &path).bearer(&eve))
        .await
        .expect(404);
    scene
        .ask(Asked::new(Method::DELETE, &path).bearer(&second))
        .await
        .expect(204);
    scene
        .ask(Asked::new(Method::DELETE, &path).bearer(&second))
        .await
        .expect(404);
    scene
        .ask(Asked::get("/auth/v1/user").bearer(&first))
        .await
        .expect(403);
    scene
        .ask(Asked::get("/auth/v1/user").bearer(&second))
        .await
        .expect(200);
    scene
        .ask(Asked::new(Method::DELETE, "/auth/v1/sessions/x").bearer(&second))
        .await
        .expect(404);
}

#[tokio::test]
async fn what_happened_to_an_account_is_told_to_its_owner() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    scene
        .sign_in("ada@example.com", "the wrong password")
        .await
        .expect(400);
    scene.sign_up("eve@example.com", PASSWORD).await;
    scene
        .ask(put(&session, json!({"password": "a new password"})))
        .await
        .expect(200);
    let events = scene
        .ask(Asked::get("/auth/v1/events").bearer(&session))
        .await
        .expect(200);
    let told: Vec<&str> = events["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["password_changed", "sign_in_failed", "signed_up"]);
    assert_eq!(events["data"][1]["ip_address"], "203.0.113.7");
}

#[tokio::test]
async fn a_token_without_a_session_is_no_sign_in() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let claims = common::token::Claims {
        sub: session["user"]["id"].as_str().unwrap().parse().unwrap(),
        workspace: None,
        exp: 4_000_000_000,
        nbf: None,
        iat: None,
    };
    let token =
        common::token::sign(&claims, catalogue::settings().text("jwt_secret").unwrap()).unwrap();
    let asked = put(
        &json!({"access_token": token}),
        json!({"password": "a new password"}),
    );
    assert_eq!(
        scene.ask(asked).await.expect(401)["error_code"],
        "no_authorization"
    );
}
