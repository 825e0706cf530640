//! One connection: statements are prepared once and pipelined.

use deadpool_postgres::Object;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio_postgres::error::SqlState;
use tokio_postgres::{RowStream, Statement};

use super::error::{query_failed, query_failed_as_text, text};
use super::parameter::Parameter;
use super::{rows, value};
use crate::bindings::spin::spin::postgres::postgres::{Error, ParameterValue, RowSet};

/// Statements that a connection keeps prepared. Functions compose some of theirs, so that there
/// is no natural end to them; beyond this number all are forgotten.
const PREPARED: usize = 512;

/// One pooled connection.
pub(super) struct Client(Object);

impl Client {
    pub(super) fn new(connection: Object) -> Self {
        Self(connection)
    }

    /// Runs a statement and counts the rows it changed.
    pub(super) async fn execute(
        &self,
        sql: &str,
        values: Vec<ParameterValue>,
    ) -> Result<u64, Error> {
        let parameters =
            parameters(values).map_err(|e| Error::ValueConversionFailed(format!("{e:#}")))?;
        let statement = self
            .prepare(sql)
            .await
            .map_err(|error| query_failed(&error))?;
        let outcome = match self.0.execute_raw(&statement, &parameters).await {
            Err(error) if is_stale(&error) => {
                let statement = self
                    .prepare_again(sql)
                    .await
                    .map_err(|error| query_failed(&error))?;
                self.0.execute_raw(&statement, &parameters).await
            }
            outcome => outcome,
        };
        outcome.map_err(|error| query_failed(&error))
    }

    /// Runs a statement and collects its rows.
    pub(super) async fn query(
        &self,
        sql: &str,
        values: Vec<ParameterValue>,
    ) -> Result<RowSet, Error> {
        let found = self.start(sql, values).await?;
        let found: Vec<_> = found
            .try_collect()
            .await
            .map_err(|error| query_failed_as_text(&error))?;
        let columns = found.first().map(value::columns).unwrap_or_default();
        let rows = found
            .iter()
            .map(value::values)
            .collect::<anyhow::Result<_>>();
        Ok(RowSet {
            columns,
            rows: rows.map_err(|error| text(format!("{error:#}")))?,
        })
    }

    /// Runs a statement and gives its rows as they arrive. That it fails shows with the rows.
    pub(super) async fn query_async(
        &self,
        sql: &str,
        values: Vec<ParameterValue>,
    ) -> Result<rows::Answer, Error> {
        let found = self.start(sql, values).await?;
        Ok(rows::Answer::new(found.boxed()).await)
    }

    async fn start(&self, sql: &str, values: Vec<ParameterValue>) -> Result<RowStream, Error> {
        let parameters =
            parameters(values).map_err(|error| Error::BadParameter(format!("{error:#}")))?;
        let statement = self
            .prepare(sql)
            .await
            .map_err(|error| query_failed(&error))?;
        let started = match self.0.query_raw(&statement, &parameters).await {
            Err(error) if is_stale(&error) => {
                let statement = self
                    .prepare_again(sql)
                    .await
                    .map_err(|error| query_failed(&error))?;
                self.0.query_raw(&statement, &parameters).await
            }
            started => started,
        };
        started.map_err(|error| query_failed(&error))
    }

    async fn prepare(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if self.0.statement_cache.size() > PREPARED {
            self.0.statement_cache.clear();
        }
        self.0.prepare_cached(sql).await
    }

    async fn prepare_again(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        self.0.statement_cache.remove(sql, &[]);
        self.0.prepare_cached(sql).await
    }
}

/// Whether a statement was prepared before a table changed. Postgres says so before it runs
/// anything, so it can be run again.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| {
        *db.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || (*db.code() == SqlState::FEATURE_NOT_SUPPORTED
                && db.message().contains("cached plan"))
    })
}

fn parameters(values: Vec<ParameterValue>) -> anyhow::Result<Vec<Parameter>> {
    values.into_iter().map(Parameter::new).collect()
}
