//! Postgres as components see it.

use std::time::Duration;

use futures::future::join_all;

use crate::support::{App, database};

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_each_type_comes_back_as_it_went() {
    let app = App::with_database().await;
    let seen = app.ask("round-trips", "").await;
    for (line, expected) in seen.lines().zip(include_str!("round_trips.txt").lines()) {
        assert_eq!(line, expected, "in\n{seen}");
    }
    assert_eq!(
        seen.lines().count(),
        include_str!("round_trips.txt").lines().count()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_the_wrong_type_or_form_is_an_error_that_says_so() {
    let app = App::with_database().await;
    let seen = app.ask("round-trips", "wrong").await;
    let lines: Vec<_> = seen.lines().collect();
    assert!(
        lines[0].contains("QueryFailed") && lines[0].contains("int4"),
        "{seen}"
    );
    for (line, word) in lines[1..].iter().zip(["UUID", "JSON", "date", "decimal"]) {
        assert!(
            line.contains("BadParameter") && line.contains(&format!("invalid {word}")),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_type_in_the_interface_is_its_bytes_or_an_error_as_in_spin() {
    let app = App::with_database().await;
    let unsupported = app
        .ask(
            "query",
            "select '{018f2b6c-7a3d-7000-8000-000000000001}'::uuid[] as v",
        )
        .await;
    assert!(
        unsupported.contains("Unsupported(") && unsupported.contains("_uuid"),
        "{unsupported}"
    );
    let timestamptz = app.ask("query", "select now()").await;
    assert!(timestamptz.starts_with("error"), "{timestamptz}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_means_no_columns() {
    let app = App::with_database().await;
    assert_eq!(app.ask("query", "select 1 as one where false").await, " | ");
    let now = format!("{}\nselect 1 as one where false", database());
    assert_eq!(app.ask("query-now", &now).await, "[] | []");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_statement_has_its_sqlstate() {
    let app = App::with_database().await;
    app.ask(
        "execute",
        "create table once (id int primary key, check (id > 0))",
    )
    .await;
    assert_eq!(
        app.ask("execute", "insert into once values (1), (2)").await,
        "2"
    );
    for (sql, code) in [
        ("insert into once values (1)", "23505"),
        ("insert into once values (-1)", "23514"),
        ("selec", "42601"),
        ("select 1/0", "22012"),
    ] {
        for misdeed in ["execute", "query"] {
            let text = app.ask(misdeed, sql).await;
            assert!(
                text.contains("DbError") && text.contains(&format!("{code:?}")),
                "{misdeed}: {text}"
            );
        }
    }
    let text = app.ask("execute", "insert into once values (1)").await;
    assert!(
        text.contains(r#"("constraint", "once_pkey")"#) && text.contains(r#"("table", "once")"#),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_synchronous_query_reports_a_violation_as_text() {
    let app = App::with_database().await;
    app.ask("execute", "create table twice (id int primary key)")
        .await;
    let insert = format!("{}\ninsert into twice values (1) returning id", database());
    assert!(
        app.ask("query-now", &insert)
            .await
            .contains("[[DbValue::Int32(1)]]")
    );
    let text = app.ask("query-now", &insert).await;
    assert!(
        text.contains("QueryError::Text") && text.contains("E23505"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_streamed() {
    let app = App::with_database().await;
    let text = app
        .ask("query", "select n from generate_series(1, 20000) n")
        .await;
    assert!(
        text.ends_with("[DbValue::Int32(20000)]"),
        "{}",
        &text[text.len().saturating_sub(60)..]
    );
    assert_eq!(text.matches(';').count(), 19_999);
    let broken = app
        .ask(
            "query",
            "select 1 / (n - 5000) from generate_series(1, 9000) n",
        )
        .await;
    assert!(
        broken.contains("22012"),
        "{}",
        &broken[..broken.len().min(200)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_says_why() {
    let app = App::start(|config| {
        config.variables.set(
            "database_url",
            database().replace("postgres:", "postgres:x"),
        );
    })
    .await;
    let text = app.ask("query", "select 1").await;
    assert!(text.contains("ConnectionFailed"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backend_is_an_error_once_and_a_new_connection_works() {
    let app = App::start(|config| {
        config.variables.set("database_url", database());
        config.limits.concurrent_requests = 1;
    })
    .await;
    let first = app.ask("held", "select pg_backend_pid() as pid").await;
    let again = app.ask("held", "select pg_backend_pid() as pid").await;
    assert_eq!(first, again, "the instance keeps its connection");
    let pid: i32 = first
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>()[4..]
        .parse()
        .unwrap();
    let (client, connection) = tokio_postgres::connect(&database(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .query("select pg_terminate_backend($1)", &[&pid])
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(app.ask("held", "select 1").await.starts_with("error"));
    assert!(app.ask("held", "select 1 as v").await.starts_with("v "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_changes_under_a_prepared_statement_is_read_anew() {
    let app = App::with_database().await;
    app.ask("execute", "create table growing (a int)").await;
    app.ask("execute", "insert into growing values (1)").await;
    assert!(
        app.ask("query", "select * from growing")
            .await
            .starts_with("a DbDataType::Int32 |")
    );
    app.ask("execute", "alter table growing add b text default 'x'")
        .await;
    assert!(
        app.ask("query", "select * from growing")
            .await
            .contains("b DbDataType::Str")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_of_an_instance_wait_for_postgres_together() {
    let app = App::with_database().await;
    let began = std::time::Instant::now();
    let answers =
        join_all((0..8).map(|_| app.ask("query", "select pg_sleep(0.3)::text as v"))).await;
    assert!(
        answers.iter().all(|answer| answer.starts_with("v ")),
        "{answers:?}"
    );
    assert!(
        began.elapsed() < Duration::from_millis(2_000),
        "{:?}",
        began.elapsed()
    );
}
