//! What a component learns of a request, and what the client gets back.

use http_body_util::BodyExt as _;
use hyper::{Request, StatusCode};

use crate::support::App;

async fn echo(app: &App, request: hyper::http::request::Builder) -> String {
    let body = app
        .send(request, "")
        .await
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unrouted_path_is_a_404_without_a_body() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.post("/nowhere", "").await,
        (StatusCode::NOT_FOUND, String::new())
    );
    assert_eq!(app.post("/", "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_specific_route_answers() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.post("/things/special", "").await.1,
        "POST /things/special"
    );
    assert!(
        app.post("/things/other", "")
            .await
            .1
            .contains("spin-path-match-id")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_told_route_and_client_as_by_spin() {
    let app = App::start(|_| {}).await;
    let request = Request::get("/things/a%20b/echo/?x=1").header("host", "shop.example:81");
    let seen = echo(&app, request).await;
    for line in [
        "GET http://shop.example:81/things/a%20b/echo/?x=1",
        r#""spin-full-url": "http://shop.example:81/things/a%20b/echo/?x=1""#,
        r#""spin-path-info": "/echo/""#,
        r#""spin-raw-component-route": "/things/:id/...""#,
        r#""spin-component-route": "/things/:id""#,
        r#""spin-matched-route": "/things/:id/...""#,
        r#""spin-base-path": "/""#,
        r#""spin-path-match-id": "a%20b""#,
        r#""spin-client-addr": "127.0.0.1:"#,
    ] {
        assert!(seen.contains(line), "{line} is missing in {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_speak_in_spins_name() {
    let app = App::start(|_| {}).await;
    let request = Request::get("/do/echo")
        .header("host", "h")
        .header("spin-client-addr", "1.2.3.4:5")
        .header("Spin-Path-Match-Id", "forged");
    let seen = echo(&app, request).await;
    assert!(
        !seen.contains("1.2.3.4") && !seen.contains("forged"),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_no_authority_is_a_400() {
    let app = App::start(|_| {}).await;
    let response = app
        .send(Request::get("/do/echo").header("host", "a b/c"), "")
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_larger_than_an_instances_memory_is_streamed_in_full() {
    const LENGTH: usize = 300_000_000;
    let app = App::start(|_| {}).await;
    let mut body = app
        .send(Request::post("/do/stream"), &LENGTH.to_string())
        .await
        .into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        received += frame.unwrap().into_data().map_or(0, |data| data.len());
    }
    assert_eq!(received, LENGTH);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_of_wasi_0_2_is_served_too() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.post("/wasi02/x", "").await,
        (StatusCode::OK, "POST /wasi02/x".to_owned())
    );
}
