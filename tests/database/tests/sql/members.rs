//! Who belongs to a workspace: roles, leaving, removal, and what nobody may do to themselves.

use cluster::connect;
use database::{Member, Stage};
use serde_json::{Value, json};
use tokio_postgres::{Client, GenericClient};

/// What `function` answers to `user`: in `workspace`, or without any for who acts for themselves.
pub(crate) async fn ask(
    client: &impl GenericClient,
    user: &str,
    workspace: Option<&str>,
    function: &str,
    args: &Value,
) -> Value {
    let need = match (workspace, function) {
        (None, _) => "personal",
        (_, "remove_member") => "read",
        _ => "members",
    };
    let context = json!({"user": user, "workspace": workspace, "need": need, "request_id": "r"});
    let statement = format!("select hub.{function}($1)");
    tried(client, &context, &statement, args).await.unwrap()
}

/// What `statement` answers in `context`.
pub(crate) async fn tried(
    client: &impl GenericClient,
    context: &Value,
    statement: &str,
    args: &Value,
) -> Result<Value, tokio_postgres::Error> {
    let run = "select hub.run($1::text::jsonb, $2::text, $3::text::jsonb)";
    let (context, args) = (context.to_string(), args.to_string());
    let row = client
        .query_one(run, &[&context, &statement, &args])
        .await?;
    let text: Option<String> = row.get(0);
    Ok(serde_json::from_str(&text.unwrap_or_else(|| "null".to_owned())).unwrap())
}

/// A new account, member of nothing.
pub(crate) async fn person(stage: &Stage, name: &str) -> String {
    let statement =
        format!("insert into hub.users (email) values ('{name}@else.test') returning id::text");
    stage.one(&statement).await.unwrap()
}

/// A new account with a role in the workspace `one`.
pub(crate) async fn member(stage: &Stage, name: &str, role: &str) -> String {
    let user = person(stage, name).await;
    let statement = format!(
        "insert into hub.members (user_id, workspace_id, role) values ('{user}', '{}', '{role}')",
        stage.workspace
    );
    stage.admin.batch_execute(&statement).await.unwrap();
    user
}

async fn owners(stage: &Stage) -> String {
    let statement = format!(
        "select coalesce(string_agg(user_id::text, ' '), '') from hub.members where workspace_id = '{}' and role = 'owner'",
        stage.workspace
    );
    stage.one(&statement).await.unwrap()
}

