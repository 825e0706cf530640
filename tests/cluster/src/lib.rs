//! A Postgres to develop and test on, and the migrations that make it a Stage Hub database.
//!
//! - [`Cluster::private`] is a developer's own server: its data lives in a directory and is there again next time.
//! - [`Cluster::throwaway`] is a server for one process: fast, and gone without trace when that process ends.
//! - [`migrate`] applies `migrations/` to any Postgres and opens the two roles that functions connect as.
//! - [`TestDatabase`] puts these together: a migrated database of its own for each test.
//!
//! A server started here ends with the process that started it, whatever ends that process: see `server.rs`.

mod account;
mod binaries;
mod connection;
mod directory;
mod fetch;
mod migrate;
mod server;
mod test_database;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use account::Account;
use directory::Directory;
use server::{Manner, Server};

pub use binaries::MINIMUM_VERSION;
pub use connection::connect;
pub use migrate::{AppUrls, RolePasswords, migrate};
pub use test_database::TestDatabase;

/// Postgres' own superuser in the clusters started here.
const SUPERUSER: &str = "postgres";

/// How long a server may take to accept connections (crash recovery included) or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running Postgres server; stops when dropped.
pub struct Cluster {
    server: Server,
    directory: Directory,
    password: String,
}

impl Cluster {
    /// Starts a server whose data is removed when it stops or this process ends. Nothing is synced to disk.
    ///
    /// Blocks for about a second; for longer where no Postgres is installed and one is fetched.
    ///
    /// # Errors
    /// When no usable Postgres is installed and none can be fetched, or the server does not start; the message says what to do.
    pub fn throwaway() -> Result<Self> {
        let account = Account::for_servers()?;
        let directory = Directory::throwaway(account.as_ref())?;
        Self::start(directory, account, Manner::Throwaway)
    }

    /// Starts a server on the data in `home`, which is made on the first call and kept.
    ///
    /// When root starts it and the unprivileged account can't reach `home`, the data lies under `/var/tmp` and `home` is a link to it.
    /// Blocks for a second or two.
    ///
    /// # Errors
    /// When no usable Postgres is installed and none can be fetched, `home` is in use by another process, its data is of another major version, or the
    /// server does not start; the message says what to do.
    pub fn private(home: &Path) -> Result<Self> {
        let account = Account::for_servers()?;
        let directory = Directory::private(home, account.as_ref())?;
        Self::start(directory, account, Manner::Durable)
    }

    fn start(directory: Directory, account: Option<Account>, manner: Manner) -> Result<Self> {
        let binaries = binaries::find_or_fetch(account.as_ref())?;
        let password = directory.initialise(&binaries, account.as_ref())?;
        let server = Server::start(&binaries, &directory, account, manner)?;
        Ok(Self {
            server,
            directory,
            password,
        })
    }

    /// The superuser's URL of the database `postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(SUPERUSER)
    }

    /// The superuser's URL of `database`.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        let Self { password, .. } = self;
        let port = self.server.port();
        format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The TCP port on 127.0.0.1; the same for the cluster's whole life.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Where the data, the log and the lock are.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.directory.path()
    }

    /// Makes the database `name`, as a copy of `template` where given (nobody may be connected to that).
    ///
    /// # Errors
    /// When the server refuses: the name is taken, or the template in use.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<()> {
        let client = connect(&self.url()).await?;
        let copy = template.map_or_else(String::new, |it| format!(" template {}", quoted(it)));
        client
            .batch_execute(&format!("create database {}{copy}", quoted(name)))
            .await
            .with_context(|| format!("could not create the database {name}"))
    }

    /// Stops the server as an administrator would (open transactions are rolled back) and starts it again on the same port.
    ///
    /// Blocks for about a second.
    ///
    /// # Errors
    /// When it does not stop or start within a minute.
    pub fn restart(&mut self) -> Result<()> {
        self.server.restart(&self.directory)
    }

    /// One of the programs that came with the server, such as `pgbench`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.server.program(name)
    }

    /// Stops the server and waits for that; the data of a throw-away one is removed.
    ///
    /// # Errors
    /// When it does not stop within a minute.
    pub fn stop(mut self) -> Result<()> {
        self.server.stop()
    }
}

/// `name` as an SQL identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `count` random bytes.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn random_bytes(count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).context("the operating system gave no random bytes")?;
    Ok(bytes)
}

/// Random text of `count` × 8 bits in hexadecimal: safe in URLs, shells and file names.
///
/// # Errors
/// As [`random_bytes`].
pub fn random_hex(count: usize) -> Result<String> {
    let bytes = random_bytes(count)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
