//! Paths that look like a route to somebody.

use super::world::World;

/// What the table's routes must not be found by. (One slash at the end is allowed.)
const TRICKS: [&str; 29] = [
    "//jobs",
    "/jobs//",
    "///jobs///",
    "/./jobs",
    "/jobs/.",
    "/jobs/./",
    "/jobs/..",
    "/jobs/../stores",
    "/jobs/%2e%2e/stores",
    "/jobs/%2E%2E%2Fstores",
    "/jobs/..%2fstores",
    "/jobs/..;/stores",
    "/jobs;a=b",
    "/jobs;/",
    "/JOBS",
    "/Jobs",
    "/jobs.",
    "/jobs.json",
    "/jobs%20",
    "/jobs%2f",
    "/jobs%00",
    "/jobs%3flimit=1",
    "/jobs%09",
    "/%6aobs",
    "/%2fjobs",
    "/\\jobs",
    "/jobs\\..\\stores",
    "/not-found/../jobs",
    "/health/live/../../jobs",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_is_a_route_as_it_is_written_or_not_at_all() {
    let world = World::open().await;
    for path in TRICKS {
        for line in [
            format!("GET {path} HTTP/1.1"),
            format!("HEAD {path} HTTP/1.1"),
        ] {
            let answer = world.raw_call(&line, b"").await;
            assert!(
                [400, 404].contains(&answer.status()),
                "{line}: {}",
                answer.0
            );
        }
    }
    for path in ["/jobs", "/jobs/", "/jobs?"] {
        let answer = world.raw_call(&format!("GET {path} HTTP/1.1"), b"").await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.0);
    }
}

/// The address in the first line may be whole (RFC 9112, 3.2.2): whatever host it names, it is this app's path that counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_host_in_the_address_leads_nowhere_else() {
    let world = World::open().await;
    for line in [
        "GET http://evil.example/jobs/../stores HTTP/1.1",
        "GET http://evil.example//jobs HTTP/1.1",
        "GET http://evil.example@127.0.0.1/nowhere HTTP/1.1",
        "CONNECT evil.example:443 HTTP/1.1",
        "GET jobs HTTP/1.1",
        "GET  /jobs HTTP/1.1",
        "get /jobs HTTP/1.1",
        "TRACE /jobs HTTP/1.1",
        "PROPFIND /jobs HTTP/1.1",
        "GET /jobs HTTP/3.0",
    ] {
        let answer = world.raw_call(line, b"").await;
        let refused = answer.status() == 0
            || (400..=505).contains(&answer.status()) && answer.status() != 500;
        assert!(refused, "{line}: {}", answer.0);
        assert!(answer.count() <= 1, "{line}: {}", answer.0);
    }
}
