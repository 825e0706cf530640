//! Postgres' errors as the interface has them.

use std::fmt::Display;

use tokio_postgres::error::DbError;

use crate::bindings::spin::spin::postgres::postgres::{DbError as WitDbError, Error, QueryError};

/// A statement failed: with all that Postgres says of it, or as text where the connection did.
pub(super) fn query_failed(error: &tokio_postgres::Error) -> Error {
    let text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(text),
        Some(db) => QueryError::DbError(WitDbError {
            as_text: text,
            severity: db.severity().to_owned(),
            code: db.code().code().to_owned(),
            message: db.message().to_owned(),
            detail: db.detail().map(str::to_owned),
            extras: extras(db),
        }),
    })
}

/// A statement failed while its rows were collected: the synchronous `query` has text only.
pub(super) fn query_failed_as_text(error: &tokio_postgres::Error) -> Error {
    text(format!("{error:?}"))
}

/// A failure that is not Postgres' own.
pub(super) fn text(text: impl Display) -> Error {
    Error::QueryFailed(QueryError::Text(text.to_string()))
}

fn extras(db: &DbError) -> Vec<(String, String)> {
    let line = db.line().map(|line| line.to_string());
    let fields = [
        ("column", db.column()),
        ("constraint", db.constraint()),
        ("routine", db.routine()),
        ("hint", db.hint()),
        ("table", db.table()),
        ("datatype", db.datatype()),
        ("schema", db.schema()),
        ("file", db.file()),
        ("line", line.as_deref()),
        ("where_", db.where_()),
    ];
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    present.collect()
}
