//! The record: every change by anyone leaves one row.

use database::{Member, Stage};
use serde_json::{Value, json};

/// Tables that hold no business of a workspace, or are told of elsewhere, each with the reason.
const NOT_RECORDED: &[(&str, &str)] = &[
    ("audit_logs", "the record itself"),
    ("audit_seals", "the record itself"),
    ("approval_history", "a log: added to and never changed"),
    ("inventory_logs", "a log: added to and never changed"),
    ("job_logs", "a log: added to and never changed"),
    ("sync_logs", "a log: added to and never changed"),
    ("channel_requests", "a log: added to and never changed"),
    (
        "job_data",
        "part of its job, which is recorded; holds recipients that are forgotten",
    ),
    (
        "webhook_events",
        "what others sent, kept as it came; what it changes is recorded",
    ),
    ("webhook_nonces", "bookkeeping: what was seen"),
    ("api_key_nonces", "bookkeeping: what was seen"),
    ("pms_marks", "bookkeeping: what was seen"),
    ("idempotency_keys", "bookkeeping: what was answered"),
    ("worker_slots", "bookkeeping of the queue"),
    ("store_limits", "bookkeeping of the requests to channels"),
    ("store_traffic", "bookkeeping of the requests to channels"),
    ("store_renewals", "bookkeeping of the requests to channels"),
    ("channel_cache", "bookkeeping of the requests to channels"),
    ("rate_buckets", "bookkeeping of the rate limits"),
    (
        "users",
        "a person's, of no workspace; that they are a member is recorded",
    ),
    ("sessions", "a person's, of no workspace"),
    (
        "accounts",
        "a person's, of no workspace: what they sign in with",
    ),
    ("refresh_tokens", "a person's, of no workspace"),
    ("auth_events", "a log: added to and never changed"),
    ("jwks", "what identity providers publish, as last fetched"),
];

/// Tables of which only some changes are recorded, each with the reason.
const PARTLY: [(&str, &str, &str); 1] = [(
    "lanes",
    "record_update",
    "they come and go with stores; only what somebody holds up is a decision",
)];

/// The record's rows of a kind, oldest first.
async fn trail(stage: &Stage, resource: &str) -> Vec<Value> {
    let rows = format!(
        "select coalesce(jsonb_agg(to_jsonb(a) order by txid, created_at), '[]')::text from hub.audit_logs a where resource_type = '{resource}'"
    );
    serde_json::from_str(&stage.one(&rows).await.unwrap()).unwrap()
}

#[tokio::test]
async fn every_table_is_recorded_or_says_why_it_is_not() {
    let stage = Stage::new().await.unwrap();
    let tables = "select json_object_agg(c.relname, array(select t.tgname from pg_trigger t
            where t.tgrelid = c.oid and t.tgname like 'record_%' and t.tgenabled = 'O' order by t.tgname))::text
        from pg_class c where c.relnamespace = 'hub'::regnamespace and c.relkind in ('r', 'p')";
    let tables: Value = serde_json::from_str(&stage.one(tables).await.unwrap()).unwrap();
    for (table, triggers) in tables.as_object().unwrap() {
        let excused = NOT_RECORDED.iter().any(|(name, _)| name == table);
        let partly = PARTLY.iter().find(|(name, ..)| name == table);
        let wanted = match (excused, partly) {
            (true, _) => json!([]),
            (_, Some((_, trigger, _))) => json!(["record_no_truncate", trigger]),
            _ => json!([
                "record_delete",
                "record_insert",
                "record_no_truncate",
                "record_update"
            ]),
        };
        assert_eq!(triggers, &wanted, "hub.{table}");
    }
}

#[tokio::test]
async fn a_request_says_who_came_by_what_from_where_and_what_changed() {
    let stage = Stage::new().await.unwrap();
    let user = stage.user(Member::Operator).await.unwrap();
    let (key, session) = (
        "00000000-0000-7000-8000-00000000000a",
        "00000000-0000-7000-8000-00000000000b",
    );
    let context = json!({"user": user, "workspace": "one", "need": "catalogue", "request_id": "r-1", "via": "signature",
        "key": {"id": key}, "session": session, "ip": "192.0.2.7", "user_agent": "curl/8"});
    let statement = "with u as (update hub.products set title = 'A cup', tags = '{new}' returning id) select count(*)::text from u";
    let run = "select hub.run($1::text::jsonb, $2::text, '{}')";
    let context = context.to_string();
    stage
        .app
        .query_one(run, &[&context, &statement])
        .await
        .unwrap();
    let row = trail(&stage, "product").await.pop().unwrap();
    for (name, value) in [
        ("user_id", user.as_str()),
        ("actor", "user"),
        ("action", "update"),
        ("resource_id", &stage.product),
        ("request_id", "r-1"),
        ("ip_address", "192.0.2.7"),
        ("user_agent", "curl/8"),
        ("via", "signature"),
        ("api_key_id", key),
        ("session_id", session),
    ] {
        assert_eq!(row[name], value, "{name} of {row:#}");
    }
    assert_eq!(
        row["changes"],
        json!({"title": {"from": "A mug", "to": "A cup"}, "tags": {"from": [], "to": ["new"]}})
    );
}

