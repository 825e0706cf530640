//! What is posted to the hub, through the real components.

use crate::scenario::{id, store_on};
use e2e::{Answer, App, Caller};
use futures::future::join_all;
use hub::token::Role;
use intake::Signed;
use reqwest::Method;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const SECRET: &str = "the-shop's-client-secret";

/// A hub with a store on the fake Shopify whose notifications are signed with [`SECRET`].
struct Scene {
    app: App,
    owner: Caller,
    store: Value,
    _sandbox: Sandbox,
}

impl Scene {
    async fn open() -> Self {
        let app = App::start().await;
        let sandbox = Sandbox::start(None).await.unwrap();
        let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
        let mut wanted = store_on(&sandbox, "Main shop");
        wanted["credentials"]["client_secret"] = json!(SECRET);
        let store = owner.post("/stores", &wanted).await.expect(201);
        Self {
            app,
            owner,
            store,
            _sandbox: sandbox,
        }
    }

    fn path(&self) -> String {
        format!("/webhooks/shopify/{}", id(&self.store))
    }

    /// What the sender of `signed` is answered.
    async fn post(&self, path: &str, signed: &Signed) -> Answer {
        let mut sender = self.app.bearer("none").without("authorization");
        for (name, value) in &signed.headers {
            sender = sender.with(name, value);
        }
        sender
            .send(Method::POST, path, Some(signed.body.clone().into()))
            .await
    }

    /// A notification about `topic`; answers our id of it.
    async fn notified(&self, topic: &str, delivery: &str, body: &str) -> String {
        let signed = Signed::shopify(SECRET, delivery, body).with("x-shopify-topic", topic);
        let stored = self.post(&self.path(), &signed).await.expect(200);
        id(&stored).to_owned()
    }

    async fn event(&self, id: &str) -> Value {
        let path = format!("/webhook-events/{id}");
        self.owner.get(&path).await.expect(200)
    }

