//! The door for requests: how often, from where, in which session.

use cluster::connect;
use database::Stage;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_postgres::Client;

const SERVE: &str = "select hub.serve($1::text::jsonb, $2, '{}')";

/// An owner's reading request in workspace `one`, with `more`.
async fn context(stage: &Stage, more: Value) -> Value {
    let owner = stage
        .one("select id::text from hub.users where email = 'owner@one.test'")
        .await
        .unwrap();
    let mut context = json!({"via": "token", "user": owner, "workspace": "one", "need": "read", "class": "read",
        "request_id": "r", "ip": "192.0.2.1"});
    for (name, value) in more.as_object().unwrap() {
        context[name] = value.clone();
    }
    context
}

/// The first line of the answer and what follows it, or the code and message of what was raised.
async fn serve(
    app: &Client,
    context: &Value,
    statement: &str,
) -> Result<(Value, String), (String, String)> {
    match app
        .query_one(SERVE, &[&context.to_string(), &statement])
        .await
    {
        Ok(row) => {
            let text: String = row.get(0);
            let (head, answer) = text.split_once('\n').unwrap();
            Ok((serde_json::from_str(head).unwrap(), answer.to_owned()))
        }
        Err(error) => {
            let error = error.as_db_error().unwrap();
            Err((error.code().code().to_owned(), error.message().to_owned()))
        }
    }
}

/// Gives the workspace `quantity` requests a day of `class` for each `subject`: none comes back while the test runs.
async fn limit(stage: &Stage, class: &str, subject: &str, quantity: i32) {
    let statement = format!(
        "insert into hub.workspace_rate_limits (workspace_id, class, subject, quantity, period)
         values ('{}', '{class}', '{subject}', {quantity}, '1 day')",
        stage.workspace
    );
    stage.admin.batch_execute(&statement).await.unwrap();
}

#[tokio::test]
async fn an_answer_says_what_is_left() {
    let stage = Stage::new().await.unwrap();
    limit(&stage, "read", "user", 5).await;
    let asked = context(&stage, json!({})).await;
    let (head, answer) = serve(
        &stage.app,
        &asked,
        "select 'x'::text || ($1 ->> 'none') is null",
    )
    .await
    .unwrap();
    assert_eq!(answer, "true");
    let limits = head["limits"].as_array().unwrap();
    let user = limits.iter().find(|it| it["name"] == "read-user").unwrap();
    assert_eq!(
        (&user["quantity"], &user["remaining"], &user["window_s"]),
        (&json!(5), &json!(4), &json!(86400))
    );
    let address = limits
        .iter()
        .find(|it| it["name"] == "read-address")
        .unwrap();
    assert_eq!(
        address["quantity"], 6000,
        "where the workspace says nothing, everybody's limit holds"
    );
}

#[tokio::test]
async fn who_is_over_the_limit_changes_nothing_and_is_told_how_long_to_wait() {
    let stage = Stage::new().await.unwrap();
    limit(&stage, "write", "user", 2).await;
    let asked = context(&stage, json!({"need": "catalogue", "class": "write"})).await;
    let change = "update hub.products set title = title || '!' returning title";
    for title in ["A mug!", "A mug!!"] {
        assert_eq!(serve(&stage.app, &asked, change).await.unwrap().1, title);
    }
    let (code, message) = serve(&stage.app, &asked, change).await.unwrap_err();
    let told: Value = serde_json::from_str(&message).unwrap();
    assert_eq!(code, "HB429");
    let wait = told["retry_after_ms"].as_i64().unwrap();
    assert!(
        (43_000_000..=43_200_000).contains(&wait),
        "half a day for one of two: {wait}"
    );
    assert_eq!(
        stage.one("select title from hub.products").await.unwrap(),
        "A mug!!"
    );
    // Half a day later there is one more.
    stage
        .admin
        .batch_execute("update hub.rate_buckets set tat = tat - interval '12 hours'")
        .await
        .unwrap();
    serve(&stage.app, &asked, change).await.unwrap();
    assert_eq!(
        serve(&stage.app, &asked, change).await.unwrap_err().0,
        "HB429"
    );
}

