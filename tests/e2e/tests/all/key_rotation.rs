//! Replacing a key-encryption key while the app runs, and taking the old one away.

use crate::scenario::{id, store_on};
use cluster::{AppUrls, TestDatabase};
use e2e::{App, Caller, Setup};
use hub::token::Role;
use intake::Signed;
use reqwest::Method;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const OLD: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// A hub on `database` whose `credentials_keys` are `ring`.
async fn hub_with(database: &TestDatabase, ring: &str) -> App {
    let urls = AppUrls {
        app: database.app_url.clone(),
        worker: database.worker_url.clone(),
        auth: database.auth_url.clone(),
    };
    Setup::default()
        .database(&database.admin_url, urls)
        .variable("credentials_keys", ring)
        .start()
        .await
}

/// What `key-rotation` logged last.
fn rotated(app: &App) -> Value {
    let logs = app.logs();
    let lines = logs
        .iter()
        .filter(|(component, _)| component == "key-rotation");
    let mut lines = lines.filter_map(|(_, line)| serde_json::from_str::<Value>(line).ok());
    let last = lines.rfind(|line| line["event"] == "key-rotation");
    last.map_or(Value::Null, |line| line["done"].clone())
}

async fn owner_of(app: &App) -> Caller {
    app.member("owner@shop.example", "shop", Role::Owner).await
}

/// Whether an event that is signed with `secret` is taken.
async fn is_taken(app: &App, key: &Value, secret: &str, nonce: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let body = json!({"id": nonce, "type": "product.noted", "data": {}}).to_string();
    let seconds = i64::try_from(now.as_secs()).unwrap();
    let signed = Signed::pms(id(key), secret, seconds, nonce, &body);
    let mut sender = app.bearer("none").without("authorization");
    for (name, value) in &signed.headers {
        sender = sender.with(name, value);
    }
    let body = Some(signed.body.clone().into());
    let answer = sender.send(Method::POST, "/api/webhook", body).await;
    answer.status.is_success()
}

/// Whether the store's channel lets us in with what is stored.
async fn works(app: &App, store: &Value) -> bool {
    let owner = owner_of(app).await;
    let check = json!({"type": "authenticate", "store_id": store["id"]});
    let job = owner.post("/jobs", &check).await.expect(201);
    app.tick("job-worker").await;
    let job = owner.get(&format!("/jobs/{}", id(&job))).await.expect(200);
    job["status"] == "completed"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_replaced_while_the_app_runs_and_the_old_one_taken_away() {
    let database = TestDatabase::new().await.unwrap();
    let sandbox = Sandbox::start(None).await.unwrap();
    let before = hub_with(&database, OLD).await;
    let owner = owner_of(&before).await;
    let wanted = store_on(&sandbox, "Main shop");
    let store = owner.post("/stores", &wanted).await.expect(201);
    let made = owner.post("/webhook-keys", &json!({"name": "PMS"})).await;
    let key = made.expect(201);
    let secret = key["secret"].as_str().unwrap();
    assert!(works(&before, &store).await);
    assert!(is_taken(&before, &key, secret, "nonce-before-0001").await);

    // Taken away too early, the old key loses nothing: what it seals is counted and left.
    let early = hub_with(&database, NEW).await;
    early.tick("key-rotation").await;
    assert_eq!(rotated(&early)["lost"], json!({"v2.old": 2}));
    assert!(!is_taken(&early, &key, secret, "nonce-early-00001").await);

    let between = hub_with(&database, &format!("{NEW},{OLD}")).await;
    assert!(works(&between, &store).await);
    between.tick("key-rotation").await;
    let done = rotated(&between);
    assert_eq!((&done["rewrapped"], &done["left"]), (&json!(2), &json!({})));
    let counts = hub::keys::count(&database.admin_url).await.unwrap();
    assert_eq!(counts, [("v2.new".to_owned(), 2)].into());
    between.tick("key-rotation").await;
    assert_eq!(rotated(&between), done, "nothing was left to do or to log");

    let after = hub_with(&database, NEW).await;
    let path = format!("/stores/{}", id(&store));
    let now = owner_of(&after).await.get(&path).await.expect(200);
    assert_eq!(now["version"], store["version"]);
    assert_eq!(now["updated_at"], store["updated_at"]);
    assert!(works(&after, &store).await);
    assert!(is_taken(&after, &key, secret, "nonce-after-00001").await);
}
