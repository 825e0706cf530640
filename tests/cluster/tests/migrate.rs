//! Migrations apply once, whoever runs them, and open the roles of the functions.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use cluster::{Cluster, RolePasswords, TestDatabase, connect, migrate};

async fn text(url: &str, statement: &str) -> String {
    let client = connect(url).await.unwrap();
    client.query_one(statement, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn components_connect_as_roles_without_power() {
    let database = TestDatabase::new().await.unwrap();
    for (url, role) in [
        (&database.app_url, "hub_app"),
        (&database.worker_url, "hub_worker"),
    ] {
        assert_eq!(text(url, "select current_user::text").await, role);
        let power = "select (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)::text from pg_roles where rolname = current_user";
        assert_eq!(text(url, power).await, "false");
        let owned = "select count(*)::text from pg_class where relowner = current_user::regrole";
        assert_eq!(text(url, owned).await, "0");
    }
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, other) = (
        TestDatabase::new().await.unwrap(),
        TestDatabase::new().await.unwrap(),
    );
    one.admin()
        .await
        .unwrap()
        .batch_execute("create table mine ()")
        .await
        .unwrap();
    let found = text(
        &other.admin_url,
        "select count(*)::text from pg_class where relname = 'mine'",
    )
    .await;
    assert_eq!(found, "0");
}

#[tokio::test]
async fn migrating_again_or_from_two_places_at_once_applies_each_once() {
    let cluster = Cluster::throwaway().unwrap();
    cluster.create_database("shop", None).await.unwrap();
    let (url, passwords) = (cluster.url_of("shop"), RolePasswords::random().unwrap());
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let (first, second) = tokio::join!(
        migrate(&url, &passwords, |name| one.push(name.to_owned())),
        migrate(&url, &passwords, |name| other.push(name.to_owned())),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.app, first.worker), (second.app, second.worker));
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations"))
        .unwrap()
        .count();
    assert_eq!(one.len() + other.len(), files);
    assert!(one.is_empty() || other.is_empty(), "{one:?} {other:?}");
    let mut third = 0;
    migrate(&url, &passwords, |_| third += 1).await.unwrap();
    assert_eq!(third, 0);
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let cluster = Cluster::throwaway().unwrap();
    let migrated = async || {
        migrate(&cluster.url(), &RolePasswords::random().unwrap(), |_| {})
            .await
            .unwrap()
    };
    let (old, new) = (migrated().await, migrated().await);
    assert!(connect(&old.app).await.is_err() && connect(&old.worker).await.is_err());
    assert!(connect(&new.app).await.is_ok() && connect(&new.worker).await.is_ok());
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_named_without_its_password() {
    let error = migrate(
        "postgres://me:hunter2@127.0.0.1:1/shop",
        &RolePasswords::random().unwrap(),
        |_| {},
    )
    .await;
    let error = format!("{:#}", error.err().unwrap());
    assert!(
        error.contains("127.0.0.1:1/shop") && !error.contains("hunter2"),
        "{error}"
    );
}
