//! Letting us into a shop, renewing what that gave, and pausing a store.

use crate::scenario::{Shop, id};
use e2e::{Answer, App, Caller};
use hub::token::Role;
use reqwest::redirect::Policy;
use sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox};
use serde_json::{Value, json};

/// The channels whose owners can let us in, with credentials that have no token yet.
pub fn ways_in(sandbox: &Sandbox) -> Vec<(Value, Value)> {
    let ready = sandbox.ready_stores();
    let mut stores: Vec<(Value, Value)> = Vec::new();
    for store in ready {
        let mut credentials = store.credentials.clone();
        match store.platform {
            "shopify" => {
                credentials = json!({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET});
            }
            "etsy" => {
                let fields = credentials.as_object_mut().unwrap();
                fields.remove("refresh_token");
                fields.remove("access_token");
            }
            _ => continue,
        }
        let body = json!({"platform": store.platform, "name": store.platform, "credentials": credentials,
            "config": store.config});
        stores.push((json!(store.platform), body));
    }
    stores
}

/// Follows `address` as the shop's owner, who agrees; the query with which the channel sends them back.
pub async fn agree(address: &str) -> String {
    let browser = reqwest::Client::builder().redirect(Policy::none());
    let answer = browser.build().unwrap().get(address).send().await.unwrap();
    let back = answer.headers().get("location").unwrap_or_else(|| {
        panic!("{address} answered {} without a location", answer.status());
    });
    let back = back.to_str().unwrap();
    let (path, query) = back.split_once('?').unwrap();
    assert!(path.ends_with("/oauth/callback"), "{back}");
    query.to_owned()
}

async fn connect(owner: &Caller, store: &Value) -> Answer {
    let path = format!("/stores/{}/connect", id(store));
    owner.post(&path, &json!({})).await
}

