//! The ports, in a cron component.

use crate::bindings::fermyon::spin::variables::{self, Error as VariableError};
use crate::bindings::spin::postgres::postgres::{
    Connection, DbValue, Error as PgError, ParameterValue, QueryError, RowSet,
};
use crate::failure;
use crate::http_client;
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::{KEYS, Settings};
use std::cell::RefCell;
use std::time::Duration;

/// Everything that a scheduled job may use, for one tick.
pub struct CronHost {
    settings: Settings,
    connection: RefCell<Option<Connection>>,
}

impl CronHost {
    /// Reads the component's variables.
    ///
    /// # Errors
    /// When Spin's source of variables fails; a variable that is not passed is only missed when it is used.
    pub fn new() -> Result<Self, String> {
        let mut values = Vec::new();
        for key in KEYS {
            match variables::get(key) {
                Ok(value) => values.push((key, value)),
                Err(VariableError::Undefined(_) | VariableError::InvalidName(_)) => {}
                Err(VariableError::Provider(why) | VariableError::Other(why)) => {
                    return Err(format!("Spin variable `{key}` could not be read: {why}"));
                }
            }
        }
        Ok(Self {
            settings: Settings::new(values),
            connection: RefCell::new(None),
        })
    }

    /// One statement on the kept connection, which is opened where there is none and dropped when it failed.
    fn query(&self, statement: &str, params: &[ParameterValue]) -> Result<RowSet, DbError> {
        let mut kept = self.connection.borrow_mut();
        let connection = match kept.take() {
            Some(connection) => connection,
            None => {
                let address = self.settings.text("worker_database_url");
                let address = address.map_err(|error| DbError::Unavailable(error.to_string()))?;
                Connection::open(address).map_err(to_db_error)?
            }
        };
        let rows = connection.query(statement, params).map_err(to_db_error);
        if !matches!(rows, Err(DbError::Unavailable(_))) {
            *kept = Some(connection);
        }
        rows
    }
}

impl Db for CronHost {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        let params: Vec<ParameterValue> = params.into_iter().map(parameter).collect();
        let rows = match self.query(statement, &params) {
            Err(DbError::Unavailable(_)) if repeat == Repeat::Safe => {
                self.query(statement, &params)?
            }
            answered => answered?,
        };
        first_text(rows)
    }
}

fn parameter(param: Param) -> ParameterValue {
    match param {
        Param::Json(json) => ParameterValue::Jsonb(json.into_bytes()),
        Param::Text(text) => ParameterValue::Str(text),
    }
}

fn first_text(rows: RowSet) -> Result<String, DbError> {
    let first = rows.rows.into_iter().next();
    match first.and_then(|row| row.into_iter().next()) {
        None | Some(DbValue::DbNull) => Ok(String::new()),
        Some(DbValue::Str(text)) => Ok(text),
        Some(DbValue::Jsonb(bytes)) => String::from_utf8(bytes).map_err(|_| {
            DbError::Shape("the statement answered JSON that is not UTF-8".to_owned())
        }),
        Some(_) => Err(DbError::Shape(
            "the statement did not answer a text".to_owned(),
        )),
    }
}

fn to_db_error(error: PgError) -> DbError {
    match error {
        PgError::ConnectionFailed(why) => DbError::Unavailable(why),
        PgError::QueryFailed(QueryError::Text(text)) | PgError::Other(text) => {
            failure::from_text(text)
        }
        PgError::QueryFailed(QueryError::DbError(error)) => {
            if error.code.starts_with("57P") || error.code.starts_with("08") {
                return DbError::Unavailable(error.message);
            }
            let mut extras = error.extras.into_iter();
            DbError::Refused {
                constraint: extras
                    .find(|(name, _)| name.as_str() == "constraint")
                    .map(|(_, value)| value),
                sqlstate: error.code,
                message: error.message,
            }
        }
        PgError::BadParameter(why) | PgError::ValueConversionFailed(why) => DbError::Shape(why),
    }
}

impl HttpClient for CronHost {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        http_client::send(request, timeout).await
    }
}

impl Clock for CronHost {
    fn now_ms(&self) -> i64 {
        let now = wasi::clocks::wall_clock::now();
        let millis = now.seconds.saturating_mul(1000) + u64::from(now.nanoseconds / 1_000_000);
        i64::try_from(millis).unwrap_or(i64::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        wstd::task::sleep(duration.into()).await;
    }
}

impl Random for CronHost {
    fn fill(&self, buffer: &mut [u8]) {
        wstd::rand::get_random_bytes(buffer);
    }
}

impl Log for CronHost {
    fn log(&self, fields: serde_json::Value) {
        eprintln!("{fields}");
    }
}

impl Host for CronHost {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
