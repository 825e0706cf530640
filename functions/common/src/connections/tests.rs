//! Connecting, with a channel and a database that answer as they are told.

mod guild;
mod world;

use super::{callback, connect};
use crate::error::Kind;
use crate::platform::Platform;
use crate::ports::HttpError;
use crate::reply::Reply;
use crate::request::Request;
use guild::{Guild, Pottery};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use world::{STORE, WORKSPACE, World};

const PLATFORMS: &[&dyn Platform] = &[&Guild, &Pottery];

/// The answer of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn request(world: &World, method: http::Method, path: &str, query: &str) -> Request {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", world.bearer().parse().unwrap());
    Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: Box::new(None),
        request_id: "r".to_owned(),
        aside: Default::default(),
    }
}

fn ask(world: &World) -> crate::Result<Reply> {
    let path = format!("/stores/{STORE}/connect");
    let request = request(world, http::Method::POST, &path, "");
    now(connect(&request, world, PLATFORMS, STORE))
}

/// Goes the way to the channel; answers the state and what the database was given.
fn asked(world: &World) -> (String, Value) {
    world.answers(world.row("guild"));
    world.answers(json!({"outcome": "ok", "row": {"expires_at": "2026-11-23T10:10:00Z"}}));
    let answer = body(&ask(world).unwrap());
    assert_eq!(answer["expires_at"], "2026-11-23T10:10:00Z");
    let address = answer["authorisation_url"].as_str().unwrap();
    let state = address.split("state=").nth(1).unwrap();
    let state = state.split('&').next().unwrap().to_owned();
    (state, world.last_args())
}

/// What the database knows of the state that it was given with `made`.
fn found(world: &World, made: &Value) -> Value {
    let mut found = json!({"outcome": "ok", "workspace_id": WORKSPACE, "user_id": STORE});
    for name in ["id", "verifier", "redirect_uri"] {
        found[name] = made[name].clone();
    }
    found["store"] = world.row("guild");
    found
}

/// The owner comes back with `query`, to a database that knows the state and takes what comes of it.
fn back(world: &World, made: &Value, query: &str) -> crate::Result<Reply> {
    world.answers(found(world, made));
    world.answers(json!({"outcome": "ok"}));
    visit(world, query)
}

fn visit(world: &World, query: &str) -> crate::Result<Reply> {
    let mut request = request(world, http::Method::GET, "/oauth/callback", query);
    request.headers.clear();
    now(callback(&request, world, PLATFORMS, None))
}

#[test]
fn the_state_is_kept_as_its_hash_and_the_verifier_sealed() {
    let world = World::default();
    let (state, made) = asked(&world);
    assert_eq!(state.len(), 43, "256 bits in base64url");
    assert_eq!(made["state_hash"], super::hash(&state));
    assert_eq!(made["redirect_uri"], "https://hub.test/oauth/callback");
    assert!(made["verifier"].as_str().unwrap().starts_with("v2."));
    assert!(!made.to_string().contains(&state));
    let (second, _) = asked(&world);
    assert_ne!(state, second);
}

#[test]
fn the_code_becomes_credentials_beside_those_that_were_there() {
    let world = World::default();
    let (state, made) = asked(&world);
    world.channel(Ok((200, "fresh-token")));
    let reply = back(&world, &made, &format!("code=c0de&state={state}")).unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(body(&reply)["status"], "connected");
    let sent = world.sent();
    assert!(sent.starts_with("code=c0de&verifier="), "{sent}");
    assert_eq!(
        guild::challenge_of(&sent),
        world.challenge(),
        "the verifier is the one of the challenge"
    );
    let args = world.last_args();
    assert_eq!(
        (
            &args["store_id"],
            &args["token_lifetime_s"],
            &args["subscribe"]
        ),
        (&json!(STORE), &json!(3600), &json!(true))
    );
    assert_eq!(
        world.unsealed(args["credentials"].as_str().unwrap()),
        json!({"keystring": "k", "access_token": "fresh-token"})
    );
    let log = world.log();
    for secret in ["c0de", "fresh-token", &state] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn a_state_that_nobody_gave_reaches_no_channel() {
    let world = World::default();
    world.answers(json!({"outcome": "not_found"}));
    let error = visit(&world, "code=c&state=forged").unwrap_err();
    assert_eq!(error.kind, Kind::Validation);
    assert!(error.message.contains("/connect"), "{}", error.message);
    assert!(world.sent().is_empty());
    for query in ["code=c", "state=&code=c", "state=a&state=b&code=c"] {
        let error = visit(&world, query).unwrap_err();
        assert_eq!(error.details["field"], "state", "{query}");
    }
}

#[test]
fn who_lost_the_right_meanwhile_connects_nothing() {
    let world = World::default();
    world.answers(json!({"outcome": "forbidden"}));
    let error = visit(&world, "code=c&state=s").unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden);
}

