//! Whose rows are seen, and what nobody may change.

use database::{Member, Stage};
use serde_json::{Value, json};

/// Every table that belongs to workspaces, from the catalogue: a new one is in the test by itself.
const TENANT_TABLES: &str = "select string_agg(c.relname, ' ' order by c.relname) from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
    where c.relnamespace = 'hub'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'members'";

/// Two workspaces with rows in every table.
async fn two_workspaces() -> (Stage, String) {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    let store = stage.store_of(&two, "main").await.unwrap();
    let product = stage.product_of(&two, "mug").await.unwrap();
    let listing = stage.listing_of(&two, &product, &store).await.unwrap();
    for (workspace, store, listing) in [
        (&stage.workspace, &stage.store, &stage.listing),
        (&two, &store, &listing),
    ] {
        stage
            .enqueue(json!({"workspace_id": workspace, "store_id": store}))
            .await
            .unwrap();
        let rows = format!(
            "insert into hub.store_limits (workspace_id, store_id, name) values ('{workspace}', '{store}', 'all');
             insert into hub.store_traffic (workspace_id, store_id) values ('{workspace}', '{store}');
             insert into hub.store_renewals (workspace_id, store_id) values ('{workspace}', '{store}');
             insert into hub.channel_cache (workspace_id, store_id, key, status, body, fresh_until)
             values ('{workspace}', '{store}', repeat('0', 64), 200, 'x', now());
             insert into hub.channel_requests (workspace_id, store_id, operation, method, host, path)
             values ('{workspace}', '{store}', 'authenticate', 'GET', 'h', '/');
             insert into hub.approvals (workspace_id, user_id, resource_type, resource_id, resource_version, action)
             select '{workspace}', user_id, 'listing', '{listing}', 1, 'publish' from hub.members where role = 'owner' limit 1;
             insert into hub.idempotency_keys (workspace_id, user_id, key, fingerprint)
             select '{workspace}', user_id, 'k', 'f' from hub.members where role = 'owner' limit 1;
             insert into hub.audit_seals (workspace_id, seq, audit_id, txid, hash)
             values ('{workspace}', 1, gen_random_uuid(), '1', sha256('x'));
             insert into hub.sync_logs (workspace_id, store_id, operation, status) values ('{workspace}', '{store}', 'x', 'completed');
             insert into hub.orders (workspace_id, store_id, external_id, number, status, currency, total_minor, placed_at, channel_updated_at)
             values ('{workspace}', '{store}', '1', '1', 'open', 'EUR', 1, now(), now());
             insert into hub.connections (workspace_id, store_id, user_id, state_hash, verifier, redirect_uri)
             select '{workspace}', '{store}', user_id, encode(sha256('{store}'), 'hex'), 'sealed', 'http://x' from hub.members where role = 'owner' limit 1"
        );
        stage.admin.batch_execute(&rows).await.unwrap();
        let notified = format!(
            "insert into hub.webhook_events (workspace_id, store_id, platform, event_id, topic, body, body_sha256)
             values ('{workspace}', '{store}', 'shopify', 'e', 't', '', '');
             with k as (insert into hub.webhook_keys (workspace_id, name, secret) values ('{workspace}', 'k', 's') returning id)
             insert into hub.webhook_nonces (workspace_id, key_id, nonce) select '{workspace}', id, repeat('n', 16) from k;
             insert into hub.pms_marks values ('{workspace}', 'product:a', now());
             insert into hub.invitations (workspace_id, user_id, role, token_hash, expires_at)
             select '{workspace}', user_id, 'viewer', sha256('{workspace}'), now() from hub.members where role = 'owner' limit 1;
             insert into hub.api_keys (workspace_id, user_id, name, kind, scopes, hash, hint)
             select '{workspace}', user_id, 'k', 'bearer', '{{read}}', sha256('{workspace}'), 'h' from hub.members where role = 'owner' limit 1;
             insert into hub.origins (workspace_id, origin) values ('{workspace}', 'https://shop.example');
             insert into hub.workspace_rate_limits (workspace_id, class, subject, quantity, period)
             values ('{workspace}', 'read', 'user', 9, '1 minute')"
        );
        stage.admin.batch_execute(&notified).await.unwrap();
    }
    (stage, two)
}

async fn tenant_tables(stage: &Stage) -> Vec<String> {
    let names = stage.one(TENANT_TABLES).await.unwrap();
    let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
    assert!(names.len() >= 14, "{names:?}");
    names
}

#[tokio::test]
async fn a_request_without_any_where_sees_one_workspace_only() {
    let (stage, two) = two_workspaces().await;
    for table in tenant_tables(&stage).await {
        let all = stage
            .one(&format!(
                "select count(distinct workspace_id)::text from hub.{table}"
            ))
            .await
            .unwrap();
        assert_eq!(
            all, "2",
            "the test has no rows of both workspaces in {table}"
        );
        let statement = format!("select jsonb_agg(distinct workspace_id)::text from hub.{table}");
        for (slug, id) in [("one", &stage.workspace), ("two", &two)] {
            let seen = stage
                .request(Member::Owner, slug, "read", &statement, &json!({}))
                .await
                .unwrap();
            assert_eq!(seen, json!([id]), "{table} in {slug}");
        }
        let outside = stage
            .app
            .query_one(&format!("select count(*) from hub.{table}"), &[])
            .await
            .unwrap();
        assert_eq!(
            outside.get::<_, i64>(0),
            0,
            "{table} outside of any request"
        );
    }
}

