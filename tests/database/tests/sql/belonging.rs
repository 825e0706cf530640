//! Ways into a workspace: founding one and accepting an invitation. There is no other.

use crate::members::{ask, person, tried};
use database::{Member, Stage};
use serde_json::{Value, json};

pub const INVITATION: &str = "0190a0b0-0000-7000-8000-000000000001";

pub fn hash(of: &str) -> String {
    of.repeat(32)
}

/// An invitation of `by` whose token has the hash `ab…`.
pub async fn invite(stage: &Stage, by: &str, role: &str) -> Value {
    let args = json!({"id": INVITATION, "role": role, "token_hash": hash("ab"), "hours": 1});
    ask(&stage.app, by, Some("one"), "invite", &args).await
}

pub async fn accept(stage: &Stage, user: &str, token: &str) -> Value {
    let args = json!({"token_hash": hash(token)});
    ask(&stage.app, user, None, "accept_invitation", &args).await
}

pub async fn role_of(stage: &Stage, user: &str) -> String {
    let statement = format!(
        "select coalesce((select role from hub.members where workspace_id = '{}' and user_id = '{user}'), 'none')",
        stage.workspace
    );
    stage.one(&statement).await.unwrap()
}

#[tokio::test]
async fn nobody_makes_themselves_a_member_by_a_plain_statement() {
    let stage = Stage::new().await.unwrap();
    let stranger = person(&stage, "stranger").await;
    let owner = stage.user(Member::Owner).await.unwrap();
    invite(&stage, &owner, "owner").await;
    let one = &stage.workspace;
    let attempts = [
        format!(
            "insert into hub.members (user_id, workspace_id, role) values ('{stranger}', '{one}', 'owner')"
        ),
        format!(
            "insert into hub.members (user_id, workspace_id, role) values ('{stranger}', '{one}', 'viewer')"
        ),
        format!(
            "insert into hub.members (user_id, workspace_id, role) values ('{owner}', '{one}', 'owner')"
        ),
        format!(
            "insert into hub.workspaces (slug, name, user_id) values ('theirs', 'x', '{owner}')"
        ),
        format!("insert into hub.users (id, email) values ('{INVITATION}', 'x@y.test')"),
        format!("insert into hub.users (id, issuer, subject) values ('{INVITATION}', 'i', 's')"),
        format!(
            "insert into hub.invitations (workspace_id, user_id, role, token_hash, expires_at) values ('{one}', '{stranger}', 'owner', sha256('x'), now())"
        ),
        "update hub.members set user_id = user_id".to_owned(),
        "update hub.workspaces set slug = 'mine'".to_owned(),
        "update hub.invitations set role = 'owner'".to_owned(),
    ];
    for attempt in attempts {
        let set = format!("select set_config('hub.user', '{stranger}', true)");
        let tried = stage
            .app
            .batch_execute(&format!("begin; {set}; {attempt}; commit"))
            .await;
        stage.app.batch_execute("rollback").await.unwrap();
        assert_eq!(
            tried.unwrap_err().code().unwrap().code(),
            "42501",
            "{attempt}"
        );
    }
    for attempt in [
        "update hub.members set role = 'owner'",
        "delete from hub.members",
        "update hub.workspaces set name = 'mine'",
        "update hub.invitations set accepted_at = now(), accepted_by = hub.user_id()",
    ] {
        let statement = format!("with c as ({attempt} returning 1) select count(*)::text from c");
        let context = json!({"user": stranger, "need": "personal"});
        let touched = tried(&stage.app, &context, &statement, &json!({}))
            .await
            .unwrap();
        assert_eq!(touched, 0, "{attempt}");
    }
    assert_eq!(role_of(&stage, &stranger).await, "none");
}

