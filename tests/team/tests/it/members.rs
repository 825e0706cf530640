//! `/members`.

use crate::text;
use http::Method;
use serde_json::{Value, json};
use team::{Person, Team};

fn path(person: &Person) -> String {
    format!("/members/{}", person.id)
}

#[tokio::test]
async fn members_see_each_other_and_nobody_else_does() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "viewer").await;
    let (eve, _) = team.founder("eve", "elsewhere").await;
    let all = team.get(&ben, "/members").await.expect(200);
    assert_eq!(all["count"], 2);
    let (first, second) = (&all["data"][0], &all["data"][1]);
    assert_eq!(
        (text(first, "email"), text(first, "role")),
        ("ann@team.test", "owner")
    );
    assert_eq!(
        (text(second, "user_id"), text(second, "role")),
        (ben.id.as_str(), "viewer")
    );
    assert_eq!(text(second, "workspace_id"), text(&made, "id"));
    assert_eq!(&team.get(&ann, &path(&ben)).await.expect(200), second);
    let found = team
        .get(&ann, "/members?email=like.ben*&select=id,role")
        .await
        .expect(200);
    assert_eq!(found["data"], json!([{"id": ben.id, "role": "viewer"}]));
    let found = team
        .get(&ann, "/members?role=in.(owner,admin)&order=email.desc")
        .await
        .expect(200);
    assert_eq!(found["count"], 1);

    team.get(&eve, &path(&ben)).await.expect(404);
    team.patch(&eve, &path(&ben), &json!({"role": "admin"}))
        .await
        .expect(404);
    team.delete(&eve, &path(&ben)).await.expect(404);
    let found = team
        .get(&eve, &format!("/members?id=eq.{}", ben.id))
        .await
        .expect(200);
    assert_eq!(found["count"], 0);
    team.get(&eve.at("north"), "/members").await.expect(403);
    team.get(&ann, "/members/none").await.expect(404);
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "viewer").await;
    let create = async |sku: &str| {
        let body = json!({"sku": sku, "title": "x"});
        team.send(&ben, Method::POST, "/products", &body)
            .await
            .status
            .as_u16()
    };
    assert_eq!(create("A").await, 403);
    let changed = team
        .patch(&ann, &path(&ben), &json!({"role": "operator"}))
        .await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.expect(200)["role"], "operator");
    assert_eq!(create("A").await, 201);
    team.patch(&ann, &path(&ben), &json!({"role": "viewer"}))
        .await
        .expect(200);
    assert_eq!(create("B").await, 403);
}

#[tokio::test]
async fn whoever_is_removed_is_out_with_the_next_request() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "admin").await;
    team.get(&ben, "/members").await.expect(200);
    team.delete(&ann, &path(&ben)).await.expect(204);
    team.get(&ben, "/members").await.expect(403);
    team.get(&ann, &path(&ben)).await.expect(404);
    team.delete(&ann, &path(&ben)).await.expect(404);
    assert_eq!(team.get(&ben, "/workspaces").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn anybody_may_leave_but_the_last_owner() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    for role in ["viewer", "operator", "reviewer", "admin", "owner"] {
        let member = team.member(&ann, role, role).await;
        team.delete(&member, &path(&member)).await.expect(204);
    }
    let refused = team.delete(&ann, &path(&ann)).await.expect(409);
    assert_eq!(refused["error"]["code"], "CONFLICT");
    team.patch(&ann, &path(&ann), &json!({"role": "admin"}))
        .await
        .expect(409);
    let ben = team.member(&ann, "ben", "owner").await;
    team.patch(&ann, &path(&ann), &json!({"role": "viewer"}))
        .await
        .expect(200);
    team.delete(&ben, &path(&ben)).await.expect(409);
    team.delete(&ann, &path(&ann)).await.expect(204);
}

#[tokio::test]
async fn roles_are_given_by_who_may_and_never_by_those_who_may_not() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let admin = team.member(&ann, "admin", "admin").await;
    let viewer = team.member(&ann, "viewer", "viewer").await;
    for (by, whom, role, status) in [
        (&viewer, &viewer, "owner", 403),
        (&viewer, &admin, "viewer", 403),
        (&admin, &admin, "owner", 403),
        (&admin, &viewer, "owner", 403),
        (&admin, &ann, "viewer", 403),
        (&admin, &viewer, "reviewer", 200),
    ] {
        let answer = team.patch(by, &path(whom), &json!({"role": role})).await;
        assert_eq!(answer.status.as_u16(), status, "{} to {role}", whom.id);
    }
    team.delete(&admin, &path(&ann)).await.expect(403);
    team.delete(&viewer, &path(&admin)).await.expect(403);
    let answer = team
        .patch(&ann, &path(&viewer), &json!({"role": "king"}))
        .await;
    assert_eq!(answer.field(400), "role");
}

#[tokio::test]
async fn a_member_changes_for_who_has_seen_the_current_version() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "viewer").await;
    let read = team.get(&ann, &path(&ben)).await;
    let tag = read.header("etag").unwrap().to_owned();
    let seen = [("if-match", tag.as_str())];
    let operator = json!({"role": "operator"});
    let changed = team
        .send_with(&ann, Method::PATCH, &path(&ben), &operator, &seen)
        .await;
    changed.expect(200);
    let admin = json!({"role": "admin"});
    let late = team
        .send_with(&ann, Method::PATCH, &path(&ben), &admin, &seen)
        .await;
    assert_eq!(
        late.expect(412)["error"]["details"]["current"]["role"],
        "operator"
    );
    let late = team
        .send_with(&ann, Method::DELETE, &path(&ben), &Value::Null, &seen)
        .await;
    late.expect(412);
}

#[tokio::test]
async fn a_repeated_change_gets_the_first_answer() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "viewer").await;
    let once = [("idempotency-key", "once")];
    let operator = json!({"role": "operator"});
    let change = async || {
        let answer = team
            .send_with(&ann, Method::PATCH, &path(&ben), &operator, &once)
            .await;
        answer.expect(200)
    };
    let first = change().await;
    team.patch(&ann, &path(&ben), &json!({"role": "viewer"}))
        .await
        .expect(200);
    assert_eq!(change().await, first);
    assert_eq!(
        team.get(&ann, &path(&ben)).await.expect(200)["role"],
        "viewer"
    );
}