#[tokio::test]
async fn a_worker_sees_the_catalogue_of_the_job_it_acts_for_only() {
    let (mut stage, two) = two_workspaces().await;
    for table in ["stores", "products", "product_variants", "listings"] {
        let statement = format!(
            "select coalesce(jsonb_agg(distinct workspace_id), '[]')::text from hub.{table}"
        );
        let outside = stage.worker.query_one(&statement, &[]).await.unwrap();
        assert_eq!(outside.get::<_, &str>(0), "[]", "{table} without a context");
        let transaction = stage.worker.transaction().await.unwrap();
        let act = format!("select hub.act_for('{two}', null, 'job-worker', 'j')");
        transaction.batch_execute(&act).await.unwrap();
        let inside = transaction.query_one(&statement, &[]).await.unwrap();
        assert_eq!(
            inside.get::<_, &str>(0),
            json!([two]).to_string(),
            "{table}"
        );
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_write_without_any_where_touches_one_workspace_only() {
    let (stage, two) = two_workspaces().await;
    for table in ["listings", "products", "stores", "jobs", "approvals"] {
        let statement = format!(
            "with u as (update hub.{table} set created_at = now() returning workspace_id) select jsonb_agg(distinct workspace_id)::text from u"
        );
        let touched = stage
            .request(Member::Owner, "two", "read", &statement, &json!({}))
            .await
            .unwrap();
        assert_eq!(touched, json!([two]), "{table}");
    }
}

#[tokio::test]
async fn nobody_writes_into_another_workspace() {
    let (stage, two) = two_workspaces().await;
    let statement = format!(
        "with i as (insert into hub.stores (workspace_id, platform, name, credentials) values ('{two}', 'shopify', 'n', 'c') returning id)
         select count(*)::text from i"
    );
    let error = stage
        .request(Member::Owner, "one", "read", &statement, &json!({}))
        .await
        .unwrap_err();
    assert!(
        format!("{error:?}").contains("row-level security"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_stranger_gets_in_nowhere() {
    let stage = Stage::new().await.unwrap();
    stage
        .admin
        .batch_execute("insert into hub.workspaces (slug, name) values ('closed', 'Closed')")
        .await
        .unwrap();
    for slug in ["closed", "nowhere"] {
        let error = stage
            .request(Member::Owner, slug, "read", "select 'null'", &json!({}))
            .await
            .unwrap_err();
        let code = error
            .downcast_ref::<tokio_postgres::Error>()
            .and_then(|error| error.code().cloned());
        assert_eq!(code.unwrap().code(), "HB403", "{slug}");
    }
}

#[tokio::test]
async fn row_level_security_is_forced_on_every_tenant_table() {
    let stage = Stage::new().await.unwrap();
    let open = "select coalesce(string_agg(c.relname, ' '), '') from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
        where c.relnamespace = 'hub'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)";
    assert_eq!(stage.one(open).await.unwrap(), "");
    let strong = "select coalesce(string_agg(r.rolname, ' '), '') from pg_roles r where r.rolname in ('hub_app', 'hub_worker')
        and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or exists (select from pg_class c where c.relowner = r.oid)
            or exists (select from pg_proc p where p.proowner = r.oid))";
    assert_eq!(
        stage.one(strong).await.unwrap(),
        "",
        "the roles own nothing and bypass nothing"
    );
}

#[tokio::test]
async fn the_audit_is_added_to_and_never_changed() {
    let (stage, _) = two_workspaces().await;
    for statement in [
        "update hub.audit_logs set actor = 'nobody'",
        "delete from hub.audit_logs",
        "truncate hub.audit_logs",
    ] {
        for (name, client) in [
            ("hub_app", &stage.app),
            ("hub_worker", &stage.worker),
            ("the superuser", &stage.admin),
        ] {
            let error = client.batch_execute(statement).await.unwrap_err();
            assert_eq!(error.code().unwrap().code(), "42501", "{name}: {statement}");
        }
    }
    let inside = stage
        .request(
            Member::Owner,
            "one",
            "read",
            "with d as (delete from hub.audit_logs returning id) select count(*)::text from d",
            &json!({}),
        )
        .await;
    assert!(inside.is_err());
    let seen = stage
        .request(
            Member::Owner,
            "one",
            "audit",
            "select count(*)::text from hub.audit_logs",
            &json!({}),
        )
        .await
        .unwrap();
    assert!(matches!(seen, Value::Number(n) if n.as_i64() > Some(0)));
}

#[tokio::test]
async fn requests_do_not_run_the_queue() {
    let stage = Stage::new().await.unwrap();
    for function in [
        "claim",
        "settle",
        "renew",
        "release_worker",
        "maintain",
        "expire_approvals",
        "webhook_target",
        "webhook_key",
        "watch_channels",
        "find_listing",
        "admit",
        "observe",
        "begin_refresh",
        "finish_refresh",
    ] {
        let error = stage
            .app
            .query_one(&format!("select hub.{function}('{{}}')"), &[])
            .await
            .unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{function}");
    }
}