fn nobody(app: &App) -> Caller {
    app.bearer("none").without("authorization")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_lets_us_into_their_shop_and_the_store_works() {
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    for (platform, body) in ways_in(&sandbox) {
        let store = owner.post("/stores", &body).await.expect(201);
        let asked = connect(&owner, &store).await.expect(200);
        assert!(asked["expires_at"].is_string(), "{asked}");
        let query = agree(asked["authorisation_url"].as_str().unwrap()).await;
        let callback = format!("/oauth/callback?{query}");
        let answer = nobody(&app).get(&callback).await.expect(200);
        assert_eq!(answer["status"], "connected", "{platform}");
        let path = format!("/stores/{}", id(&store));
        let now = owner.get(&path).await.expect(200);
        assert_eq!(now["status"], "active", "{now:#}");

        nobody(&app)
            .get(&callback)
            .await
            .expect_error(400, "VALIDATION_ERROR");
        let check = json!({"type": "authenticate", "store_id": store["id"]});
        let job = owner.post("/jobs", &check).await.expect(201);
        app.tick("job-worker").await;
        let job = owner.get(&format!("/jobs/{}", id(&job))).await.expect(200);
        assert_eq!(job["status"], "completed", "{platform}: {job:#}");
        let code = query.split('&').find(|pair| pair.starts_with("code="));
        let code = code.unwrap().trim_start_matches("code=");
        let said = app.logs().iter().any(|(_, line)| line.contains(code));
        assert!(!said, "{platform}: the code is in the log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_declines_is_told_so_and_nothing_changes() {
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let (_, body) = ways_in(&sandbox).remove(0);
    let store = owner.post("/stores", &body).await.expect(201);
    let asked = connect(&owner, &store).await.expect(200);
    let address = asked["authorisation_url"].as_str().unwrap();
    let state = address
        .split(['?', '&'])
        .find(|pair| pair.starts_with("state="));
    let callback = format!("/oauth/callback?error=access_denied&{}", state.unwrap());
    let error = nobody(&app)
        .get(&callback)
        .await
        .expect_error(409, "CONFLICT");
    assert!(
        error["message"].as_str().unwrap().contains("declined"),
        "{error}"
    );
    let browser = nobody(&app).with("accept", "text/html");
    let page = browser.get(&callback).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let page = page.expect(400);
    assert!(page.as_str().unwrap().contains("not connected"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_state_opens_nothing() {
    let app = App::start().await;
    for path in ["/oauth/callback", "/oauth/callback?code=c&state=forged"] {
        let error = nobody(&app).get(path).await;
        let error = error.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], "state", "{path}");
    }
    nobody(&app).get("/oauth").await.expect(404);
    let answer = nobody(&app).post("/oauth/callback", &json!({})).await;
    answer.expect(405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_change_stores_connects_none() {
    let shop = Shop::open().await;
    connect(&shop.operator, &shop.store)
        .await
        .expect_error(403, "FORBIDDEN");
    let elsewhere = shop
        .app
        .member("owner@else.example", "elsewhere", Role::Owner)
        .await;
    connect(&elsewhere, &shop.store)
        .await
        .expect_error(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_without_a_way_in_says_what_to_do_instead() {
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    for ready in sandbox.ready_stores() {
        let known = format!("/platforms/{}", ready.platform);
        let known = owner.get(&known).await.expect(200);
        if known["capabilities"]["connect"]["level"] != "unsupported" {
            continue;
        }
        let body = json!({"platform": ready.platform, "name": ready.platform,
            "credentials": ready.credentials, "config": ready.config});
        let store = owner.post("/stores", &body).await.expect(201);
        let error = connect(&owner, &store).await.expect_error(409, "CONFLICT");
        let message = error["message"].as_str().unwrap();
        let reason = known["capabilities"]["connect"]["reason"].as_str();
        assert!(message.contains(reason.unwrap()), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_soon_is_renewed_by_the_schedule() {
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let (_, body) = ways_in(&sandbox).remove(0);
    let store = owner.post("/stores", &body).await.expect(201);
    app.tick("job-worker").await;
    let admin = app.admin().await;
    let soon = "update hub.stores set token_expires_at = now() + interval '1 minute', token_lifetime_s = 3600";
    admin.batch_execute(soon).await.unwrap();
    app.tick("token-refresh").await;
    app.tick("token-refresh").await;
    let renewals = format!("/jobs?type=eq.authenticate&store_id=eq.{}", id(&store));
    assert_eq!(owner.get(&renewals).await.expect(200)["count"], 1);
    app.tick("job-worker").await;
    let job = owner.get(&renewals).await.expect(200);
    assert_eq!(job["data"][0]["status"], "completed", "{job:#}");
    let left = "select (token_expires_at > now() + interval '10 minutes') from hub.stores";
    let row = admin.query_one(left, &[]).await.unwrap();
    assert_eq!(row.get::<_, Option<bool>>(0), Some(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_a_paused_store_wait_and_say_for_what() {
    let shop = Shop::open().await;
    let path = format!("/stores/{}", id(&shop.store));
    let pause = json!({"status": "disconnected"});
    shop.owner.patch(&path, &pause).await.expect(200);
    let job = json!({"type": "list_products", "store_id": shop.store["id"]});
    let job = shop.operator.post("/jobs", &job).await.expect(201);
    shop.app.tick("job-worker").await;
    let at = format!("/jobs/{}", id(&job));
    let waiting = shop.operator.get(&at).await.expect(200);
    assert_eq!(waiting["status"], "pending", "{waiting:#}");
    assert_eq!(
        waiting["waiting_for"],
        "its store, which is disconnected: disconnected by a member"
    );
    let resume = json!({"status": "active"});
    shop.owner.patch(&path, &resume).await.expect(200);
    shop.app.tick("job-worker").await;
    let done = shop.operator.get(&at).await.expect(200);
    assert_eq!(done["status"], "completed", "{done:#}");
}
