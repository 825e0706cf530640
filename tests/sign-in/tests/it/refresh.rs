//! Refresh tokens: exchanged once, and what happens when one comes again.

use serde_json::{Value, json};
use sign_in::{Asked, Scene};

const PASSWORD: &str = "correct horse battery";

fn exchange(session: &Value) -> Asked {
    let body = json!({"refresh_token": session["refresh_token"]});
    Asked::post("/auth/v1/token?grant_type=refresh_token", body)
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next() {
    let scene = Scene::open().await;
    let mut session = scene.sign_up("ada@example.com", PASSWORD).await;
    for _ in 0..4 {
        let next = scene.refresh(&session).await.expect(200);
        assert_ne!(next["refresh_token"], session["refresh_token"]);
        scene
            .ask(Asked::get("/auth/v1/user").bearer(&next))
            .await
            .expect(200);
        session = next;
    }
    assert_eq!(scene.count("hub.sessions").await, 1);
    assert_eq!(
        scene
            .count("hub.refresh_tokens where used_at is null")
            .await,
        1
    );
    // Only the last exchange can be repeated: what the others were made from is forgotten.
    assert_eq!(
        scene
            .count("hub.refresh_tokens where salt is not null")
            .await,
        1
    );
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_ten_seconds() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let lost = scene.refresh(&session).await.expect(200);
    let again = scene.refresh(&session).await.expect(200);
    assert_eq!(lost["refresh_token"], again["refresh_token"]);
    assert_eq!(scene.count("hub.refresh_tokens").await, 2);
    scene.refresh(&again).await.expect(200);
}

#[tokio::test]
async fn an_old_token_ends_the_session_and_all_its_tokens() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    scene.join(&session, "viewer").await;
    let next = scene.refresh(&session).await.expect(200);
    scene
        .meanwhile("update hub.refresh_tokens set used_at = used_at - interval '10 seconds'")
        .await;
    let reused = scene.refresh(&session).await.expect(400);
    assert_eq!(reused["error_code"], "refresh_token_already_used");
    let after = scene.refresh(&next).await.expect(400);
    assert_eq!(after["error_code"], "refresh_token_not_found");
    let user = scene
        .ask(Asked::get("/auth/v1/user").bearer(&next))
        .await
        .expect(403);
    assert_eq!(user["error_code"], "session_not_found");
    // The access token is refused by every component from its next request on, ten minutes or not.
    let listed = Asked::get("/stores")
        .bearer(&next)
        .with("x-workspace", "main");
    scene.ask_stores(listed).await.expect(401);
    assert_eq!(
        scene
            .count("hub.auth_events where event = 'refresh_reused'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_token_from_before_the_last_ends_the_session_even_within_ten_seconds() {
    let scene = Scene::open().await;
    let first = scene.sign_up("ada@example.com", PASSWORD).await;
    let second = scene.refresh(&first).await.expect(200);
    let third = scene.refresh(&second).await.expect(200);
    scene.refresh(&first).await.expect(400);
    scene.refresh(&third).await.expect(400);
    assert_eq!(scene.count("hub.sessions where ended_at is null").await, 0);
}

#[tokio::test]
async fn one_stolen_session_does_not_end_the_others() {
    let scene = Scene::open().await;
    let stolen = scene.sign_up("ada@example.com", PASSWORD).await;
    let other = scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
    let next = scene.refresh(&stolen).await.expect(200);
    scene.refresh(&next).await.expect(200);
    scene.refresh(&stolen).await.expect(400);
    scene.refresh(&other).await.expect(200);
}

#[tokio::test]
async fn eight_at_once_get_the_same_successor_and_there_is_one_chain() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let mut hosts = Vec::new();
    for _ in 0..8 {
        hosts.push(scene.another().await);
    }
    // From an address each: the limit of one address would have them wait for each other before the session does.
    let asked = hosts.iter().enumerate().map(|(number, host)| {
        let asked = exchange(&session).from(&format!("198.51.100.{number}"));
        scene.ask_at(host, asked)
    });
    let answers = futures::future::join_all(asked).await;
    let mut tokens: Vec<String> = answers
        .into_iter()
        .map(|answer| {
            answer.expect(200)["refresh_token"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert_eq!(scene.count("hub.refresh_tokens").await, 2);
    assert_eq!(
        scene
            .count("hub.refresh_tokens where used_at is null")
            .await,
        1
    );
}

#[tokio::test]
async fn a_session_ends_after_thirty_idle_days_and_ninety_in_all() {
    let scene = Scene::open().await;
    let idle = scene.sign_up("ada@example.com", PASSWORD).await;
    assert_eq!(
        scene
            .one("select (expires_at - created_at)::text from hub.sessions")
            .await,
        "30 days"
    );
    scene
        .meanwhile("update hub.sessions set expires_at = now() - interval '1 second'")
        .await;
    let expired = scene.refresh(&idle).await.expect(400);
    assert_eq!(expired["error_code"], "session_expired");
    let old = scene.sign_in("ada@example.com", PASSWORD).await.expect(200);
    scene.meanwhile("update hub.sessions set created_at = now() - interval '89 days 23 hours', expires_at = now() + interval '1 day'").await;
    let session = scene.refresh(&old).await.expect(200);
    assert_eq!(
        scene
            .one("select (min(expires_at) <= now() + interval '1 hour')::text from hub.sessions")
            .await,
        "true"
    );
    assert_eq!(session["expires_in"], 600);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_not_found() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    let token = session["refresh_token"].as_str().unwrap();
    let other = match token.ends_with('A') {
        true => "Q",
        false => "A",
    };
    let altered = format!("{}{other}", &token[..token.len() - 1]);
    for text in [
        "",
        "shr_",
        &altered,
        &token[4..],
        &"A".repeat(43),
        "' or 1=1 --",
        session["access_token"].as_str().unwrap(),
    ] {
        let asked = exchange(&json!({"refresh_token": text}));
        assert_eq!(
            scene.ask(asked).await.expect(400)["error_code"],
            "refresh_token_not_found",
            "{text}"
        );
    }
    scene.refresh(&session).await.expect(200);
}
