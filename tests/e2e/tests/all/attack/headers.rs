//! Headers that say one thing to us and another to who stands before us, or that would end up in our own.

use super::entry::Rows;
use super::world::World;
use hub::token::Role;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_decides_is_refused_when_it_comes_twice() {
    let world = World::open().await;
    for name in [
        "Authorization",
        "X-Workspace",
        "Idempotency-Key",
        "If-Match",
        "X-Request-Id",
    ] {
        let value = match name {
            "Authorization" => world.bearer.as_str(),
            _ => "attacker",
        };
        let twice = format!("GET /products HTTP/1.1\r\n{name}: {value}\r\n{name}: victim");
        let answer = world.raw_call(&twice, b"").await;
        assert_eq!(answer.status(), 400, "{name}: {}", answer.0);
    }
}

/// RFC 9112, 6.3: a request that could be read in two ways is refused, and what hides in its body is no request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_request_hides_in_a_body() {
    let world = World::open().await;
    let token = &world.bearer;
    let hidden = format!(
        "POST /products HTTP/1.1\r\nHost: shop.example\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n\
         Content-Length: 33\r\nConnection: close\r\n\r\n{{\"sku\":\"HIDDEN\",\"title\":\"Hidden\"}}"
    );
    let whole = hidden.len();
    for lengths in [
        format!("Content-Length: 0\r\nContent-Length: {whole}"),
        format!("Content-Length: {whole}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {whole}"),
        "Content-Length: +0".to_owned(),
        "Content-Length: 0, 5".to_owned(),
        "Transfer-Encoding: chunked, identity".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
    ] {
        let request = format!(
            "POST /jobs HTTP/1.1\r\nHost: shop.example\r\nAuthorization: {token}\r\n{lengths}\r\n\r\n0\r\n\r\n{hidden}"
        );
        let answer = world.raw(request.as_bytes()).await;
        assert!(answer.count() <= 1, "{lengths}: {}", answer.0);
        assert!(
            answer.status() == 0 || answer.status() >= 400,
            "{lengths}: {}",
            answer.0
        );
    }
    let owner = world.member(&world.attacker, Role::Owner).await;
    let hidden = owner.get("/products?sku=eq.HIDDEN").await.expect(200);
    assert_eq!(hidden["count"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_caller_sends_never_becomes_a_header_of_ours() {
    let world = World::open().await;
    for id in [
        "a%0d%0aX-Evil:%201",
        "a X-Evil: 1",
        "<script>",
        "ä",
        "a\tb",
        "a,b",
    ] {
        let answer = world
            .raw_call(&format!("GET /jobs HTTP/1.1\r\nX-Request-Id: {id}"), b"")
            .await;
        assert_eq!(answer.status(), 200, "{id:?}: {}", answer.0);
        assert!(!answer.0.contains(id), "{id:?} is said again: {}", answer.0);
    }
    for bytes in ["\0", "\r", "a\rX-Evil: 1", "a\x0bb"] {
        for name in [
            "X-Request-Id",
            "X-Workspace",
            "Idempotency-Key",
            "User-Agent",
        ] {
            let head = format!("GET /jobs HTTP/1.1\r\n{name}: {bytes}");
            let answer = world.raw_call(&head, b"").await;
            assert!(answer.is_refused(), "{name} {bytes:?}: {}", answer.0);
        }
    }
    for path in [
        "/products/%0d%0aX-Evil:%201",
        "/products/%00",
        "/platforms/%0aX-Evil:1",
        "/oauth/callback/%0d%0aX-Evil:%201?state=x",
        "/products%0d%0aX-Evil:%201",
    ] {
        let answer = world.raw_call(&format!("GET {path} HTTP/1.1"), b"").await;
        assert!(
            (400..500).contains(&answer.status()),
            "{path}: {}",
            answer.0
        );
        assert!(!answer.has_header("x-evil"), "{path}: {}", answer.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_has_bounds() {
    let world = World::open().await;
    let body = br#"{"type":"noop"}"#;
    for key in ["", " ", &"k".repeat(256), "\u{e4}", "k\u{7f}"] {
        let head = format!("POST /jobs HTTP/1.1\r\nIdempotency-Key: {key}");
        let answer = world.raw_call(&head, body).await;
        assert!(answer.is_refused(), "{key:?}: {}", answer.0);
    }
    let head = format!(
        "POST /jobs HTTP/1.1\r\nIdempotency-Key: {}",
        "k".repeat(255)
    );
    let answer = world.raw_call(&head, body).await;
    assert_eq!(answer.status(), 201, "{}", answer.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_header_makes_another_method_or_address_of_a_request() {
    let world = World::open().await;
    let mut rows = Rows::new();
    world.fill(&world.attacker, "product", &mut rows).await;
    let owner = world.member(&world.attacker, Role::Owner).await;
    let path = format!("/products/{}", rows["product"]);
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        let sly = owner.clone().with(name, "DELETE");
        sly.get(&path).await.expect(200);
        sly.send(Method::POST, &path, None).await.expect(405);
    }
    owner
        .get(&format!("{path}?_method=DELETE"))
        .await
        .expect(400);
    for name in [
        "x-original-url",
        "x-rewrite-url",
        "spin-path-info",
        "spin-full-url",
        "spin-matched-route",
        "x-forwarded-prefix",
    ] {
        let sly = owner.clone().with(name, "/audit-logs");
        let list = sly.get("/products?limit=1").await.expect(200);
        assert!(list["data"][0]["sku"].is_string(), "{name}: {list}");
    }
    owner.get(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_has_the_true_address_whatever_the_caller_says() {
    let world = World::open().await;
    let owner = world.member(&world.attacker, Role::Owner).await;
    for name in [
        "spin-client-addr",
        "x-forwarded-for",
        "x-real-ip",
        "forwarded",
        "client-ip",
    ] {
        let sly = owner
            .clone()
            .with(name, "6.6.6.6:1")
            .with("x-request-id", name);
        sly.post("/products", &json!({"sku": name, "title": name}))
            .await
            .expect(201);
        let record = owner
            .get(&format!("/audit-logs?request_id=eq.{name}"))
            .await
            .expect(200);
        assert_eq!(
            record["data"][0]["ip_address"], "127.0.0.1",
            "{name}: {record}"
        );
    }
}