#[tokio::test]
async fn a_limit_is_exact_whoever_asks_at_once() {
    let stage = Stage::new().await.unwrap();
    limit(&stage, "read", "user", 25).await;
    let asked = Arc::new(context(&stage, json!({})).await);
    let mut crowd = Vec::new();
    for _ in 0..8 {
        let (url, asked) = (stage.database.app_url.clone(), Arc::clone(&asked));
        crowd.push(tokio::spawn(async move {
            let app = connect(&url).await.unwrap();
            let mut served = 0;
            for _ in 0..10 {
                served += i32::from(serve(&app, &asked, "select 'x'::text").await.is_ok());
            }
            served
        }));
    }
    let mut served = 0;
    for one in crowd {
        served += one.await.unwrap();
    }
    assert_eq!(served, 25);
}

#[tokio::test]
async fn all_addresses_of_a_subscriber_are_one() {
    let stage = Stage::new().await.unwrap();
    limit(&stage, "read", "address", 2).await;
    let from = async |ip: &str| {
        let asked = context(&stage, json!({"ip": ip})).await;
        serve(&stage.app, &asked, "select 'x'::text").await
    };
    from("2001:db8:0:1::1").await.unwrap();
    from("2001:db8:0:1:ffff::2").await.unwrap();
    let limited = from("2001:db8:0:1::3").await.unwrap_err();
    assert_eq!(limited.0, "HB429");
    from("2001:db8:0:2::1").await.unwrap();
}

#[tokio::test]
async fn a_refusal_takes_from_no_bucket() {
    let stage = Stage::new().await.unwrap();
    limit(&stage, "read", "user", 1).await;
    limit(&stage, "read", "address", 10).await;
    let asked = context(&stage, json!({})).await;
    serve(&stage.app, &asked, "select 'x'::text").await.unwrap();
    let taken = "select (hub.take(workspace_id, 'read', jsonb_build_object('user', user_id, 'address', '192.0.2.1')) ->> 'ok')::text
        from hub.members where role = 'owner'";
    let left = "select round(extract(epoch from tat - now()) / 8640)::text from hub.rate_buckets where bucket like 'read:address:%'";
    assert_eq!(stage.one(left).await.unwrap(), "1");
    for _ in 0..3 {
        assert_eq!(stage.one(taken).await.unwrap(), "false");
    }
    assert_eq!(
        stage.one(left).await.unwrap(),
        "1",
        "the address's bucket gave nothing"
    );
}

