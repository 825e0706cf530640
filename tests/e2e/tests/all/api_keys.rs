//! Machines with keys, from outside: what the documentation says is what works, also for other people's code.

use crate::node;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cluster::{AppUrls, TestDatabase};
use e2e::{Answer, App, Setup, root};
use hub::token::Role;
use keys::{Draft, Key, Signing};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;

/// A library that knows nothing of ours, as published.
const INDEPENDENT: &str = "http-message-signatures@1.0.6";

async fn key(app: &App, kind: &str, scopes: &[&str]) -> Key {
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let body = json!({"name": "A machine", "kind": kind, "scopes": scopes});
    Key::of(&owner.post("/api-keys", &body).await.expect(201))
}

/// Sends what was signed, as it was signed.
async fn send(app: &App, draft: &Draft, method: Method, path: &str, body: &'static str) -> Answer {
    let signed = draft.signed();
    let mut caller = app.bearer("").without("authorization");
    for (name, value) in &signed.headers {
        if name != "content-length" {
            caller = caller.with(name.as_str(), value.to_str().unwrap());
        }
    }
    let body = (!body.is_empty()).then(|| body.into());
    caller.send(method, path, body).await
}

/// What a program wrote, as JSON; nothing when the program is not installed, which is said.
async fn answer_of(mut command: Command) -> Option<Value> {
    let ran = tokio::task::spawn_blocking(move || command.output());
    let Ok(output) = ran.await.unwrap() else {
        node::skip("a program of the signer is absent");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}\n{complaints}")))
}

