//! Secrets go in and don't come out: not into answers, logs, audit rows, jobs, stored requests or anything else that the
//! database keeps.

use crate::key_rotation::{NEW, OLD, hub_with, rotated};
use crate::scenario::{id, store_on};
use cluster::TestDatabase;
use e2e::{Answer, App, Caller};
use hub::token::Role;
use intake::Signed;
use reqwest::Method;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TOKEN: &str = "shpat_canary_5f1e0c77";
const LATER: &str = "shpat_canary_later_11aa";
const APP_SECRET: &str = "canary-app-secret-9b2d";

/// Everything that must not come out.
struct Canaries(Vec<String>);

impl Canaries {
    /// The canary in `text`, plain or as the hexadecimal that a dump shows bytes in.
    fn found_in(&self, text: &str) -> Option<&str> {
        let found = |canary: &&String| {
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            text.contains(canary.as_str()) || text.contains(&hex)
        };
        self.0.iter().find(found).map(String::as_str)
    }

    #[track_caller]
    fn none_in(&self, what: &str, text: &str) {
        if let Some(canary) = self.found_in(text) {
            let at = text.find(canary).unwrap_or(0);
            let around = &text.get(at.saturating_sub(200)..).unwrap_or(text);
            let around: String = around.chars().take(400).collect();
            panic!("{what} holds {canary}: {around}");
        }
    }

    #[track_caller]
    fn none_in_answer(&self, answer: Answer, wanted: u16) -> Value {
        let headers = format!("{:?}", answer.headers);
        let body = answer.expect(wanted);
        self.none_in("an answer", &format!("{headers} {body}"));
        body
    }
}

/// A channel that repeats in its refusal whatever it was sent, first as an error of its API, then as a refused token.
async fn echoing() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for status in ["200 OK", "401 Unauthorized"].into_iter().cycle() {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = vec![0; 65536];
            let length = stream.read(&mut heard).await.unwrap();
            let heard = String::from_utf8_lossy(&heard[..length]);
            let said = format!("I was told {heard}");
            let body = match status {
                "200 OK" => json!({"errors": [{"message": said}]}),
                _ => json!({ "errors": said }),
            };
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

/// All rows of all tables, as text.
async fn dump(app: &App) -> Vec<(String, String)> {
    let admin = app.admin().await;
    let tables = "select tablename::text from pg_tables where schemaname = 'hub'";
    let mut rows = Vec::new();
    for table in admin.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let all = format!("select coalesce(string_agg(t::text, E'\\n'), '') from hub.{table} t");
        rows.push((table, admin.query_one(&all, &[]).await.unwrap().get(0)));
    }
    rows
}

async fn post(app: &App, path: &str, signed: &Signed) -> Answer {
    let mut sender = app.bearer("none").without("authorization");
    for (name, value) in &signed.headers {
        sender = sender.with(name, value);
    }
    let body = Some(signed.body.clone().into());
    sender.send(Method::POST, path, body).await
}