#[tokio::test]
async fn a_membership_moves_to_no_other_workspace() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    stage
        .admin
        .batch_execute("insert into hub.workspaces (slug, name) values ('empty', 'x')")
        .await
        .unwrap();
    let context = json!({"user": owner, "workspace": "one", "need": "members"});
    let statement = "insert into hub.members (user_id, workspace_id, role) select hub.user_id(), hub.workspace(), 'owner' returning 'x'";
    let error = tried(&stage.app, &context, statement, &json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
    let statement = "update hub.members set workspace_id = hub.uuid7() returning 'x'";
    let error = tried(&stage.app, &context, statement, &json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
}

#[tokio::test]
async fn people_see_the_addresses_of_their_workspaces_only() {
    let stage = Stage::new().await.unwrap();
    let stranger = person(&stage, "stranger").await;
    let all = "select coalesce(jsonb_agg(email order by email), '[]')::text from hub.users";
    let context = json!({"user": stranger, "need": "personal"});
    let seen = tried(&stage.app, &context, all, &json!({})).await.unwrap();
    assert_eq!(seen, json!(["stranger@else.test"]));
    let seen = stage
        .request(Member::Operator, "one", "read", all, &json!({}))
        .await
        .unwrap();
    assert_eq!(
        seen,
        json!(["operator@one.test", "owner@one.test", "reviewer@one.test"])
    );
    let outside = stage.app.query_one(all, &[]).await.unwrap();
    assert_eq!(outside.get::<_, &str>(0), "[]");
    assert!(
        stage
            .app
            .query("select issuer from hub.users", &[])
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_founder_of_a_workspace_owns_it() {
    let stage = Stage::new().await.unwrap();
    let founder = person(&stage, "founder").await;
    let args = json!({"id": INVITATION, "slug": "new", "name": "New", "currency": "EUR"});
    let answer = ask(&stage.app, &founder, None, "found_workspace", &args).await;
    assert_eq!(answer["outcome"], "created", "{answer}");
    assert_eq!(
        (&answer["row"]["role"], &answer["row"]["currency"]),
        (&json!("owner"), &json!("EUR"))
    );
    let context = json!({"user": founder, "workspace": "new", "need": "members"});
    assert!(
        tried(&stage.app, &context, "select '1'", &json!({}))
            .await
            .is_ok()
    );
    let again = json!({"id": stage.listing, "slug": "new", "name": "Newer"});
    let answer = ask(
        &stage.app,
        &stage.user(Member::Owner).await.unwrap(),
        None,
        "found_workspace",
        &again,
    )
    .await;
    assert_eq!(
        (&answer["outcome"], &answer["field"]),
        (&json!("conflict"), &json!("slug"))
    );
    let nobody = json!({"id": stage.listing, "slug": "other", "name": "Other"});
    let answer = ask(&stage.app, &stage.listing, None, "found_workspace", &nobody).await;
    assert_eq!(
        answer["outcome"], "forbidden",
        "an account that is none: {answer}"
    );
}

#[tokio::test]
async fn what_is_counted_after_founding_or_joining_is_counted_as_the_persons_own() {
    let stage = Stage::new().await.unwrap();
    let founder = person(&stage, "founder").await;
    let context = json!({"user": founder, "need": "personal"});
    let args = json!({"id": INVITATION, "slug": "new", "name": "New"});
    let left = "select (hub.found_workspace($1) is not null)::text || coalesce(hub.workspace()::text, '') || coalesce(hub.setting('hub.role'), '')";
    let after = format!("with f as materialized ({left} as x) select to_jsonb(x)::text from f");
    assert_eq!(
        tried(&stage.app, &context, &after, &args).await.unwrap(),
        "true"
    );
}

#[tokio::test]
async fn somebody_of_another_identity_provider_arrives_with_the_first_workspace() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let arriving = "0190a0b0-0000-5000-8000-000000000077";
    invite(&stage, &owner, "reviewer").await;
    let args = json!({"token_hash": hash("ab"), "issuer": "https://id.test", "subject": "user_2x", "email": "Ann@Id.test"});
    let answer = ask(&stage.app, arriving, None, "accept_invitation", &args).await;
    assert_eq!(
        (&answer["outcome"], &answer["row"]["role"]),
        (&json!("ok"), &json!("reviewer"))
    );
    let row = format!(
        "select email || ' ' || issuer || ' ' || subject from hub.users where id = '{arriving}'"
    );
    assert_eq!(
        stage.one(&row).await.unwrap(),
        "ann@id.test https://id.test user_2x"
    );
}

#[tokio::test]
async fn every_change_of_who_belongs_is_recorded_with_who_did_it() {
    let stage = Stage::new().await.unwrap();
    let (founder, ann) = (person(&stage, "founder").await, person(&stage, "ann").await);
    let workspace = stage.listing.as_str();
    let (none, new) = (None, Some("new"));
    let listed = json!(["https://shop.example"]);
    for (by, at, function, args) in [
        (
            &founder,
            none,
            "found_workspace",
            json!({"id": workspace, "slug": "new", "name": "New"}),
        ),
        (
            &founder,
            new,
            "invite",
            json!({"id": INVITATION, "role": "viewer", "token_hash": hash("ab"), "hours": 1}),
        ),
        (
            &ann,
            none,
            "accept_invitation",
            json!({"token_hash": hash("ab")}),
        ),
        (
            &founder,
            new,
            "change_member",
            json!({"id": ann, "role": "admin"}),
        ),
        (
            &ann,
            new,
            "change_workspace",
            json!({"id": workspace, "name": "Newer", "origins": listed}),
        ),
        (&ann, new, "remove_member", json!({"id": ann})),
    ] {
        let answer = ask(&stage.app, by, at, function, &args).await;
        let good = ["ok", "created", "deleted"].contains(&answer["outcome"].as_str().unwrap());
        assert!(good, "{function}: {answer}");
    }
    let record = format!(
        "select coalesce(jsonb_agg(jsonb_build_array(a.action, a.resource_type, case a.user_id when '{ann}' then 'ann' when '{founder}' then 'founder' end,
                coalesce(a.changes -> 'role', a.changes -> 'name', a.changes -> 'origin')) order by a.created_at, a.id), '[]')::text
         from hub.audit_logs a where a.workspace_id = '{workspace}' and a.actor = 'user' and a.request_id = 'r'"
    );
    let record: Value = serde_json::from_str(&stage.one(&record).await.unwrap()).unwrap();
    let wanted = json!([
        ["create", "workspace", "founder", {"from": null, "to": "New"}],
        ["create", "member", "founder", {"from": null, "to": "owner"}],
        ["create", "invitation", "founder", {"from": null, "to": "viewer"}],
        ["update", "invitation", "ann", null],
        ["create", "member", "ann", {"from": null, "to": "viewer"}],
        ["update", "member", "founder", {"from": "viewer", "to": "admin"}],
        ["create", "origin", "ann", {"from": null, "to": "https://shop.example"}],
        ["update", "workspace", "ann", {"from": "New", "to": "Newer"}],
        ["delete", "member", "ann", {"from": "admin", "to": null}],
    ]);
    assert_eq!(record, wanted, "{record:#}");
    let hashes = "select count(*)::text from hub.audit_logs where changes::text like '%abababab%'";
    assert_eq!(
        stage.one(hashes).await.unwrap(),
        "0",
        "not even the token's hash"
    );
}
