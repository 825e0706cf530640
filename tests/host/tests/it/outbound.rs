//! A component reaches what its manifest allows, and nothing else.

use http_body_util::Full;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::support::{App, database};

/// A server that answers `peer` to everything; gives its address.
async fn peer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = service_fn(|_: hyper::Request<Incoming>| async {
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from("peer"))))
            });
            let serving = hyper::server::conn::http1::Builder::new();
            tokio::spawn(serving.serve_connection(TokioIo::new(stream), answer));
        }
    });
    address
}

async fn app_with_peer(peer: &str) -> App {
    App::start(|config| {
        config.variables.set("peer", format!("http://{peer}"));
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_host_is_reached_by_either_version_of_wasi() {
    let peer = peer().await;
    let app = app_with_peer(&peer).await;
    let url = format!("http://{peer}/");
    assert_eq!(app.ask("get", &url).await, "200 OK peer");
    assert_eq!(app.post("/wasi02/get", &url).await.1, "200 OK peer");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_host_is_denied_by_name() {
    let peer = peer().await;
    let app = app_with_peer("127.0.0.1:1").await;
    let url = format!("http://{peer}/");
    assert_eq!(
        app.ask("get", &url).await,
        "error ErrorCode::HttpRequestDenied"
    );
    let (_, text) = app.post("/wasi02/get", &url).await;
    assert!(text.contains("HttpRequestDenied"), "{text}");
    let (_, text) = app.post("/confined/get", &url).await;
    assert_eq!(text, "error ErrorCode::HttpRequestDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_reaches_itself_where_self_is_allowed() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.ask("get", "http://self.alt/wasi02/x").await,
        "200 OK GET /wasi02/x"
    );
    let (_, text) = app.post("/confined/get", "http://self.alt/wasi02/x").await;
    assert_eq!(text, "error ErrorCode::HttpRequestDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_no_way_around() {
    let peer = peer().await;
    let app = app_with_peer(&peer).await;
    let text = app.ask("socket", &peer).await;
    assert!(text.starts_with("error"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_allowed_is_not_asked() {
    let app = App::start(|config| {
        config.variables.set("database_url", database());
    })
    .await;
    let (_, text) = app.post("/confined/query", "select 1").await;
    assert!(
        text.contains("ConnectionFailed") && text.contains("is not permitted"),
        "{text}"
    );
    let now = format!("{}\nselect 1", database());
    let (_, text) = app.post("/confined/query-now", &now).await;
    assert!(text.contains("is not permitted"), "{text}");
}