/// Connects and changes a store, rightly, twice and wrongly.
async fn stores(canaries: &Canaries, owner: &Caller, sandbox: &Sandbox) -> Value {
    let mut wanted = store_on(sandbox, "Canary shop");
    wanted["credentials"] =
        json!({"access_token": TOKEN, "client_id": "known", "client_secret": APP_SECRET});
    let once = owner.clone().with("idempotency-key", "connect-1");
    let store = canaries.none_in_answer(once.post("/stores", &wanted).await, 201);
    canaries.none_in_answer(once.post("/stores", &wanted).await, 201);
    canaries.none_in_answer(owner.post("/stores", &wanted).await, 409);
    for credentials in [
        json!(TOKEN),
        json!([TOKEN]),
        json!({"access_token": [TOKEN]}),
        json!({"access_token": TOKEN, "nonsense": APP_SECRET}),
        json!({"access_token": TOKEN.repeat(400)}),
    ] {
        wanted["credentials"] = credentials.clone();
        canaries.none_in_answer(owner.post("/stores", &wanted).await, 400);
        let path = format!("/stores/{}", id(&store));
        let changes = json!({ "credentials": credentials });
        canaries.none_in_answer(owner.patch(&path, &changes).await, 400);
    }
    let cut = format!(r#"{{"platform": "shopify", "credentials": {{"access_token": "{TOKEN}"#);
    let json = owner.clone().with("content-type", "application/json");
    let broken = json.send(Method::POST, "/stores", Some(cut.into())).await;
    canaries.none_in_answer(broken, 400);
    let path = format!("/stores/{}", id(&store));
    let changes = json!({"credentials": {"access_token": LATER, "client_id": "known", "client_secret": APP_SECRET}});
    let stale = owner.clone().with("if-match", "\"77\"");
    canaries.none_in_answer(stale.patch(&path, &changes).await, 412);
    let once = owner.clone().with("idempotency-key", "change-1");
    canaries.none_in_answer(once.patch(&path, &changes).await, 200);
    canaries.none_in_answer(once.patch(&path, &changes).await, 200);
    store
}

/// Makes a key twice under one idempotency key, and another secret for it; both secrets are shown once.
async fn webhook_keys(owner: &Caller) -> Vec<String> {
    let once = owner.clone().with("idempotency-key", "key-1");
    let wanted = json!({"name": "PMS"});
    let made = once.post("/webhook-keys", &wanted).await.expect(201);
    let again = once.post("/webhook-keys", &wanted).await.expect(201);
    assert_eq!(
        (&again["id"], &again["secret"]),
        (&made["id"], &Value::Null)
    );
    let path = format!("/webhook-keys/{}/rotate", id(&made));
    let other = owner.post(&path, &json!({})).await.expect(200);
    [&made, &other]
        .map(|key| key["secret"].as_str().unwrap().to_owned())
        .into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_found_nowhere_after_all_that_can_happen_to_it() {
    let database = TestDatabase::new().await.unwrap();
    let sandbox = Sandbox::start(None).await.unwrap();
    let app = hub_with(&database, OLD).await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let mut canaries = Canaries([TOKEN, LATER, APP_SECRET].map(str::to_owned).into());
    let store = stores(&canaries, &owner, &sandbox).await;
    canaries.0.extend(webhook_keys(&owner).await);

    // Asked to be let in: the state is the shop owner's alone.
    let connect = format!("/stores/{}/connect", id(&store));
    let asked = owner.post(&connect, &json!({})).await.expect(200);
    let address = asked["authorisation_url"].as_str().unwrap();
    let state = address
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("state="));
    canaries.0.push(state.unwrap().to_owned());

    // Notified, with the secret in a header and with a wrong signature.
    let path = format!("/webhooks/shopify/{}", id(&store));
    let good =
        Signed::shopify(APP_SECRET, "d1", r#"{"told":"a-known-body"}"#).with("x-note", APP_SECRET);
    post(&app, &path, &good).await.expect(200);
    let wrong = Signed::shopify(TOKEN, "d2", "{}").with("x-note", APP_SECRET);
    canaries.none_in_answer(post(&app, &path, &wrong).await, 401);

    // Refused by a channel that repeats the token, in its error and as the reason for the store's end.
    let heard = json!({"config": {"base_url": format!("http://{}", echoing().await)}});
    owner
        .patch(&format!("/stores/{}", id(&store)), &heard)
        .await
        .expect(200);
    let mut errors = String::new();
    for _ in 0..3 {
        let check = json!({"type": "authenticate", "store_id": store["id"]});
        let job = owner.post("/jobs", &check).await.expect(201);
        app.tick("job-worker").await;
        let job = owner.get(&format!("/jobs/{}", id(&job))).await;
        errors += &canaries.none_in_answer(job, 200).to_string();
    }
    assert!(
        errors.contains("I was told") && errors.contains("[redacted]"),
        "{errors}"
    );

    // Wrapped anew, then without any key that opens it.
    let between = hub_with(&database, &format!("{NEW},{OLD}")).await;
    between.tick("key-rotation").await;
    assert!(rotated(&between)["rewrapped"].as_u64().unwrap() >= 4);
    let without = hub_with(&database, OLD).await;
    without.tick("key-rotation").await;
    without.tick("job-worker").await;
    without.tick("job-maintenance").await;

    let rows = dump(&app).await;
    let all: String = rows.iter().map(|(_, text)| text.as_str()).collect();
    let known = Canaries(vec!["a-known-body".to_owned()]);
    assert!(
        known.found_in(&all).is_some(),
        "the search finds what is there"
    );
    assert!(all.contains("I was told") && all.contains("Canary shop"));
    for (table, text) in &rows {
        canaries.none_in(&format!("the table {table}"), text);
    }
    for app in [&app, &between, &without] {
        assert!(!app.logs().is_empty());
        for (component, line) in app.logs() {
            canaries.none_in(&format!("the log of {component}"), &line);
        }
    }
}
