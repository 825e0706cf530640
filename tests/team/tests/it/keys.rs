//! What members come to and go from takes their API keys along.

use crate::text;
use http::Method;
use serde_json::{Value, json};
use team::{Person, Team};

/// A key of `maker` with all that it may have of the catalogue.
async fn key(team: &Team, maker: &Person) -> (Person, String) {
    let body = json!({"name": "machine", "kind": "bearer", "scopes": ["read", "catalogue"]});
    let made = team.send(maker, Method::POST, "/api-keys", &body).await;
    let made = made.expect(201);
    (
        maker.machine(text(&made, "secret")),
        text(&made, "id").to_owned(),
    )
}

async fn creates(team: &Team, machine: &Person, sku: &str) -> u16 {
    let body = json!({"sku": sku, "title": "x"});
    let made = team.send(machine, Method::POST, "/products", &body).await;
    made.status.as_u16()
}

#[tokio::test]
async fn a_key_may_what_its_maker_may_now_and_ends_when_they_go() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "admin").await;
    let (machine, id) = key(&team, &ben).await;
    let member = format!("/members/{}", ben.id);
    assert_eq!(creates(&team, &machine, "A").await, 201);
    team.patch(&ann, &member, &json!({"role": "viewer"}))
        .await
        .expect(200);
    assert_eq!(creates(&team, &machine, "B").await, 403);
    team.get(&machine, "/products").await.expect(200);

    team.delete(&ann, &member).await.expect(204);
    team.get(&machine, "/products").await.expect(401);
    let invited = team.invite(&ann, &json!({"role": "admin"})).await;
    team.accept(
        &Person {
            workspace: None,
            ..ben
        },
        &invited,
    )
    .await
    .expect(200);
    team.get(&machine, "/products").await.expect(401);
    let shown = team.get(&ann, &format!("/api-keys/{id}")).await.expect(200);
    assert!(shown["revoked_at"].is_string(), "{shown:#}");
}

#[tokio::test]
async fn a_key_decides_over_nobody_not_even_its_maker() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "owner").await;
    let (machine, _) = key(&team, &ben).await;
    let invited = team.invite(&ann, &json!({"role": "viewer"})).await;
    let workspace = format!("/workspaces/{}", text(&made, "id"));
    let (own, others) = (
        format!("/members/{}", ben.id),
        format!("/members/{}", ann.id),
    );
    for (method, path, body) in [
        (Method::GET, "/workspaces", Value::Null),
        (
            Method::POST,
            "/workspaces",
            json!({"slug": "new", "name": "New"}),
        ),
        (Method::PATCH, workspace.as_str(), json!({"name": "New"})),
        (Method::PATCH, others.as_str(), json!({"role": "viewer"})),
        (Method::DELETE, others.as_str(), Value::Null),
        (Method::DELETE, own.as_str(), Value::Null),
        (Method::GET, "/invitations", Value::Null),
        (Method::POST, "/invitations", json!({"role": "viewer"})),
        (
            Method::POST,
            "/invitations/accept",
            json!({"token": invited["token"]}),
        ),
    ] {
        let answer = team.send(&machine, method.clone(), path, &body).await;
        assert_eq!(answer.status.as_u16(), 403, "{method} {path}");
    }
    assert_eq!(
        team.get(&machine, &workspace).await.expect(200)["name"],
        "north"
    );
    assert_eq!(team.get(&machine, "/members").await.expect(200)["count"], 2);
}
