//! Statements as the test gives them; the database's address is the variable `database_url`.

use std::cell::RefCell;
use std::rc::Rc;

use spin_sdk::pg::wit::postgres as synchronous;
use spin_sdk::pg::{Connection, DbValue, Error, Interval, ParameterValue, RangeBoundKind};

async fn address() -> String {
    spin_sdk::variables::get("database_url")
        .await
        .unwrap_or_default()
}

async fn open() -> Result<Connection, Error> {
    Connection::open(address().await).await
}

async fn run(
    connection: &Connection,
    sql: &str,
    parameters: Vec<ParameterValue>,
) -> Result<String, Error> {
    let mut found = connection.query(sql, parameters).await?;
    let columns: Vec<_> = found
        .columns()
        .iter()
        .map(|column| format!("{} {:?}", column.name, column.data_type))
        .collect();
    let mut rows = Vec::new();
    while let Some(row) = found.rows().next().await {
        rows.push(format!("{row:?}"));
    }
    found.result().await?;
    Ok(format!("{} | {}", columns.join(", "), rows.join("; ")))
}

fn text(outcome: Result<String, Error>) -> String {
    outcome.unwrap_or_else(|error| format!("error {error:?}"))
}

/// Columns and rows of a statement, asynchronously.
pub(crate) async fn query(sql: &str) -> String {
    text(async { run(&open().await?, sql, Vec::new()).await }.await)
}

/// The number of rows that a statement changed.
pub(crate) async fn execute(sql: &str) -> String {
    let changed = async { open().await?.execute(sql, Vec::new()).await };
    text(changed.await.map(|rows| rows.to_string()))
}

/// Columns and rows of a statement, synchronously: `address`, a line's end, and the statement.
pub(crate) fn query_now(body: &str) -> String {
    let (address, sql) = body.split_once('\n').unwrap_or_default();
    let found = synchronous::Connection::open(address).and_then(|open| open.query(sql, &[]));
    match found {
        Ok(found) => format!("{:?} | {:?}", found.columns, found.rows),
        Err(error) => format!("error {error:?}"),
    }
}

/// Columns and rows of a statement.
pub(crate) async fn all_rows(connection: Rc<Connection>, sql: String) -> Result<String, Error> {
    run(&connection, &sql, Vec::new()).await
}

/// The text in the first column of a statement's first row.
pub(crate) async fn first_text(connection: Rc<Connection>, sql: String) -> Result<String, Error> {
    let mut found = connection.query(sql, Vec::new()).await?;
    let first = found
        .rows()
        .next()
        .await
        .and_then(|row| row.into_iter().next());
    found.result().await?;
    Ok(match first {
        Some(DbValue::Str(text)) => text,
        other => format!("error: {other:?} is no text"),
    })
}

/// A statement on a connection that is kept from request to request.
pub(crate) async fn held(
    sql: &str,
    run: impl AsyncFn(Rc<Connection>, String) -> Result<String, Error>,
) -> String {
    thread_local! {
        static HELD: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
    }
    let kept = HELD.with_borrow(Option::clone);
    let connection = match kept {
        Some(connection) => connection,
        None => match open().await {
            Ok(connection) => Rc::new(connection),
            Err(error) => return format!("error {error:?}"),
        },
    };
    let outcome = run(connection.clone(), sql.to_owned()).await;
    HELD.set(outcome.is_ok().then_some(connection));
    text(outcome)
}

/// One value of each type to Postgres and back, a line each. The body `wrong` sends wrong ones.
pub(crate) async fn round_trips(body: &str) -> String {
    let connection = match open().await {
        Ok(connection) => connection,
        Err(error) => return format!("error {error:?}"),
    };
    let mut lines = Vec::new();
    for (ty, parameter) in if body == "wrong" {
        wrong_values()
    } else {
        values()
    } {
        let sql = format!("select $1::{ty} as v");
        let outcome = text(run(&connection, &sql, vec![parameter]).await);
        lines.push(format!("{ty}: {}", outcome.replace('\n', " ")));
    }
    lines.join("\n")
}

fn values() -> Vec<(&'static str, ParameterValue)> {
    use ParameterValue as P;
    let closed = |text: &str| Some((text.to_owned(), RangeBoundKind::Inclusive));
    vec![
        ("boolean", P::Boolean(true)),
        ("\"char\"", P::Int8(7)),
        ("int2", P::Int16(-2)),
        ("int4", P::Int32(-4)),
        ("int8", P::Int64(i64::MIN)),
        ("float4", P::Floating32(1.5)),
        ("float8", P::Floating64(-2.25)),
        ("text", P::Str("häßlich".to_owned())),
        ("varchar", P::Str("v".to_owned())),
        ("bytea", P::Binary(vec![0, 255])),
        ("date", P::Date((2024, 2, 29))),
        ("time", P::Time((23, 59, 59, 123_456_000))),
        ("timestamp", P::Datetime((1999, 12, 31, 23, 59, 59, 5_000))),
        ("timestamptz at time zone 'utc'", P::Timestamp(86_400)),
        (
            "uuid",
            P::Uuid("018f2b6c-7a3d-7000-8000-000000000001".to_owned()),
        ),
        ("jsonb", P::Jsonb(br#"{"b":1,"a":[null]}"#.to_vec())),
        ("numeric", P::Decimal("-12345.6700".to_owned())),
        (
            "int4range",
            P::RangeInt32((Some((1, RangeBoundKind::Exclusive)), None)),
        ),
        (
            "int8range",
            P::RangeInt64((None, Some((9, RangeBoundKind::Inclusive)))),
        ),
        ("numrange", P::RangeDecimal((closed("1.5"), closed("2.5")))),
        ("int4[]", P::ArrayInt32(vec![Some(1), None])),
        ("int8[]", P::ArrayInt64(vec![Some(1), None])),
        (
            "numeric[]",
            P::ArrayDecimal(vec![Some("1.10".to_owned()), None]),
        ),
        ("text[]", P::ArrayStr(vec![Some("a".to_owned()), None])),
        (
            "interval",
            P::Interval(Interval {
                micros: 1,
                days: 2,
                months: 3,
            }),
        ),
        ("int4", P::DbNull),
        ("uuid[]", P::DbNull),
    ]
}

fn wrong_values() -> Vec<(&'static str, ParameterValue)> {
    use ParameterValue as P;
    vec![
        ("int4", P::Int64(1)),
        ("uuid", P::Uuid("none".to_owned())),
        ("jsonb", P::Jsonb(b"{".to_vec())),
        ("date", P::Date((2023, 2, 29))),
        ("numeric", P::Decimal("1,5".to_owned())),
    ]
}
