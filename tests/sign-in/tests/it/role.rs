//! Who may read what of the sign-in: what the roles can do with any statement at all.

use sign_in::Scene;
use tokio_postgres::error::SqlState;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_apps_and_the_workers_role_can_read_no_hash_and_no_token() {
    let scene = Scene::open().await;
    scene.sign_up("ada@example.com", PASSWORD).await;
    for url in [&scene.database.app_url, &scene.database.worker_url] {
        let client = cluster::connect(url).await.unwrap();
        for statement in [
            "select password_hash from hub.accounts",
            "select hash from hub.refresh_tokens",
            "select event from hub.auth_events",
            "update hub.accounts set password_hash = '$argon2id$x'",
            "insert into hub.refresh_tokens (hash, session_id) select sha256('x'), id from hub.sessions",
            "select hub.begin_sign_in('{\"email\": \"ada@example.com\", \"request\": {}}')",
        ] {
            let error = client.batch_execute(statement).await.unwrap_err();
            assert_eq!(
                error.code(),
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{statement}"
            );
        }
    }
}

#[tokio::test]
async fn the_apps_role_sees_own_sessions_only() {
    let scene = Scene::open().await;
    let ada = scene.sign_up("ada@example.com", PASSWORD).await;
    scene.sign_up("eve@example.com", PASSWORD).await;
    let client = cluster::connect(&scene.database.app_url).await.unwrap();
    let user = ada["user"]["id"].as_str().unwrap();
    let count = "select count(*) from hub.sessions";
    let seen: i64 = client.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(seen, 0);
    client
        .batch_execute(&format!("select set_config('hub.user', '{user}', false)"))
        .await
        .unwrap();
    let seen: i64 = client.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(seen, 1);
}

#[tokio::test]
async fn the_sign_ins_role_has_no_business_with_workspaces() {
    let scene = Scene::open().await;
    let client = cluster::connect(&scene.database.auth_url).await.unwrap();
    for table in [
        "workspaces",
        "members",
        "stores",
        "products",
        "jobs",
        "audit_logs",
        "api_keys",
        "idempotency_keys",
    ] {
        let error = client
            .batch_execute(&format!("select from hub.{table}"))
            .await
            .unwrap_err();
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{table}"
        );
    }
    for statement in [
        "update hub.users set email = 'x@y.z'",
        "delete from hub.users",
        "delete from hub.rate_buckets",
    ] {
        let error = client.batch_execute(statement).await.unwrap_err();
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{statement}"
        );
    }
}
