//! The interface's functions.

use std::sync::Arc;

use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::client::Client;
use super::{Access, Connection, ConnectionBuilder, Postgres, View, pool};
use crate::bindings::spin::spin::postgres::postgres::{
    Column, DbValue, Error, Host, HostConnection, HostConnectionBuilder,
    HostConnectionBuilderWithStore, HostConnectionWithStore, ParameterValue, RowSet,
};

/// A trap outside, the guest's own error inside.
type Outcome<T> = wasmtime::Result<Result<T, Error>>;

/// What an asynchronous query gives: columns, rows, and how the rows ended.
type Answer = (
    Vec<Column>,
    StreamReader<Vec<DbValue>>,
    FutureReader<Result<(), Error>>,
);

impl Access {
    async fn connect(
        &self,
        address: &str,
        certificate: Option<String>,
    ) -> Result<Connection, Error> {
        pool::check_address(address, &self.allowed).map_err(Error::ConnectionFailed)?;
        let connection = self.pools.connect(address, certificate).await;
        let connection =
            connection.map_err(|error| Error::ConnectionFailed(format!("{error:#}")))?;
        Ok(Connection(Arc::new(Client::new(connection))))
    }
}

impl View<'_> {
    async fn connect(
        &mut self,
        address: &str,
        certificate: Option<String>,
    ) -> Outcome<Resource<Connection>> {
        match self.access.connect(address, certificate).await {
            Ok(connection) => Ok(Ok(self.table.push(connection)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    fn client(&self, connection: &Resource<Connection>) -> wasmtime::Result<Arc<Client>> {
        Ok(self.table.get(connection)?.0.clone())
    }

    fn blueprint(
        &self,
        builder: &Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<(String, Option<String>)> {
        let builder = self.table.get(builder)?;
        Ok((builder.address.clone(), builder.certificate.clone()))
    }
}

impl Host for View<'_> {}

impl HostConnection for View<'_> {
    async fn open(&mut self, address: String) -> Outcome<Resource<Connection>> {
        self.connect(&address, None).await
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Outcome<RowSet> {
        Ok(self.client(&connection)?.query(&statement, params).await)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Outcome<u64> {
        Ok(self.client(&connection)?.execute(&statement, params).await)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl HostConnectionBuilder for View<'_> {
    async fn new(&mut self, address: String) -> wasmtime::Result<Resource<ConnectionBuilder>> {
        Ok(self.table.push(ConnectionBuilder {
            address,
            certificate: None,
        })?)
    }

    async fn set_ca_root(
        &mut self,
        builder: Resource<ConnectionBuilder>,
        certificate: String,
    ) -> Outcome<()> {
        if let Err(error) = pool::check_certificate(&certificate) {
            return Ok(Err(Error::Other(format!(
                "invalid root certificate: {error}"
            ))));
        }
        self.table.get_mut(&builder)?.certificate = Some(certificate);
        Ok(Ok(()))
    }

    async fn build(
        &mut self,
        builder: Resource<ConnectionBuilder>,
    ) -> Outcome<Resource<Connection>> {
        let (address, certificate) = self.blueprint(&builder)?;
        self.connect(&address, certificate).await
    }

    async fn drop(&mut self, builder: Resource<ConnectionBuilder>) -> wasmtime::Result<()> {
        self.table.delete(builder)?;
        Ok(())
    }
}

/// The asynchronous functions take what they need out of the store and wait outside of it, so
/// that the instance goes on meanwhile.
async fn connect_async<T>(
    accessor: &Accessor<T, Postgres>,
    address: &str,
    certificate: Option<String>,
) -> Outcome<Resource<Connection>> {
    let access = accessor.with(|mut store| store.get().access.clone());
    match access.connect(address, certificate).await {
        Ok(connection) => Ok(Ok(
            accessor.with(|mut store| store.get().table.push(connection))?
        )),
        Err(error) => Ok(Err(error)),
    }
}

impl<T> HostConnectionWithStore<T> for Postgres {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Outcome<Resource<Connection>> {
        connect_async(accessor, &address, None).await
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Outcome<Answer> {
        let client = accessor.with(|mut store| store.get().client(&connection))?;
        let answer = match client.query_async(&statement, params).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut store| {
            let rows = StreamReader::new(&mut store, answer.rows)?;
            let end = answer.end;
            let end = async move { wasmtime::error::Ok(end.await.unwrap_or(Ok(()))) };
            Ok(Ok((
                answer.columns,
                rows,
                FutureReader::new(&mut store, end)?,
            )))
        })
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Outcome<u64> {
        let client = accessor.with(|mut store| store.get().client(&connection))?;
        Ok(client.execute(&statement, params).await)
    }
}

impl<T> HostConnectionBuilderWithStore<T> for Postgres {
    async fn build_async(
        accessor: &Accessor<T, Self>,
        builder: Resource<ConnectionBuilder>,
    ) -> Outcome<Resource<Connection>> {
        let (address, certificate) = accessor.with(|mut store| store.get().blueprint(&builder))?;
        connect_async(accessor, &address, certificate).await
    }
}
