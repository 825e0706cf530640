//! How often somebody may try.

use catalogue::Answer;
use serde_json::json;
use sign_in::{Asked, Scene};

const PASSWORD: &str = "correct horse battery";

async fn attempt(scene: &Scene, email: &str, password: &str, address: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    scene
        .ask(Asked::post("/auth/v1/token?grant_type=password", body).from(address))
        .await
}

async fn allow(scene: &Scene, class: &str, subject: &str, quantity: u32) {
    let statement = format!(
        "update hub.rate_limits set quantity = {quantity} where class = '{class}' and subject = '{subject}'"
    );
    scene.meanwhile(&statement).await;
}

#[tokio::test]
async fn who_guesses_at_an_account_is_stopped_and_told_when_to_come_back() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    allow(&scene, "sign-in", "account", 3).await;
    for guess in ["guess one", "guess two", "guess three"] {
        attempt(&scene, "ada@example.com", guess, "198.51.100.1")
            .await
            .expect(400);
    }
    // From wherever: it is the account that is guessed at.
    let limited = attempt(&scene, "ada@example.com", PASSWORD, "198.51.100.2").await;
    let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=200).contains(&wait), "{wait}");
    assert_eq!(limited.expect(429)["error_code"], "over_request_rate_limit");
}

#[tokio::test]
async fn guessing_from_elsewhere_does_not_keep_the_owner_out() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    allow(&scene, "sign-in", "account", 2).await;
    for _ in 0..3 {
        attempt(&scene, "ada@example.com", "a guess again", "198.51.100.1").await;
    }
    attempt(&scene, "ada@example.com", PASSWORD, "198.51.100.1")
        .await
        .expect(429);
    // The address that she signed up from has a bucket of its own.
    attempt(&scene, "ada@example.com", PASSWORD, "203.0.113.7")
        .await
        .expect(200);
}

#[tokio::test]
async fn nothing_is_locked_for_good() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    allow(&scene, "sign-in", "account", 2).await;
    for _ in 0..3 {
        attempt(&scene, "ada@example.com", "a guess again", "198.51.100.1").await;
    }
    attempt(&scene, "ada@example.com", PASSWORD, "198.51.100.9")
        .await
        .expect(429);
    scene
        .meanwhile("update hub.rate_buckets set tat = tat - interval '10 minutes'")
        .await;
    attempt(&scene, "ada@example.com", PASSWORD, "198.51.100.9")
        .await
        .expect(200);
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_stopped() {
    let scene = Scene::open().await;
    allow(&scene, "sign-in", "address", 3).await;
    for name in ["a", "b", "c"] {
        attempt(
            &scene,
            &format!("{name}@example.com"),
            PASSWORD,
            "[2001:db8:1:2::1]",
        )
        .await
        .expect(400);
    }
    // The same subscriber, another of their addresses.
    attempt(&scene, "d@example.com", PASSWORD, "[2001:db8:1:2:ffff::9]")
        .await
        .expect(429);
    attempt(&scene, "d@example.com", PASSWORD, "[2001:db8:1:3::1]")
        .await
        .expect(400);
}

#[tokio::test]
async fn ipv4_clients_on_an_ipv6_socket_are_told_apart() {
    let scene = Scene::open().await;
    allow(&scene, "sign-in", "address", 1).await;
    attempt(&scene, "a@example.com", PASSWORD, "[::ffff:198.51.100.1]")
        .await
        .expect(400);
    attempt(&scene, "b@example.com", PASSWORD, "198.51.100.1")
        .await
        .expect(429);
    attempt(&scene, "b@example.com", PASSWORD, "[::ffff:198.51.100.2]")
        .await
        .expect(400);
}

#[tokio::test]
async fn a_refused_attempt_costs_no_hash() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    allow(&scene, "sign-in", "account", 1).await;
    attempt(&scene, "ada@example.com", "a guess again", "198.51.100.1")
        .await
        .expect(400);
    scene.auth.take_statements();
    attempt(&scene, "ada@example.com", PASSWORD, "198.51.100.1")
        .await
        .expect(429);
    assert_eq!(scene.auth.take_statements().len(), 1);
}

#[tokio::test]
async fn sixteen_at_once_get_no_more_than_the_limit() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    allow(&scene, "sign-in", "account", 5).await;
    let mut hosts = Vec::new();
    for _ in 0..16 {
        hosts.push(scene.another().await);
    }
    let asked = hosts.iter().map(|host| {
        let body = json!({"email": "ada@example.com", "password": "a guess again"});
        let asked = Asked::post("/auth/v1/token?grant_type=password", body).from("198.51.100.1");
        scene.ask_at(host, asked)
    });
    let answers = futures::future::join_all(asked).await;
    let tried = answers.iter().filter(|answer| answer.status == 400).count();
    assert_eq!(tried, 5);
}

#[tokio::test]
async fn signing_up_is_limited_by_address() {
    let scene = Scene::open().await;
    allow(&scene, "sign-up", "address", 2).await;
    let attempt = async |name: &str| {
        let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD});
        scene.ask(Asked::post("/auth/v1/signup", body)).await
    };
    attempt("a").await.expect(200);
    attempt("b").await.expect(200);
    attempt("c").await.expect(429);
}

#[tokio::test]
async fn guessing_at_the_current_password_is_limited_as_well() {
    let scene = Scene::open().await;
    let session = scene.sign_up("ada@example.com", PASSWORD).await;
    allow(&scene, "sign-in", "account", 2).await;
    let guess = async || {
        let body = json!({"password": "a new password", "current_password": "a guess again"});
        let mut asked = Asked::post("/auth/v1/user", body);
        asked.set_method(http::Method::PUT);
        scene.ask(asked.bearer(&session)).await
    };
    guess().await.expect(400);
    guess().await.expect(400);
    guess().await.expect(429);
}