/// Until another connection waits for a lock: what it does there is under way.
pub(crate) async fn somebody_waits(stage: &Stage) {
    let waiting = "select count(*)::text from pg_stat_activity
        where datname = current_database() and usename = 'hub_app' and wait_event_type = 'Lock'";
    for _ in 0..500 {
        if stage.one(waiting).await.unwrap() != "0" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

async fn another(stage: &Stage) -> Client {
    connect(&stage.database.app_url).await.unwrap()
}

#[tokio::test]
async fn the_last_owner_can_neither_leave_nor_step_down() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let leave = json!({"id": owner});
    let answer = ask(&stage.app, &owner, Some("one"), "remove_member", &leave).await;
    assert_eq!(answer["outcome"], "conflict", "{answer}");
    let demote = json!({"id": owner, "role": "admin"});
    let answer = ask(&stage.app, &owner, Some("one"), "change_member", &demote).await;
    assert_eq!(answer["outcome"], "conflict", "{answer}");
    assert_eq!(owners(&stage).await, owner);

    let second = member(&stage, "second", "owner").await;
    let answer = ask(&stage.app, &owner, Some("one"), "remove_member", &leave).await;
    assert_eq!(answer["outcome"], "deleted", "{answer}");
    assert_eq!(owners(&stage).await, second);
}

#[tokio::test]
async fn of_two_owners_who_leave_at_the_same_moment_one_stays() {
    let stage = Stage::new().await.unwrap();
    let first = stage.user(Member::Owner).await.unwrap();
    let second = member(&stage, "second", "owner").await;
    let (mut one, two) = (another(&stage).await, another(&stage).await);

    let leaving = one.transaction().await.unwrap();
    let answer = ask(
        &leaving,
        &first,
        Some("one"),
        "remove_member",
        &json!({"id": first}),
    )
    .await;
    assert_eq!(answer["outcome"], "deleted");
    let args = json!({"id": second});
    let late = ask(&two, &second, Some("one"), "remove_member", &args);
    let commit = async {
        somebody_waits(&stage).await;
        leaving.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(late, commit);
    assert_eq!(answer["outcome"], "conflict", "{answer}");
    assert_eq!(owners(&stage).await, second);
}

#[tokio::test]
async fn of_many_owners_who_leave_at_once_exactly_one_stays() {
    let stage = Stage::new().await.unwrap();
    let mut all = vec![stage.user(Member::Owner).await.unwrap()];
    for number in 0..7 {
        all.push(member(&stage, &format!("owner{number}"), "owner").await);
    }
    let leaving = all.iter().map(async |user| {
        let client = another(&stage).await;
        let answer = ask(
            &client,
            user,
            Some("one"),
            "remove_member",
            &json!({"id": user}),
        )
        .await;
        answer["outcome"].as_str().unwrap().to_owned()
    });
    let mut outcomes = futures::future::join_all(leaving).await;
    outcomes.sort();
    assert_eq!(
        (outcomes[0].as_str(), outcomes[1].as_str()),
        ("conflict", "deleted")
    );
    assert_eq!(owners(&stage).await.split(' ').count(), 1);
}

#[tokio::test]
async fn whoever_was_demoted_a_moment_before_acts_as_what_they_are_now() {
    let stage = Stage::new().await.unwrap();
    let first = stage.user(Member::Owner).await.unwrap();
    let second = member(&stage, "second", "owner").await;
    let (mut one, two) = (another(&stage).await, another(&stage).await);

    let demoting = one.transaction().await.unwrap();
    let args = json!({"id": second, "role": "admin"});
    let answer = ask(&demoting, &first, Some("one"), "change_member", &args).await;
    assert_eq!(answer["outcome"], "ok");
    let args = json!({"id": first, "role": "viewer"});
    let late = ask(&two, &second, Some("one"), "change_member", &args);
    let commit = async {
        somebody_waits(&stage).await;
        demoting.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(late, commit);
    assert_eq!(answer["outcome"], "forbidden", "{answer}");
    assert_eq!(owners(&stage).await, first);
}

#[tokio::test]
async fn only_owners_make_or_unmake_owners() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let second = member(&stage, "second", "owner").await;
    let admin = member(&stage, "admin", "admin").await;
    let viewer = member(&stage, "viewer", "viewer").await;
    for (function, args) in [
        ("change_member", json!({"id": second, "role": "viewer"})),
        ("change_member", json!({"id": viewer, "role": "owner"})),
        ("change_member", json!({"id": admin, "role": "owner"})),
        ("remove_member", json!({"id": second})),
    ] {
        let answer = ask(&stage.app, &admin, Some("one"), function, &args).await;
        assert_eq!(
            answer["outcome"], "forbidden",
            "{function} {args}: {answer}"
        );
        assert_eq!(answer["message"], "Only owners make or unmake owners.");
    }
    for (by, id, role) in [
        (&admin, &viewer, "reviewer"),
        (&admin, &viewer, "admin"),
        (&owner, &viewer, "owner"),
        (&viewer, &second, "operator"),
        (&admin, &admin, "operator"),
    ] {
        let args = json!({"id": id, "role": role});
        let answer = ask(&stage.app, by, Some("one"), "change_member", &args).await;
        assert_eq!(
            (&answer["outcome"], &answer["row"]["role"]),
            (&json!("ok"), &json!(role))
        );
    }
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let admin = member(&stage, "admin", "admin").await;
    let context = json!({"user": admin, "workspace": "one", "need": "stores"});
    let may = async || tried(&stage.app, &context, "select '1'", &json!({})).await;
    assert!(may().await.is_ok());
    let args = json!({"id": admin, "role": "viewer"});
    let answer = ask(&stage.app, &owner, Some("one"), "change_member", &args).await;
    assert_eq!(answer["row"]["version"], 2, "{answer}");
    assert_eq!(may().await.unwrap_err().code().unwrap().code(), "HB403");
}

#[tokio::test]
async fn whoever_is_removed_is_out_with_their_keys_and_invitations() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let admin = member(&stage, "admin", "admin").await;
    let rows = format!(
        "insert into hub.api_keys (workspace_id, user_id, name, kind, scopes, hash, hint) values
         ('{0}', '{admin}', 'theirs', 'bearer', '{{read}}', sha256('a'), 'a'), ('{0}', '{owner}', 'ours', 'bearer', '{{read}}', sha256('b'), 'b')",
        stage.workspace
    );
    stage.admin.batch_execute(&rows).await.unwrap();
    let invited = json!({"id": "0190a0b0-0000-7000-8000-000000000001", "role": "viewer", "token_hash": "ab".repeat(32), "hours": 1});
    ask(&stage.app, &admin, Some("one"), "invite", &invited).await;

    let answer = ask(
        &stage.app,
        &owner,
        Some("one"),
        "remove_member",
        &json!({"id": admin}),
    )
    .await;
    assert_eq!(answer["outcome"], "deleted");
    let context = json!({"user": admin, "workspace": "one", "need": "read"});
    let error = tried(&stage.app, &context, "select '1'", &json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "HB403");
    let good = "select string_agg(name, ' ') from hub.api_keys where revoked_at is null";
    assert_eq!(stage.one(good).await.unwrap(), "ours");
    let revoked = "select count(*)::text from hub.invitations where revoked_at is not null";
    assert_eq!(stage.one(revoked).await.unwrap(), "1");
}

#[tokio::test]
async fn any_role_may_leave_and_nobody_else_but_administrators_removes() {
    let stage = Stage::new().await.unwrap();
    let operator = stage.user(Member::Operator).await.unwrap();
    for role in ["viewer", "operator", "reviewer", "admin"] {
        let user = member(&stage, role, role).await;
        if role != "admin" {
            let args = json!({"id": operator});
            let answer = ask(&stage.app, &user, Some("one"), "remove_member", &args).await;
            assert_eq!(answer["outcome"], "forbidden", "{role}: {answer}");
        }
        let answer = ask(
            &stage.app,
            &user,
            Some("one"),
            "remove_member",
            &json!({"id": user}),
        )
        .await;
        assert_eq!(answer["outcome"], "deleted", "{role}: {answer}");
    }
}

#[tokio::test]
async fn a_key_changes_no_member_whoever_made_it() {
    let stage = Stage::new().await.unwrap();
    let owner = stage.user(Member::Owner).await.unwrap();
    let operator = stage.user(Member::Operator).await.unwrap();
    member(&stage, "second", "owner").await;
    let key = json!({"id": "0190a0b0-0000-7000-8000-000000000009"});
    let context = json!({"user": owner, "workspace": "one", "need": "read", "key": key});
    for (function, args) in [
        ("remove_member", json!({"id": owner})),
        ("remove_member", json!({"id": operator})),
        ("change_member", json!({"id": operator, "role": "admin"})),
        (
            "invite",
            json!({"id": key["id"], "role": "viewer", "token_hash": "ab".repeat(32), "hours": 1}),
        ),
        (
            "change_workspace",
            json!({"id": stage.workspace, "name": "Mine"}),
        ),
    ] {
        let statement = format!("select hub.{function}($1)");
        let answer = tried(&stage.app, &context, &statement, &args)
            .await
            .unwrap();
        assert_eq!(
            answer["outcome"], "forbidden",
            "{function} {args}: {answer}"
        );
    }
    let plain = "with d as (delete from hub.members where user_id = hub.user_id() returning 1) select count(*)::text from d";
    assert_eq!(
        tried(&stage.app, &context, plain, &json!({}))
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn the_database_itself_keeps_an_owner() {
    let stage = Stage::new().await.unwrap();
    for change in [
        "delete from hub.members",
        "update hub.members set role = 'viewer'",
    ] {
        let statement = format!("with c as ({change} returning 1) select count(*)::text from c");
        let error = stage
            .request(Member::Owner, "one", "members", &statement, &json!({}))
            .await
            .unwrap_err();
        assert!(
            format!("{error:?}").contains("the last owner can't go"),
            "{change}: {error:?}"
        );
    }
    assert_eq!(owners(&stage).await.split(' ').count(), 1);
}