#[tokio::test]
async fn a_stranger_who_keeps_trying_is_sent_away() {
    let stage = Stage::new().await.unwrap();
    stage.workspace_of("two").await.unwrap();
    stage.admin.batch_execute("delete from hub.members where workspace_id = (select id from hub.workspaces where slug = 'two');
        update hub.rate_limits set quantity = 3, period = '1 day' where class = 'refused' and subject = 'user'").await.unwrap();
    let asked = context(&stage, json!({"workspace": "two"})).await;
    for _ in 0..3 {
        let (head, answer) = serve(&stage.app, &asked, "select 'x'::text").await.unwrap();
        assert_eq!((head, answer.as_str()), (json!({"refused": "HB403"}), ""));
    }
    assert_eq!(
        serve(&stage.app, &asked, "select 'x'::text")
            .await
            .unwrap_err()
            .0,
        "HB429"
    );
}

#[tokio::test]
async fn nobody_is_kept_out_by_what_was_tried_in_their_name() {
    let stage = Stage::new().await.unwrap();
    let strict =
        "update hub.rate_limits set quantity = 2, period = '1 day' where class = 'refused'";
    stage.admin.batch_execute(strict).await.unwrap();
    let key = stage
        .one("insert into hub.api_keys (workspace_id, user_id, name, kind, scopes, hash, hint)
              select w.id, m.user_id, 'k', 'bearer', '{read}', sha256('right'), 'h' from hub.workspaces w
              join hub.members m on m.workspace_id = w.id and m.role = 'owner' where w.slug = 'one' returning id::text")
        .await
        .unwrap();
    let with = async |secret: &str, ip: &str| {
        let hash = format!("encode(sha256('{secret}'), 'hex')");
        let hash = stage.one(&format!("select {hash}")).await.unwrap();
        let mut asked = context(&stage, json!({"via": "key", "ip": ip})).await;
        asked.as_object_mut().unwrap().remove("user");
        asked["key"] = json!({"id": key, "hash": hash});
        serve(&stage.app, &asked, "select 'x'::text").await
    };
    for _ in 0..2 {
        let tried = with("wrong", "192.0.2.66").await.unwrap();
        assert_eq!(tried.0, json!({"refused": "HB401"}));
    }
    let limited = with("wrong", "192.0.2.66").await.unwrap_err();
    assert_eq!(limited.0, "HB429");
    assert_eq!(with("right", "192.0.2.1").await.unwrap().1, "x");
}

#[tokio::test]
async fn an_ended_session_is_refused_at_its_next_request() {
    let stage = Stage::new().await.unwrap();
    let session = stage
        .one("insert into hub.sessions (user_id, expires_at) select id, now() + interval '1 day' from hub.users where email = 'owner@one.test' returning id::text")
        .await
        .unwrap();
    let asked = context(&stage, json!({"session": session})).await;
    assert_eq!(
        serve(&stage.app, &asked, "select 'x'::text")
            .await
            .unwrap()
            .1,
        "x"
    );
    stage
        .admin
        .batch_execute("update hub.sessions set ended_at = now()")
        .await
        .unwrap();
    assert_eq!(
        serve(&stage.app, &asked, "select 'x'::text")
            .await
            .unwrap()
            .0,
        json!({"refused": "HB401"})
    );
    let other = context(&stage, json!({"session": stage.workspace})).await;
    assert_eq!(
        serve(&stage.app, &other, "select 'x'::text")
            .await
            .unwrap()
            .0,
        json!({"refused": "HB401"})
    );
}

#[tokio::test]
async fn a_page_of_another_origin_needs_the_workspaces_list() {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    let asked = context(
        &stage,
        json!({"origin": "https://shop.example", "need": "catalogue", "class": "write"}),
    )
    .await;
    let change = "update hub.products set title = 'changed' returning title";
    let list = |workspace: &str| {
        format!(
            "insert into hub.origins (workspace_id, origin) values ('{workspace}', 'https://shop.example')"
        )
    };
    stage.admin.batch_execute(&list(&two)).await.unwrap();
    assert_eq!(
        serve(&stage.app, &asked, change).await.unwrap().0,
        json!({"refused": "HBORI"})
    );
    assert_eq!(
        stage.one("select title from hub.products").await.unwrap(),
        "A mug"
    );
    stage
        .admin
        .batch_execute(&list(&stage.workspace))
        .await
        .unwrap();
    assert_eq!(
        serve(&stage.app, &asked, change).await.unwrap().1,
        "changed"
    );
}

#[tokio::test]
async fn what_is_personal_is_in_no_workspace() {
    let stage = Stage::new().await.unwrap();
    let mut asked = context(&stage, json!({"need": "personal"})).await;
    let statement =
        "select coalesce(hub.workspace()::text, 'none') || ' ' || count(*) from hub.products";
    assert_eq!(
        serve(&stage.app, &asked, statement).await.unwrap().0,
        json!({"refused": "HB403"}),
        "nor may one be named"
    );
    asked.as_object_mut().unwrap().remove("workspace");
    assert_eq!(
        serve(&stage.app, &asked, statement).await.unwrap().1,
        "none 0"
    );
}
