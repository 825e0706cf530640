//! Secrets go in and don't come out: not into answers, logs, audit rows, jobs, stored requests or anything else that the
//! database keeps.

use catalogue::Answer;
use common::worker::{maintain, rotate_keys, tick};
use http::Method;
use intake::{Scene, Signed};
use serde_json::{Value, json};

const TOKEN: &str = "shpat_canary_5f1e0c77";
const LATER: &str = "shpat_canary_later_11aa";
const APP_SECRET: &str = "canary-app-secret-9b2d";
const OLD: &str = "test:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NEW: &str = "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

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
            let at = text.find(canary).unwrap_or(0).saturating_sub(200);
            let around: String = text.get(at..).unwrap_or(text).chars().take(400).collect();
            panic!("{what} holds {canary}: {around}");
        }
    }

    #[track_caller]
    fn none_in_answer(&self, answer: Answer, wanted: u16) -> Value {
        let whole = format!("{answer:?}");
        let body = answer.expect(wanted);
        self.none_in("an answer", &whole);
        body
    }
}

/// What the workspace's owner is answered.
async fn ask(scene: &Scene, method: Method, path: &str, body: &Value) -> Answer {
    scene.send(&scene.owner, method, path, body).await
}

/// The same under an idempotency key.
async fn once(scene: &Scene, key: &str, method: Method, path: &str, body: &Value) -> Answer {
    let key = [("idempotency-key", key)];
    scene
        .send_with(&scene.owner, method, path, body, &key)
        .await
}

fn credentials(token: &str) -> Value {
    json!({"access_token": token, "client_id": "known", "client_secret": APP_SECRET})
}

/// Connects and changes a store, rightly, twice and wrongly; answers its path.
async fn store(canaries: &Canaries, scene: &Scene) -> String {
    let config = json!({"shop_domain": "canary.myshopify.com"});
    let body = |credentials: Value| json!({"platform": "shopify", "name": "Canary shop", "credentials": credentials, "config": config});
    let right = body(credentials(TOKEN));
    let (post, patch) = (Method::POST, Method::PATCH);
    let made = once(scene, "connect", post.clone(), "/stores", &right).await;
    let store = canaries.none_in_answer(made, 201);
    let again = once(scene, "connect", post.clone(), "/stores", &right).await;
    canaries.none_in_answer(again, 201);
    canaries.none_in_answer(ask(scene, post.clone(), "/stores", &right).await, 409);
    let path = format!("/stores/{}", store["id"].as_str().unwrap());
    for wrong in [
        json!(TOKEN),
        json!([TOKEN]),
        json!({"access_token": [TOKEN]}),
        json!({"access_token": TOKEN, "nonsense": APP_SECRET}),
        json!({"access_token": TOKEN.repeat(400)}),
    ] {
        let changes = json!({ "credentials": wrong });
        let refused = ask(scene, post.clone(), "/stores", &body(wrong)).await;
        canaries.none_in_answer(refused, 400);
        canaries.none_in_answer(ask(scene, patch.clone(), &path, &changes).await, 400);
    }
    let changes = json!({"credentials": credentials(LATER)});
    let stale = [("if-match", "\"77\"")];
    let stale = scene
        .send_with(&scene.owner, patch.clone(), &path, &changes, &stale)
        .await;
    canaries.none_in_answer(stale, 412);
    for _ in 0..2 {
        let changed = once(scene, "change", patch.clone(), &path, &changes).await;
        canaries.none_in_answer(changed, 200);
    }
    path
}

/// Makes a key twice under one idempotency key, and another secret for it; both secrets are shown once.
async fn webhook_keys(scene: &Scene) -> Vec<String> {
    let wanted = json!({"name": "PMS"});
    let made = once(scene, "key", Method::POST, "/webhook-keys", &wanted)
        .await
        .expect(201);
    let again = once(scene, "key", Method::POST, "/webhook-keys", &wanted)
        .await
        .expect(201);
    assert_eq!(
        (&again["id"], &again["secret"]),
        (&made["id"], &Value::Null)
    );
    let path = format!("/webhook-keys/{}/rotate", made["id"].as_str().unwrap());
    let other = ask(scene, Method::POST, &path, &json!({}))
        .await
        .expect(200);
    [&made, &other]
        .map(|key| key["secret"].as_str().unwrap().to_owned())
        .into()
}