    async fn key(&self) -> (String, String) {
        let made = self
            .owner
            .post("/webhook-keys", &json!({"name": "PMS"}))
            .await
            .expect(201);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_is_stored_shown_processed_and_replayed() {
    let scene = Scene::open().await;
    let body = "{ \"name\":\"Käthe's shop\" }";
    let event = scene.notified("shop/update", "d1", body).await;
    let shown = scene.event(&event).await;
    assert_eq!(
        (&shown["status"], &shown["body"]),
        (&json!("received"), &json!(body))
    );
    assert_eq!(shown["headers"]["x-shopify-hmac-sha256"], "[redacted]");
    scene.app.tick("job-worker").await;
    let shown = scene.event(&event).await;
    assert_eq!(shown["status"], "ignored", "{shown:#}");
    assert!(shown["detail"].is_string(), "{shown:#}");

    let replay = format!("/webhook-events/{event}/replay");
    let accepted = scene.owner.post(&replay, &json!({})).await.expect(202);
    assert_eq!(accepted["replays"], 1);
    scene
        .owner
        .post(&replay, &json!({}))
        .await
        .expect_error(409, "CONFLICT");
    scene.app.tick("job-worker").await;
    assert_eq!(scene.event(&event).await["status"], "ignored");
    let list = scene
        .owner
        .get("/webhook-events?status=eq.ignored&select=id,replays")
        .await
        .expect(200);
    assert_eq!(list["data"], json!([{"id": event, "replays": 1}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_json_after_a_good_signature_is_stored_and_fails_visibly() {
    let scene = Scene::open().await;
    let event = scene.notified("orders/create", "d1", "{\"id\":").await;
    scene.app.tick("job-worker").await;
    let shown = scene.event(&event).await;
    assert_eq!(shown["status"], "failed", "{shown:#}");
    assert!(
        shown["error"].as_str().unwrap().contains("JSON"),
        "{shown:#}"
    );
    let job = scene
        .owner
        .get(&format!("/jobs/{}", shown["job_id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(job["attempts"], 1, "no retry storm: {job:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_deliveries_at_once_over_several_instances_are_one_event() {
    let scene = Scene::open().await;
    let signed = Signed::shopify(SECRET, "d1", "{}");
    let path = scene.path();
    let posts = (0..16).map(|_| scene.post(&path, &signed));
    let mut outcomes: Vec<String> = Vec::new();
    for answer in join_all(posts).await {
        outcomes.push(answer.expect(200)["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(outcomes.iter().filter(|it| *it == "stored").count(), 1);
    let list = scene.owner.get("/webhook-events").await.expect(200);
    assert_eq!(
        (&list["count"], &list["data"][0]["duplicates"]),
        (&json!(1), &json!(15))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_verified_is_one_answer_and_leaves_nothing_but_a_log_line() {
    let scene = Scene::open().await;
    let path = scene.path();
    let good = Signed::shopify(SECRET, "d1", "{\"customer\":\"Ada\"}");
    let unknown = "/webhooks/shopify/00000000-0000-7000-8000-000000000001";
    for (path, signed) in [
        (path.as_str(), Signed::shopify("guess", "d1", "{}")),
        (
            path.as_str(),
            good.clone().with("x-shopify-hmac-sha256", ""),
        ),
        (unknown, good.clone()),
        ("/webhooks/nowhere/main", good.clone()),
    ] {
        let error = scene.post(path, &signed).await;
        let error = error.expect_error(401, "UNAUTHORIZED");
        assert_eq!(error["message"], "The delivery could not be verified.");
    }
    let large = Signed::shopify(SECRET, "d2", vec![b' '; 1024 * 1024 + 1]);
    let refused = scene.post(&path, &large).await;
    refused.expect_error(413, "PAYLOAD_TOO_LARGE");
    scene.post(&path, &good).await.expect(200);
    let other = Signed::shopify(SECRET, "d1", "{}");
    let conflict = scene.post(&path, &other).await;
    conflict.expect_error(409, "CONFLICT");
    assert_eq!(
        scene.owner.get("/webhook-events").await.expect(200)["count"],
        1
    );

    let lines: Vec<String> = scene
        .app
        .logs()
        .into_iter()
        .filter(|(component, _)| component == "webhooks")
        .map(|(_, line)| line)
        .collect();
    let requests = lines.iter().filter(|line| line.contains("http.request"));
    assert_eq!(requests.count(), 7, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("webhook.conflict")));
    for hidden in [SECRET, "Ada"] {
        assert!(
            !lines.iter().any(|line| line.contains(hidden)),
            "{lines:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_counts_at_once_and_the_previous_one_still() {
    let scene = Scene::open().await;
    let path = scene.path();
    scene.notified("shop/update", "d1", "{}").await;
    let credentials = json!({"access_token": "shpat_sandbox", "client_secret": "the-next-secret"});
    scene
        .owner
        .patch(
            &format!("/stores/{}", id(&scene.store)),
            &json!({"credentials": credentials}),
        )
        .await
        .expect(200);
    for (secret, delivery) in [("the-next-secret", "d2"), (SECRET, "d3")] {
        let signed = Signed::shopify(secret, delivery, "{}");
        scene.post(&path, &signed).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_management_system_keeps_the_catalogue() {
    let scene = Scene::open().await;
    let (key, secret) = scene.key().await;
    let mut events = Vec::new();
    for (n, body) in [
        json!({"id": "e1", "type": "product.created", "data": {"sku": "BOWL", "title": "A bowl", "variants": [{"sku": "BOWL-1", "price": "9.50"}]}}),
        json!({"id": "e3", "type": "inventory.updated", "data": {"sku": "BOWL-1", "quantity": 7, "updated_at": "2020-01-02T00:00:00Z"}}),
        json!({"id": "e2", "type": "inventory.updated", "data": {"sku": "BOWL-1", "quantity": 3, "updated_at": "2020-01-01T00:00:00Z"}}),
        json!({"id": "e4", "type": "customer.created", "data": {}}),
        json!({"id": "e5", "type": "inventory.updated", "data": {"sku": "NOTHING", "quantity": 3}}),
    ]
    .into_iter()
    .enumerate()
    {
        let nonce = format!("nonce-number-{n:08}");
        let signed = Signed::pms(&key, &secret, now_s(), &nonce, &body.to_string());
        let stored = scene.post("/api/webhook", &signed).await.expect(200);
        events.push(id(&stored).to_owned());
        scene.post("/api/webhook", &signed).await.expect_error(409, "CONFLICT");
        scene.app.tick("job-worker").await;
    }
    let mut ends = Vec::new();
    for event in &events {
        ends.push(scene.event(event).await["status"].clone());
    }
    assert_eq!(
        ends,
        ["processed", "processed", "ignored", "ignored", "failed"]
    );
    let found = scene.owner.get("/products?sku=eq.BOWL").await.expect(200);
    let variant = &found["data"][0]["variants"][0];
    assert_eq!(
        (&variant["price"], &variant["inventory"]),
        (&json!("9.50"), &json!(7))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_and_altered_requests_of_a_product_management_system_are_refused() {
    let scene = Scene::open().await;
    let (key, secret) = scene.key().await;
    let (nonce, body) = (
        "a-nonce-of-some-length",
        r#"{"type":"product.deleted","data":{"sku":"A"}}"#,
    );
    let good = Signed::pms(&key, &secret, now_s(), nonce, body);
    let old = Signed::pms(&key, &secret, now_s() - 310, nonce, body);
    let altered = good
        .clone()
        .with("x-webhook-nonce", "another-nonce-of-length");
    for signed in [
        &old,
        &altered,
        &good.clone().with("x-webhook-key", id(&scene.store)),
    ] {
        let refused = scene.post("/api/webhook", signed).await;
        refused.expect_error(401, "UNAUTHORIZED");
    }
    scene.post("/api/webhook", &good).await.expect(200);
    scene
        .owner
        .delete(&format!("/webhook-keys/{key}"))
        .await
        .expect(204);
    let next = Signed::pms(&key, &secret, now_s(), "the-next-nonce-of-length", body);
    let refused = scene.post("/api/webhook", &next).await;
    refused.expect_error(401, "UNAUTHORIZED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_is_replayed_and_another_workspace_has_no_part_in_it() {
    let scene = Scene::open().await;
    let event = scene.notified("shop/update", "d1", "{}").await;
    scene.app.tick("job-worker").await;
    let range = json!({"from": "2020-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z"});
    let stranger = scene
        .app
        .member("stranger@else.example", "elsewhere", Role::Owner)
        .await;
    let none = stranger
        .post("/webhook-events/replay", &range)
        .await
        .expect(202);
    assert_eq!(none["replayed"], 0);
    for path in [
        format!("/webhook-events/{event}"),
        "/webhook-events/none".to_owned(),
    ] {
        stranger.get(&path).await.expect_error(404, "NOT_FOUND");
        stranger
            .post(&format!("{path}/replay"), &json!({}))
            .await
            .expect_error(404, "NOT_FOUND");
    }
    assert_eq!(
        stranger.get("/webhook-events").await.expect(200)["count"],
        0
    );
    let done = scene
        .owner
        .post("/webhook-events/replay", &range)
        .await
        .expect(202);
    assert_eq!(
        done,
        json!({"replayed": 1, "more": false, "next_from": null})
    );
}