#[tokio::test]
async fn a_request_a_worker_a_notification_and_a_migration_leave_one_row_each() {
    let stage = Stage::new().await.unwrap();
    stage.approved("publish", json!({})).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let effect = json!({"effect": {"external_id": "gid://1"}});
    stage.settle(&job, "completed", effect).await.unwrap();
    let row = trail(&stage, "listing").await.pop().unwrap();
    assert_eq!(
        (&row["actor"], &row["request_id"]),
        (&json!("job-worker"), &job["id"])
    );
    let reviewer = stage.user(Member::Reviewer).await.unwrap();
    assert_eq!(row["user_id"], reviewer, "who let it happen");
    let title = "with u as (update hub.products set title = $1 ->> 'title' returning id) select count(*)::text from u";
    let args = json!({"title": "By request"});
    let request = stage.request(Member::Operator, "one", "catalogue", title, &args);
    request.await.unwrap();
    stage
        .admin
        .batch_execute("update hub.products set title = 'By migration'")
        .await
        .unwrap();
    let event = crate::pms::rename(&stage, "By notification").await;
    let told: Vec<String> = trail(&stage, "product")
        .await
        .iter()
        .filter(|row| row["action"] == "update" && !row["changes"]["title"].is_null())
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
            let to = row["changes"]["title"]["to"].as_str().unwrap().to_owned();
            [
                to,
                text("actor"),
                text("request_id"),
                text("via"),
                text("api_key_id"),
            ]
            .join(", ")
        })
        .collect();
    let administrator = stage.one("select session_user::text").await.unwrap();
    assert_eq!(
        told,
        [
            "By request, user, a-request, token, -".to_owned(),
            format!("By migration, {administrator}, -, -, -"),
            format!("By notification, webhooks, {event}, -, -"),
        ]
    );
}

#[tokio::test]
async fn members_and_workspaces_are_recorded_by_what_identifies_them() {
    let stage = Stage::new().await.unwrap();
    let reviewer = stage.user(Member::Reviewer).await.unwrap();
    let changes = format!(
        "update hub.members set role = 'viewer' where user_id = '{reviewer}';
         delete from hub.members where user_id = '{reviewer}';
         update hub.workspaces set name = 'Another'"
    );
    stage.admin.batch_execute(&changes).await.unwrap();
    let rows = trail(&stage, "member").await;
    let last: Vec<&Value> = rows
        .iter()
        .filter(|row| row["resource_id"] == reviewer.as_str())
        .collect();
    assert_eq!(last.len(), 3, "{rows:#?}");
    assert_eq!(
        last[1]["changes"],
        json!({"role": {"from": "reviewer", "to": "viewer"}})
    );
    assert_eq!(
        (&last[2]["action"], &last[2]["changes"]["role"]["from"]),
        (&json!("delete"), &json!("viewer"))
    );
    let workspace = trail(&stage, "workspace").await.pop().unwrap();
    assert_eq!(workspace["workspace_id"], stage.workspace.as_str());
    assert_eq!(workspace["resource_id"], stage.workspace.as_str());
    assert_eq!(workspace["changes"]["name"]["to"], "Another");
}

#[tokio::test]
async fn a_limit_is_recorded_where_it_holds() {
    let stage = Stage::new().await.unwrap();
    let changes = format!(
        "insert into hub.workspace_rate_limits (workspace_id, class, subject, quantity, period) values ('{}', 'read', 'user', 5, '1 minute');
         update hub.rate_limits set quantity = 7 where class = 'write' and subject = 'key'",
        stage.workspace
    );
    stage.admin.batch_execute(&changes).await.unwrap();
    let rows = trail(&stage, "rate_limit").await;
    let own = rows
        .iter()
        .find(|row| row["workspace_id"] == stage.workspace.as_str())
        .unwrap();
    assert_eq!(own["resource_key"], "read user");
    assert_eq!(own["changes"]["quantity"]["to"], 5);
    let for_all = rows
        .iter()
        .find(|row| row["workspace_id"] == "00000000-0000-0000-0000-000000000000")
        .unwrap();
    assert_eq!(for_all["resource_key"], "write key");
    assert_eq!(for_all["changes"]["quantity"]["to"], 7);
}

#[tokio::test]
async fn holding_up_a_lane_is_recorded_and_its_work_is_not() {
    let stage = Stage::new().await.unwrap();
    stage
        .enqueue(json!({"store_id": stage.store}))
        .await
        .unwrap();
    stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(trail(&stage, "lane").await, Vec::<Value>::new());
    stage
        .admin
        .batch_execute("update hub.lanes set paused = true")
        .await
        .unwrap();
    let rows = trail(&stage, "lane").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["resource_key"], format!("{} default", stage.store));
    assert_eq!(
        rows[0]["changes"],
        json!({"paused": {"from": false, "to": true}})
    );
}