fn signer(file: &str) -> String {
    let path = root().join("tests/e2e/signers").join(file);
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bearer_key_calls_within_its_scopes_until_it_is_revoked() {
    let app = App::start().await;
    let key = key(&app, "bearer", &["read", "jobs"]).await;
    let machine = app.bearer(&key.secret);
    let job = machine
        .post("/jobs", &json!({"type": "noop"}))
        .await
        .expect(201);
    assert_eq!(
        machine.get("/jobs").await.expect(200)["data"][0]["id"],
        job["id"]
    );
    let product = json!({"sku": "A", "title": "A"});
    machine
        .post("/products", &product)
        .await
        .expect_error(403, "FORBIDDEN");
    machine
        .get("/api-keys")
        .await
        .expect_error(403, "FORBIDDEN");
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let path = format!("/api-keys/{}", key.id);
    assert!(!owner.get(&path).await.expect(200)["last_used_at"].is_null());
    assert_eq!(owner.delete(&path).await.status, 204);
    machine.get("/jobs").await.expect_error(401, "UNAUTHORIZED");
    let logs = app.logs();
    assert!(logs.iter().all(|(_, line)| !line.contains(&key.secret)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_is_served_once_also_after_a_restart() {
    let database = TestDatabase::new().await.unwrap();
    let masters = format!("one:{}", STANDARD.encode([1; 32]));
    let start = async || {
        let urls = AppUrls {
            app: database.app_url.clone(),
            worker: database.worker_url.clone(),
            auth: database.auth_url.clone(),
        };
        let setup = Setup::default().database(&database.admin_url, urls);
        setup.variable("signing_keys", &masters).start().await
    };
    let app = start().await;
    let key = key(&app, "signing", &["read", "jobs"]).await;
    let signing = Signing::new(&key);
    let body = "{\"type\":\"noop\"}";
    let job = signing.draft(Method::POST, "/jobs", Bytes::from(body));
    send(&app, &job, Method::POST, "/jobs", body)
        .await
        .expect(201);
    send(&app, &job, Method::POST, "/jobs", body)
        .await
        .expect_error(401, "UNAUTHORIZED");
    drop(app);
    let app = start().await;
    send(&app, &job, Method::POST, "/jobs", body)
        .await
        .expect_error(401, "UNAUTHORIZED");

    let fresh = || signing.draft(Method::POST, "/jobs", Bytes::from(body));
    send(&app, &fresh(), Method::POST, "/jobs", body)
        .await
        .expect(201);
    let altered = "{\"type\":\"n0op\"}";
    send(&app, &fresh(), Method::POST, "/jobs", altered)
        .await
        .expect_error(400, "VALIDATION_ERROR");
    send(&app, &fresh(), Method::POST, "/jobs?x=1", body)
        .await
        .expect_error(401, "UNAUTHORIZED");
    send(&app, &fresh(), Method::PATCH, "/jobs", body)
        .await
        .expect(405);
    let head = signing.draft(Method::HEAD, "/jobs", Bytes::new());
    assert_eq!(
        send(&app, &head, Method::GET, "/jobs", "").await.status,
        401
    );
    assert_eq!(
        send(&app, &head, Method::HEAD, "/jobs", "").await.status,
        200
    );
    let list = signing.draft(Method::GET, "/jobs?select=id&limit=5", Bytes::new());
    let list = send(&app, &list, Method::GET, "/jobs?select=id&limit=5", "")
        .await
        .expect(200);
    assert_eq!(list["count"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_signers_and_an_independent_one_are_understood() {
    let app = App::start().await;
    let key = key(&app, "signing", &["read", "jobs"]).await;
    let url = app.host.url();
    let env = [
        ("keyid", key.keyid.as_str()),
        ("secret", key.secret.as_str()),
        ("url", url.as_str()),
    ];
    let mut made = 0;
    let mut check = |posted: Option<Value>, listed: Option<Value>| {
        let (Some(posted), Some(listed)) = (posted, listed) else {
            return;
        };
        made += 1;
        assert_eq!(posted["status"], "pending", "{posted:#}");
        assert_eq!(listed["data"][0]["id"], posted["id"], "{listed:#}");
        assert_eq!(listed["count"], made);
    };
    let shell = |arguments: &[&str]| {
        let mut command = Command::new("bash");
        command.arg(signer("sign.sh")).args(arguments).envs(env);
        command
    };
    let posted = answer_of(shell(&[
        "POST",
        &format!("{url}/jobs"),
        "{\"type\": \"noop\"}",
    ]))
    .await;
    let listed = answer_of(shell(&["GET", &format!("{url}/jobs?limit=1&type=eq.noop")])).await;
    check(posted, listed);

    let node = |import: &str, call: &str, home: &std::path::Path| {
        let script = format!(
            "{import}
            const {{ keyid, secret, url }} = process.env;
            console.log(await (await {call}).text());"
        );
        let mut command = Command::new("node");
        command
            .args(["--input-type=module", "-e", &script])
            .envs(env)
            .current_dir(home);
        command
    };
    let import = format!("import {{ signedFetch }} from {:?};", signer("sign.mjs"));
    let post = "signedFetch(`${url}/jobs`, { keyid, secret }, { method: 'POST', body: '{\"type\": \"noop\"}' })";
    let get = "signedFetch(`${url}/jobs?limit=1`, { keyid, secret })";
    let posted = answer_of(node(&import, post, &root())).await;
    let listed = answer_of(node(&import, get, &root())).await;
    check(posted, listed);

    let Some(home) = node::installed(&[INDEPENDENT]) else {
        return;
    };
    let import = include_str!("../../signers/independent.mjs");
    let posted = answer_of(node(
        import,
        "call('POST', '/jobs', '{\"type\": \"noop\"}')",
        &home,
    ))
    .await;
    let listed = answer_of(node(import, "call('GET', '/jobs?limit=1')", &home)).await;
    check(posted, listed);
}

#[test]
fn the_readme_shows_the_signers_that_are_tested() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    if !readme.contains("Signature-Input") {
        node::skip("the README says nothing of signatures yet");
        return;
    }
    for file in ["sign.sh", "sign.mjs"] {
        let text = std::fs::read_to_string(signer(file)).unwrap();
        assert!(
            readme.contains(text.trim()),
            "README.md shows another {file}"
        );
    }
}
