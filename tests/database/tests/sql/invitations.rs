//! Links into a workspace: each works once, for whoever holds it.

use crate::belonging::{INVITATION, accept, hash, invite, role_of};
use crate::members::{ask, member, person, somebody_waits};
use cluster::connect;
use database::{Member, Stage};
use serde_json::json;

#[tokio::test]
async fn an_invitation_works_once_and_every_other_answer_is_the_same() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let (ann, ben) = (person(&stage, "ann").await, person(&stage, "ben").await);
    assert_eq!(
        invite(&stage, &owner, "operator").await["outcome"],
        "created"
    );
    let unknown = accept(&stage, &ben, "cd").await;
    assert_eq!(unknown, json!({"outcome": "not_found"}));
    let answer = accept(&stage, &ann, "ab").await;
    assert_eq!(
        (&answer["outcome"], &answer["row"]["slug"]),
        (&json!("ok"), &json!("one"))
    );
    assert_eq!(role_of(&stage, &ann).await, "operator");
    assert_eq!(accept(&stage, &ben, "ab").await, unknown, "used");
    for state in [
        "accepted_at = null, accepted_by = null, revoked_at = now()",
        "revoked_at = null, expires_at = now() - interval '1 second'",
    ] {
        let change = format!("update hub.invitations set {state}");
        stage.admin.batch_execute(&change).await.unwrap();
        assert_eq!(accept(&stage, &ben, "ab").await, unknown, "{state}");
    }
    assert_eq!(role_of(&stage, &ben).await, "none");
}

#[tokio::test]
async fn of_two_who_use_a_link_at_the_same_moment_one_gets_in() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let (ann, ben) = (person(&stage, "ann").await, person(&stage, "ben").await);
    invite(&stage, &owner, "operator").await;
    let mut first = connect(&stage.database.app_url).await.unwrap();
    let args = json!({"token_hash": hash("ab")});
    let accepting = first.transaction().await.unwrap();
    let answer = ask(&accepting, &ann, None, "accept_invitation", &args).await;
    assert_eq!(answer["outcome"], "ok");
    let late = ask(&stage.app, &ben, None, "accept_invitation", &args);
    let commit = async {
        somebody_waits(&stage).await;
        accepting.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(late, commit);
    assert_eq!(answer, json!({"outcome": "not_found"}));
    assert_eq!(
        (role_of(&stage, &ann).await, role_of(&stage, &ben).await),
        ("operator".to_owned(), "none".to_owned())
    );
}

#[tokio::test]
async fn a_member_who_accepts_stays_what_they_are_and_the_invitation_stays_good() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let viewer = member(&stage, "viewer", "viewer").await;
    invite(&stage, &owner, "admin").await;
    for user in [&viewer, &owner] {
        assert_eq!(accept(&stage, user, "ab").await["outcome"], "conflict");
    }
    assert_eq!(
        (
            role_of(&stage, &viewer).await,
            role_of(&stage, &owner).await
        ),
        ("viewer".to_owned(), "owner".to_owned())
    );
    let ann = person(&stage, "ann").await;
    assert_eq!(accept(&stage, &ann, "ab").await["outcome"], "ok");
}

#[tokio::test]
async fn nobody_is_let_in_by_somebody_who_may_not_invite_any_more() {
    let stage = Stage::new().await.unwrap();
    let admin = member(&stage, "admin", "admin").await;
    let ann = person(&stage, "ann").await;
    invite(&stage, &admin, "operator").await;
    for change in [
        format!("update hub.members set role = 'viewer' where user_id = '{admin}'"),
        format!("delete from hub.members where user_id = '{admin}'"),
    ] {
        stage.admin.batch_execute(&change).await.unwrap();
        assert_eq!(
            accept(&stage, &ann, "ab").await,
            json!({"outcome": "not_found"}),
            "{change}"
        );
    }
}

#[tokio::test]
async fn only_owners_invite_owners_and_take_that_back() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let admin = member(&stage, "admin", "admin").await;
    assert_eq!(
        invite(&stage, &admin, "owner").await["outcome"],
        "forbidden"
    );
    assert_eq!(invite(&stage, &owner, "owner").await["outcome"], "created");
    let id = json!({"id": INVITATION});
    let answer = ask(&stage.app, &admin, Some("one"), "revoke_invitation", &id).await;
    assert_eq!(answer["outcome"], "forbidden");
    for _ in 0..2 {
        let answer = ask(&stage.app, &owner, Some("one"), "revoke_invitation", &id).await;
        assert_eq!(answer["outcome"], "deleted", "{answer}");
    }
    let ann = person(&stage, "ann").await;
    assert_eq!(accept(&stage, &ann, "ab").await["outcome"], "not_found");
}

#[tokio::test]
async fn an_accepted_invitation_is_not_revoked_and_a_workspace_has_a_hundred_pending_at_most() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let ann = person(&stage, "ann").await;
    invite(&stage, &owner, "viewer").await;
    accept(&stage, &ann, "ab").await;
    let id = json!({"id": INVITATION});
    let answer = ask(&stage.app, &owner, Some("one"), "revoke_invitation", &id).await;
    assert_eq!(answer["outcome"], "conflict");
    let many = format!(
        "insert into hub.invitations (workspace_id, user_id, role, token_hash, expires_at)
         select '{}', '{owner}', 'viewer', sha256(n::text::bytea), now() + interval '1 hour' from generate_series(1, 100) n",
        stage.workspace
    );
    stage.admin.batch_execute(&many).await.unwrap();
    let args = json!({"id": stage.listing, "role": "viewer", "token_hash": hash("ef"), "hours": 1});
    let answer = ask(&stage.app, &owner, Some("one"), "invite", &args).await;
    assert_eq!(answer["outcome"], "conflict", "{answer}");
}