/// Has the channel refuse three jobs, repeating what it was sent: as its API's error, as a refused token, as a refusal.
async fn refused_by_an_echo(scene: &Scene) -> String {
    for status in [200, 401, 422] {
        scene.intake.echo.set(Some(status));
        let job = "select hub.enqueue(jsonb_build_object('type', 'authenticate', 'workspace_id', s.workspace_id, 'store_id', s.id))::text
            from hub.stores s where s.name = 'Canary shop'";
        scene.one(job).await;
        tick(&scene.intake, platforms::all()).await.unwrap();
    }
    scene
        .one("select string_agg(coalesce(error, ''), ' ') from hub.job_data")
        .await
}

/// All rows of all tables, by table.
async fn dump(scene: &Scene) -> Vec<(String, String)> {
    let tables = "select tablename::text from pg_tables where schemaname = 'hub'";
    let mut rows = Vec::new();
    for table in scene.admin.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let all = format!("select string_agg(t::text, E'\\n') from hub.{table} t");
        rows.push((table, scene.one(&all).await));
    }
    rows
}

#[tokio::test]
async fn a_secret_is_found_nowhere_after_all_that_can_happen_to_it() {
    let mut scene = Scene::open().await;
    let mut canaries = Canaries([TOKEN, LATER, APP_SECRET].map(str::to_owned).into());
    let path = store(&canaries, &scene).await;
    canaries.0.extend(webhook_keys(&scene).await);

    // The state of an invitation is the shop owner's alone.
    let asked = ask(&scene, Method::POST, &format!("{path}/connect"), &json!({})).await;
    let asked = asked.expect(200);
    let address = asked["authorisation_url"].as_str().unwrap();
    let state = address
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("state="));
    canaries.0.push(state.unwrap().to_owned());

    // Notified, with the secret in a header, and with a wrong signature.
    let hook = path.replace("/stores/", "/webhooks/shopify/");
    let good = Signed::shopify(APP_SECRET, "d1", r#"{"told":"a-known-body"}"#);
    scene
        .post(&hook, &good.with("x-note", APP_SECRET))
        .await
        .expect(200);
    let wrong = Signed::shopify(TOKEN, "d2", "{}").with("x-note", APP_SECRET);
    canaries.none_in_answer(scene.post(&hook, &wrong).await, 401);

    let errors = refused_by_an_echo(&scene).await;
    assert!(
        errors.contains("I was told") && errors.contains("[redacted]"),
        "{errors}"
    );

    // Wrapped anew; then without the key that opens it.
    scene.intake = scene.intake.with_keys(&format!("{NEW},{OLD}"));
    assert_eq!(rotate_keys(&scene.intake).await.unwrap()["rewrapped"], 5);
    scene.intake = scene.intake.with_keys(OLD);
    assert_eq!(
        rotate_keys(&scene.intake).await.unwrap()["lost"],
        json!({"v2.new": 5})
    );
    refused_by_an_echo(&scene).await;
    maintain(&scene.intake).await.unwrap();

    let rows = dump(&scene).await;
    let all: String = rows.iter().map(|(_, text)| text.as_str()).collect();
    let known = Canaries(vec!["a-known-body".to_owned()]);
    assert!(
        known.found_in(&all).is_some(),
        "the search finds what is there"
    );
    for (table, text) in &rows {
        canaries.none_in(&format!("the table {table}"), text);
    }
    for host in [&scene.intake, &scene.api] {
        assert!(host.log_text().contains("event"));
        canaries.none_in("the log", &host.log_text());
    }
}
