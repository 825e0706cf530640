//! What a body may not say: whose something is, who did it, what somebody may.

use crate::text;
use http::Method;
use serde_json::{Value, json};
use team::Team;

const FORBIDDEN: [&str; 11] = [
    "user_id",
    "workspace_id",
    "role",
    "id",
    "version",
    "created_at",
    "accepted_by",
    "accepted_at",
    "token_hash",
    "issuer",
    "subject",
];

#[tokio::test]
async fn a_field_that_has_no_business_in_a_body_is_refused_and_changes_nothing() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "viewer").await;
    let invited = team.invite(&ann, &json!({"role": "viewer"})).await;
    let everything = "select md5(string_agg(t, '' order by t)) from (select m::text as t from hub.members m union all
        select w::text from hub.workspaces w union all select i::text from hub.invitations i union all select u::text from hub.users u) all_rows";
    let before = team.one(everything).await;
    let workspace = format!("/workspaces/{}", text(&made, "id"));
    let member = format!("/members/{}", ben.id);
    let joining = json!({"token": invited["token"]});
    for (method, path, good) in [
        (
            Method::POST,
            "/workspaces",
            json!({"slug": "new", "name": "New"}),
        ),
        (Method::PATCH, workspace.as_str(), json!({"name": "New"})),
        (Method::PATCH, member.as_str(), json!({"role": "admin"})),
        (Method::POST, "/invitations", json!({"role": "viewer"})),
        (Method::POST, "/invitations/accept", joining),
    ] {
        for field in FORBIDDEN {
            if good.get(field).is_some() {
                continue;
            }
            let mut body = good.clone();
            body[field] = match field {
                "role" => json!("owner"),
                "version" => json!(1),
                "created_at" | "accepted_at" => json!("2020-01-01T00:00:00Z"),
                _ => json!(ben.id),
            };
            let answer = team.send(&ann, method.clone(), path, &body).await;
            let refused = answer.expect(400);
            let message = text(&refused["error"], "message");
            assert!(
                message.contains(field),
                "{method} {path} with {field}: {message}"
            );
        }
        let list = Value::Array(vec![good]);
        team.send(&ann, method, path, &list).await.expect(400);
    }
    assert_eq!(team.one(everything).await, before);
}
