//! The ports over a connection of one's own to Postgres.

use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::settings::Settings;
use std::time::{Duration, SystemTime};
use tokio_postgres::types::{Json, ToSql};

/// The secret that the tests' tokens are signed with.
pub const JWT_SECRET: &str = "a secret of the tests, of more than thirty-two bytes";

/// What `products` is told by its manifest.
pub fn settings() -> Settings {
    Settings::new([("jwt_secret", JWT_SECRET.to_owned())])
}

/// What a component gets, without Spin.
pub struct TestHost {
    client: tokio_postgres::Client,
    settings: Settings,
}

impl TestHost {
    /// On `client`, which is connected as a component is.
    pub fn new(client: tokio_postgres::Client) -> Self {
        Self::with(client, settings())
    }

    /// The same, told something else.
    pub const fn with(client: tokio_postgres::Client, settings: Settings) -> Self {
        Self { client, settings }
    }
}

impl Db for TestHost {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        _: Repeat,
    ) -> Result<String, DbError> {
        let bound: Vec<Box<dyn ToSql + Sync>> = params.into_iter().map(bind).collect();
        let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(AsRef::as_ref).collect();
        let row = self.client.query_opt(statement, &bound).await;
        let row = row.map_err(|error| refused(&error))?;
        let text = row.map(|row| row.try_get::<_, Option<String>>(0));
        match text.transpose() {
            Ok(text) => Ok(text.flatten().unwrap_or_default()),
            Err(error) => Err(DbError::Shape(error.to_string())),
        }
    }
}

fn bind(param: Param) -> Box<dyn ToSql + Sync> {
    match param {
        Param::Json(text) => Box::new(Json(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        )),
        Param::Text(text) => Box::new(text),
    }
}

fn refused(error: &tokio_postgres::Error) -> DbError {
    match error.as_db_error() {
        Some(db) => DbError::Refused {
            sqlstate: db.code().code().to_owned(),
            message: db.message().to_owned(),
            constraint: db.constraint().map(str::to_owned),
        },
        None => DbError::Unavailable(error.to_string()),
    }
}

impl HttpClient for TestHost {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(request.uri().to_string()))
    }
}

impl Clock for TestHost {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_millis()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Random for TestHost {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).unwrap();
    }
}

impl Log for TestHost {
    fn log(&self, _: serde_json::Value) {}
}

impl Host for TestHost {
    fn settings(&self) -> &Settings {
        &self.settings
    }
}
