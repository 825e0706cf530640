//! Postgres through `spin:postgres`: one connection an instance, kept from request to request.

use common::ports::{DbError, Param, Repeat};
use spin_sdk::pg::{Connection, DbValue, Error, ParameterValue, PgError, QueryError};
use std::cell::RefCell;
use std::rc::Rc;

/// The instance's connection. Requests that run at once share it; whoever finds it broken lets go of it,
/// and it is closed when the last of them has.
#[derive(Default)]
pub(crate) struct Database {
    current: RefCell<Option<Rc<Connection>>>,
}

/// Why one attempt gave no answer.
enum Failure {
    /// There was no connection: nothing was sent.
    NotSent(String),
    /// The connection broke: the statement may have been committed.
    Broken(String),
    /// Postgres answered, and trying again would give the same answer.
    Answered(DbError),
}

impl Database {
    /// [`common::ports::Db::text`] on the database at `address`.
    pub(crate) async fn text(
        &self,
        address: &str,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        let params: Vec<ParameterValue> = params.into_iter().map(parameter).collect();
        match self.attempt(address, statement, params.clone()).await {
            Err(Failure::Broken(issue)) if repeat == Repeat::Unsafe => {
                Err(DbError::Unavailable(issue))
            }
            Err(Failure::NotSent(_) | Failure::Broken(_)) => self
                .attempt(address, statement, params)
                .await
                .map_err(DbError::from),
            outcome => outcome.map_err(DbError::from),
        }
    }

    async fn attempt(
        &self,
        address: &str,
        statement: &'static str,
        params: Vec<ParameterValue>,
    ) -> Result<String, Failure> {
        let connection = self.connection(address).await?;
        let outcome = first_text(&connection, statement, params).await;
        if let Err(Failure::NotSent(_) | Failure::Broken(_)) = &outcome {
            self.let_go(&connection);
        }
        outcome
    }

    /// The open connection, or a new one. Requests that find none at the same moment open one each and
    /// keep the first: they can't wait for each other, since a task of another request does not wake them.
    async fn connection(&self, address: &str) -> Result<Rc<Connection>, Failure> {
        if let Some(open) = self.current.borrow().as_ref() {
            return Ok(Rc::clone(open));
        }
        let opened = Connection::open(address).await.map_err(not_opened)?;
        Ok(Rc::clone(
            self.current
                .borrow_mut()
                .get_or_insert_with(|| Rc::new(opened)),
        ))
    }

    /// Forgets `broken`, but not the one that another request may have opened meanwhile.
    fn let_go(&self, broken: &Rc<Connection>) {
        let mut current = self.current.borrow_mut();
        if current
            .as_ref()
            .is_some_and(|open| Rc::ptr_eq(open, broken))
        {
            *current = None;
        }
    }
}

/// The first column of the only row. Postgres's refusal may show only at the end of the rows.
async fn first_text(
    connection: &Connection,
    statement: &'static str,
    params: Vec<ParameterValue>,
) -> Result<String, Failure> {
    let mut answer = connection.query(statement, params).await?;
    let mut first = None;
    while let Some(row) = answer.rows().next().await {
        first = first.or_else(|| row.into_iter().next());
    }
    answer.result().await?;
    match first {
        Some(DbValue::Str(text)) => Ok(text),
        None | Some(DbValue::DbNull) => Ok(String::new()),
        Some(_) => Err(Failure::Answered(DbError::Shape(
            "the first column is not text".to_owned(),
        ))),
    }
}

/// Whatever kept the connection from being opened, the statement was not sent.
fn not_opened(error: Error) -> Failure {
    match Failure::from(error) {
        Failure::Broken(issue) => Failure::NotSent(issue),
        other => other,
    }
}

/// The host's words without the backtrace that some hosts add: a log line is one line.
fn briefly(issue: &str) -> String {
    let (issue, _) = issue.split_once("Stack backtrace:").unwrap_or((issue, ""));
    let words: Vec<&str> = issue.split_whitespace().collect();
    words.join(" ")
}

fn parameter(param: Param) -> ParameterValue {
    match param {
        Param::Json(text) => ParameterValue::Jsonb(text.into_bytes()),
        Param::Text(text) => ParameterValue::Str(text),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Decode(issue) => Self::Answered(DbError::Shape(issue)),
            Error::PgError(error) => error.into(),
        }
    }
}

impl From<PgError> for Failure {
    fn from(error: PgError) -> Self {
        match error {
            PgError::ConnectionFailed(issue) => Self::NotSent(briefly(&issue)),
            // Postgres always says why it refuses; without its word the connection is what failed.
            PgError::QueryFailed(QueryError::Text(issue)) | PgError::Other(issue) => {
                Self::Broken(briefly(&issue))
            }
            PgError::BadParameter(issue) | PgError::ValueConversionFailed(issue) => {
                Self::Answered(DbError::Shape(briefly(&issue)))
            }
            PgError::QueryFailed(QueryError::DbError(error)) if ends_connection(&error.code) => {
                Self::Broken(format!("{}: {}", error.code, error.message))
            }
            PgError::QueryFailed(QueryError::DbError(error)) => {
                let constraint = error
                    .extras
                    .into_iter()
                    .find_map(|(name, value)| (name == "constraint").then_some(value));
                Self::Answered(DbError::Refused {
                    sqlstate: error.code,
                    message: error.message,
                    constraint,
                })
            }
        }
    }
}

/// Class 08: the connection. 57P01 to 57P05: shut down, crashed, starting, dropped, idle too long.
fn ends_connection(sqlstate: &str) -> bool {
    sqlstate.starts_with("08") || sqlstate.starts_with("57P0")
}

impl From<Failure> for DbError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(issue) | Failure::Broken(issue) => Self::Unavailable(issue),
            Failure::Answered(error) => error,
        }
    }
}