#[tokio::test]
async fn a_job_that_somebody_removes_is_recorded_and_one_that_is_too_old_is_not() {
    let stage = Stage::new().await.unwrap();
    let old = stage.enqueue(json!({})).await.unwrap();
    let ended = format!(
        "update hub.jobs set state = 'cancelled', completed_at = now() - interval '90 days' where id = '{old}'"
    );
    stage.admin.batch_execute(&ended).await.unwrap();
    let removed = stage.call("maintain", &json!({"retention_days": 30})).await;
    assert_eq!(removed.unwrap()["jobs_removed"], 1);
    let job = stage.enqueue(json!({})).await.unwrap();
    let remove = format!("delete from hub.jobs where id = '{job}'");
    stage.admin.batch_execute(&remove).await.unwrap();
    let rows = trail(&stage, "job").await;
    let removed: Vec<&Value> = rows
        .iter()
        .filter(|row| row["action"] == "delete")
        .collect();
    assert_eq!(removed.len(), 1, "{rows:#?}");
    assert_eq!(removed[0]["resource_id"], job.as_str());
}

#[tokio::test]
async fn nobody_writes_the_record_by_hand_or_empties_a_recorded_table() {
    let stage = Stage::new().await.unwrap();
    let forged = format!(
        "insert into hub.audit_logs (workspace_id, actor, action, resource_type) values ('{}', 'user', 'create', 'store')",
        stage.workspace
    );
    for client in [&stage.app, &stage.worker] {
        let context = format!("select hub.act_for('{}', null, 'x', null)", stage.workspace);
        let both = format!("begin; {context}; {forged}");
        let error = client.batch_execute(&both).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501");
        client.batch_execute("rollback").await.unwrap();
    }
    let inside = format!("with f as ({forged} returning id) select count(*)::text from f");
    let nothing = json!({});
    let refused = stage.request(Member::Owner, "one", "audit", &inside, &nothing);
    assert!(refused.await.is_err());
    for table in ["products", "jobs", "lanes", "members", "workspaces"] {
        let truncate = format!("truncate hub.{table} cascade");
        let error = stage.admin.batch_execute(&truncate).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{table}");
    }
}

/// What is named like a secret and is none.
const NO_SECRETS: [&str; 2] = ["resource_key", "unique_key"];

#[tokio::test]
async fn no_column_that_is_named_like_a_secret_shows() {
    let stage = Stage::new().await.unwrap();
    let columns = "select coalesce(json_agg(distinct a.attname), '[]')::text from pg_trigger t
        join pg_attribute a on a.attrelid = t.tgrelid and a.attnum > 0 and not a.attisdropped
        where t.tgname like 'record_%' and a.atttypid in ('text'::regtype, 'bytea'::regtype, 'jsonb'::regtype)
          and a.attname ~* '(secret|credential|passw|token|hash|verifier|key|nonce|salt|cipher|sealed|wrapped|private|otp|signature)'";
    let columns: Vec<String> = serde_json::from_str(&stage.one(columns).await.unwrap()).unwrap();
    assert!(columns.len() >= 5, "{columns:?}");
    for column in columns {
        if NO_SECRETS.contains(&column.as_str()) {
            continue;
        }
        let entry = format!(
            "insert into hub.audit_logs (workspace_id, action, resource_type, changes)
             values ('{}', 'update', 'x', '{{\"{column}\": {{\"from\": \"canary\", \"to\": \"canary\"}}}}') returning changes::text",
            stage.workspace
        );
        let shown = stage.one(&entry).await.unwrap();
        assert!(
            !shown.contains("canary") && shown.contains(&column),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn secrets_within_a_field_do_not_show_and_the_rest_of_it_does() {
    let stage = Stage::new().await.unwrap();
    let config = "update hub.stores set config = '{\"shop\": \"north\", \"app\": {\"client_secret\": \"canary\", \"apiKey\": \"canary\"},
        \"list\": [{\"Access-Token\": \"canary\", \"scope\": \"read\"}]}', credentials = 'canary'";
    stage.admin.batch_execute(config).await.unwrap();
    let row = trail(&stage, "store").await.pop().unwrap();
    assert_eq!(
        row["changes"]["config"]["to"],
        json!({"shop": "north", "app": {"client_secret": "[redacted]", "apiKey": "[redacted]"},
            "list": [{"Access-Token": "[redacted]", "scope": "read"}]})
    );
    assert_eq!(row["changes"]["credentials"]["to"], "[redacted]");
    assert!(!row.to_string().contains("canary"));
    let attributes = "update hub.products set title = 'A secret token', tags = '{secret,token}'";
    stage.admin.batch_execute(attributes).await.unwrap();
    let row = trail(&stage, "product").await.pop().unwrap();
    assert_eq!(row["changes"]["title"]["to"], "A secret token");
    assert_eq!(row["changes"]["tags"]["to"], json!(["secret", "token"]));
}