#[test]
fn an_owner_who_declined_is_told_that_nothing_changed() {
    let world = World::default();
    let (state, made) = asked(&world);
    let error = back(&world, &made, &format!("error=access_denied&state={state}")).unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.message.contains("declined"), "{}", error.message);
    assert!(world.sent().is_empty());
}

#[test]
fn what_the_channel_says_is_told_harmlessly() {
    let world = World::default();
    let (state, made) = asked(&world);
    let query = format!("error=bad%0Aapp&error_description=%3Cb%3E%00x&state={state}");
    let error = back(&world, &made, &query).unwrap_err();
    assert!(
        error.message.contains("(badapp): <b>x."),
        "{}",
        error.message
    );
    let page = super::page::error_page(&error);
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(
        html.contains("&lt;b&gt;") && !html.contains("<b>"),
        "{html}"
    );
}

#[test]
fn a_code_that_the_channel_refuses_changes_nothing() {
    let world = World::default();
    let (state, made) = asked(&world);
    world.channel(Ok((400, "the code is used up")));
    let error = back(&world, &made, &format!("code=c&state={state}")).unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.message.contains("used up"), "{}", error.message);
    assert!(world.last_args().get("credentials").is_none());
}

#[test]
fn a_channel_that_is_away_is_a_503_that_says_what_to_do() {
    let world = World::default();
    let (state, made) = asked(&world);
    world.channel(Err(HttpError::Timeout));
    let error = back(&world, &made, &format!("code=c&state={state}")).unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    assert!(error.message.contains("new address"), "{}", error.message);
}

#[test]
fn a_browser_gets_a_page_that_loads_nothing() {
    let world = World::default();
    let (state, made) = asked(&world);
    world.channel(Ok((200, "t")));
    let mut found = found(&world, &made);
    found["store"]["name"] = json!("<script>");
    world.answers(found);
    world.answers(json!({"outcome": "ok"}));
    let query = format!("code=c&state={state}");
    let mut request = request(&world, http::Method::GET, "/oauth/callback", &query);
    request
        .headers
        .insert("accept", "text/html,*/*".parse().unwrap());
    let reply = now(callback(&request, &world, PLATFORMS, Some("guild"))).unwrap();
    let html = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(html.contains("The store is connected"), "{html}");
    assert!(!html.contains("<script>"), "{html}");
    let policy = reply
        .headers
        .iter()
        .find(|(name, _)| name == "content-security-policy");
    assert!(policy.unwrap().1.to_str().unwrap().contains("'none'"));

    world.answers(json!({"outcome": "not_found"}));
    let reply = now(callback(&request, &world, PLATFORMS, None)).unwrap();
    assert_eq!(reply.status, 400);
    let html = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(html.contains("not connected"), "{html}");
}

#[test]
fn the_answer_of_one_channel_is_not_taken_for_anothers() {
    let world = World::default();
    let (state, made) = asked(&world);
    let found = found(&world, &made);
    world.answers(found);
    let query = format!("code=c&state={state}");
    let request = request(&world, http::Method::GET, "/oauth/callback/pottery", &query);
    let error = now(callback(&request, &world, PLATFORMS, Some("pottery"))).unwrap_err();
    assert_eq!(error.details["field"], "platform");
    assert!(world.sent().is_empty());
}

#[test]
fn a_channel_without_a_way_in_says_what_to_do_instead() {
    let world = World::default();
    world.answers(world.row("pottery"));
    let error = ask(&world).unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(
        error.message.contains("it has tokens only"),
        "{}",
        error.message
    );
    assert!(error.message.contains("PATCH /stores"), "{}", error.message);
}

#[test]
fn a_store_that_lacks_what_the_channel_needs_is_told_which() {
    let world = World::default();
    let mut row = world.row("guild");
    row["credentials"] = json!(world.sealed(&json!({})));
    world.answers(row);
    let error = ask(&world).unwrap_err();
    assert_eq!(error.details["field"], "credentials.keystring");
}

#[test]
fn an_unknown_store_is_not_found() {
    let world = World::default();
    world.says("");
    assert_eq!(ask(&world).unwrap_err().kind, Kind::NotFound);
}
