//! What every answer says besides itself, and who may read it.

use crate::scenario::Shop;
use e2e::{Answer, App, Caller};
use hub::token::Role;
use reqwest::Method;
use serde_json::json;

const PAGE: &str = "https://shop.example";

async fn preflight(caller: &Caller, path: &str) -> Answer {
    let asks = caller
        .clone()
        .without("authorization")
        .with("access-control-request-method", "PATCH")
        .with("access-control-request-headers", "authorization");
    asks.send(Method::OPTIONS, path, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_the_security_headers_and_a_request_id() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let nobody = owner.clone().without("authorization");
    let mut answers = Vec::new();
    for path in ["/products", "/products/none", "/nowhere", "/health/live"] {
        answers.push(owner.get(path).await);
        answers.push(nobody.get(path).await);
    }
    answers.push(owner.send(Method::PUT, "/jobs", None).await);
    for answer in answers {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), value, "{answer:?}");
        }
        assert!(
            answer
                .header("strict-transport-security")
                .contains("max-age=")
        );
        assert!(answer.header("content-security-policy").contains("'none'"));
        assert!(!answer.header("x-request-id").is_empty());
    }
    let named = owner
        .clone()
        .with("x-request-id", "mine-7")
        .get("/jobs")
        .await;
    assert_eq!(named.header("x-request-id"), "mine-7");
    let odd = owner.with("x-request-id", "no spaces").get("/jobs").await;
    assert_ne!(odd.header("x-request-id"), "no spaces");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_told_and_kept_on_the_wire() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let admin = app.admin().await;
    let limit =
        "insert into hub.workspace_rate_limits (workspace_id, class, subject, quantity, period)
        select id, 'write', 'user', 2, '1 day' from hub.workspaces";
    admin.batch_execute(limit).await.unwrap();
    for left in [1, 0] {
        let answer = owner.post("/jobs", &json!({"type": "noop"})).await;
        let policy = answer.header("ratelimit-policy").to_owned();
        assert!(policy.contains("\"write-user\";q=2;w=86400"), "{policy}");
        assert!(policy.contains("\"write-address\";q=3000;w=60"), "{policy}");
        let state = answer.header("ratelimit").to_owned();
        assert!(
            state.starts_with(&format!("\"write-user\";r={left};t=")),
            "{state}"
        );
        answer.expect(201);
    }
    let refused = owner.post("/jobs", &json!({"type": "noop"})).await;
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((43_000..=43_200).contains(&wait), "half a day: {wait}");
    refused.expect_error(429, "RATE_LIMITED");
    assert_eq!(
        owner.get("/jobs").await.expect(200)["count"],
        2,
        "reading has its own limit"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_is_answered_without_the_database() {
    let app = App::start().await;
    let page = app.bearer("none").with("origin", PAGE);
    let admin = app.admin().await;
    // Nobody can connect, and nobody is connected: what needs the database can't be answered.
    let away = "alter role hub_app nologin; alter role hub_auth nologin;
        select pg_terminate_backend(pid) from pg_stat_activity where usename in ('hub_app', 'hub_auth') and datname = current_database()";
    admin.batch_execute(away).await.unwrap();
    let product = "/products/01900000-0000-7000-8000-000000000001";
    let answer = preflight(&page, product).await;
    let ready = page.get("/health/ready").await.status;
    let back = "alter role hub_app login; alter role hub_auth login";
    admin.batch_execute(back).await.unwrap();
    assert_eq!(ready, 503, "the database was away");
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET, PATCH, DELETE"
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    assert_eq!(answer.header("vary"), "Origin");
    assert_eq!(preflight(&page, "/products/none/such").await.status, 404);
    let own = app.bearer("none").with("origin", &app.host.url());
    let answer = preflight(&own, product).await;
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_reads_nothing_of_a_workspace_that_does_not_list_it() {
    let shop = Shop::open().await;
    let page = shop.owner.clone().with("origin", PAGE);
    let refused = page.get("/products").await;
    refused.expect_error(403, "FORBIDDEN");
    let body = json!({"sku": "FOREIGN", "title": "By a page"});
    page.post("/products", &body)
        .await
        .expect_error(403, "FORBIDDEN");
    let found = shop.owner.get("/products?sku=eq.FOREIGN").await.expect(200);
    assert_eq!(found["count"], 0);
    for origin in [
        "null",
        "https://shop.example/path",
        "https://*.example",
        "file://",
    ] {
        let odd = shop
            .owner
            .clone()
            .with("origin", origin)
            .get("/products")
            .await;
        assert_eq!(odd.header("access-control-allow-origin"), "");
        odd.expect_error(403, "FORBIDDEN");
    }
    let health = page.get("/health/live").await;
    assert_eq!(
        health.header("access-control-allow-origin"),
        "",
        "nobody listed it"
    );

    let admin = shop.app.admin().await;
    let list = format!(
        "insert into hub.origins (workspace_id, origin) select id, '{PAGE}' from hub.workspaces"
    );
    admin.batch_execute(&list).await.unwrap();
    let listed = page.get("/products").await;
    assert_eq!(listed.header("access-control-allow-origin"), PAGE);
    assert_eq!(listed.header("access-control-allow-credentials"), "");
    assert!(
        listed
            .header("access-control-expose-headers")
            .contains("ratelimit")
    );
    listed.expect(200);
}
