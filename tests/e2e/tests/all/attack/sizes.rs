//! Too much of everything is a 4xx that says so, and the app goes on.

use super::world::World;
use hub::token::Role;
use serde_json::json;

fn line(path: &str) -> String {
    format!("GET {path} HTTP/1.1")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_and_headers_have_bounds() {
    let world = World::open().await;
    let headers = |count: usize, length: usize| -> String {
        let lines = (0..count).map(|n| format!("X-Many-{n}: {}", "v".repeat(length)));
        format!(
            "GET /jobs HTTP/1.1\r\n{}",
            lines.collect::<Vec<_>>().join("\r\n")
        )
    };
    for (what, head, wanted) in [
        (
            "a path",
            line(&format!("/jobs/{}", "p".repeat(2100))),
            &[414][..],
        ),
        (
            "an id",
            line(&format!("/jobs/{}", "0".repeat(1900))),
            &[404],
        ),
        (
            "an id of many bytes",
            line(&format!("/jobs/{}", "%F0".repeat(600))),
            &[404],
        ),
        ("a deep path", line(&"/a".repeat(900)), &[404]),
        (
            "a query",
            line(&format!("/jobs?type=eq.{}", "q".repeat(8200))),
            &[400],
        ),
        (
            "a long address",
            line(&format!("/jobs?{}", "q".repeat(100_000))),
            &[0, 400, 414, 431],
        ),
        // The host may close before the answer was read: the rest of the request was never read (RFC 9112, section 9.6).
        ("many headers", headers(101, 1), &[0, 431]),
        ("large headers", headers(4, 9000), &[431]),
        ("one huge header", headers(1, 300_000), &[0, 431]),
        (
            "many parameters",
            line(&format!("/jobs?{}", "type=eq.a&".repeat(60))),
            &[400],
        ),
        (
            "a long list",
            line(&format!("/jobs?type=in.({})", "a,".repeat(300))),
            &[400],
        ),
        (
            "a deep filter",
            line(&format!(
                "/jobs?or={}type.eq.a{}",
                "(and".repeat(9),
                ")".repeat(9)
            )),
            &[400],
        ),
        (
            "a huge limit",
            line("/jobs?limit=99999999999999999999"),
            &[400],
        ),
        (
            "a huge offset",
            line("/jobs?offset=18446744073709551616"),
            &[400],
        ),
        (
            "a huge number",
            line("/jobs?attempts=eq.170141183460469231731687303715884105728"),
            &[400],
        ),
        (
            "a huge amount",
            line(&format!("/listings?price=eq.{}", "9".repeat(4000))),
            &[400],
        ),
    ] {
        let answer = world.raw_call(&head, b"").await;
        assert!(wanted.contains(&answer.status()), "{what}: {}", answer.0);
    }
    let owner = world.member(&world.attacker, Role::Owner).await;
    owner.get("/jobs").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_have_bounds() {
    let world = World::open().await;
    let product = |more: &str| format!(r#"{{"sku":"BIG","title":"Big"{more}}}"#);
    let long = "x".repeat(1_100_000);
    let many = |piece: &str, n: usize| vec![piece; n].join(",");
    for (what, body, wanted) in [
        (
            "a body",
            product(&format!(r#","description":"{long}""#)),
            413,
        ),
        (
            "white space",
            format!("{}{}", " ".repeat(1_100_000), product("")),
            413,
        ),
        (
            "a text",
            product(&format!(r#","description":"{}""#, "x".repeat(70_000))),
            400,
        ),
        (
            "nesting",
            product(&format!(r#","options":{}"#, "[".repeat(100_000))),
            400,
        ),
        (
            "nested objects",
            product(&format!(
                r#","seo":{}1{}"#,
                r#"{"title":"#.repeat(5000),
                "}".repeat(5000)
            )),
            400,
        ),
        (
            "tags",
            product(&format!(r#","tags":[{}]"#, many(r#""a""#, 100_000))),
            400,
        ),
        (
            "variants",
            product(&format!(r#","variants":[{}]"#, many("{}", 100_000))),
            400,
        ),
        (
            "a number",
            product(r#","variants":[{"inventory":1e999}]"#),
            400,
        ),
        (
            "a whole number",
            product(&format!(
                r#","variants":[{{"inventory":{}}}]"#,
                "9".repeat(400)
            )),
            400,
        ),
        (
            "a price",
            product(&format!(
                r#","variants":[{{"price":"{}"}}]"#,
                "9".repeat(400)
            )),
            400,
        ),
        (
            "fields",
            product(&format!(",{}", many(r#""a":1"#, 50_000))),
            400,
        ),
        (
            "a field's name",
            product(&format!(r#","{}":1"#, "n".repeat(500_000))),
            400,
        ),
    ] {
        let answer = world
            .raw_call("POST /products HTTP/1.1", body.as_bytes())
            .await;
        assert_eq!(answer.status(), wanted, "{what}: {}", answer.0);
        assert!(
            answer.0.len() < 4096,
            "{what}: the answer repeats it: {} bytes",
            answer.0.len()
        );
    }
    let owner = world.member(&world.attacker, Role::Owner).await;
    let none = owner.get("/products?sku=eq.BIG").await.expect(200);
    assert_eq!(none["count"], 0);
}

/// A job's payload is the caller's own, but not without end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_as_it_came_has_bounds_too() {
    let world = World::open().await;
    let owner = world.member(&world.attacker, Role::Owner).await;
    let deep = format!(
        r#"{{"type":"noop","payload":{{"a":{}{}}}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let answer = world.raw_call("POST /jobs HTTP/1.1", deep.as_bytes()).await;
    assert_eq!(answer.status(), 400, "{}", answer.0);
    let large = json!({"type": "noop", "payload": {"a": "x".repeat(1_048_576)}});
    owner.post("/jobs", &large).await.expect(413);
}

/// Who announces more than comes gets nothing done, and keeps nobody waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_breaks_off_does_nothing() {
    let world = World::open().await;
    let token = &world.bearer;
    let owner = world.member(&world.attacker, Role::Owner).await;
    let head = format!(
        "POST /products HTTP/1.1\r\nHost: shop.example\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n\
         Content-Length: 4000\r\n\r\n{{\"sku\":\"CUT\",\"title\":\"Cut\"}}"
    );
    let url = world.app.host.url();
    for _ in 0..20 {
        use tokio::io::AsyncWriteExt as _;
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        drop(stream);
    }
    let list = owner.get("/products?sku=eq.CUT").await.expect(200);
    assert_eq!(list["count"], 0);
}
