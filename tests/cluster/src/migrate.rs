//! Bringing a database to the newest schema, and opening the roles that functions connect as.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use refinery::{Runner, Target};
use tokio_postgres::Client;

use crate::connection::{connect, parse};

/// The role of HTTP components.
const APP: &str = "hub_app";
/// The role of cron components.
const WORKER: &str = "hub_worker";
/// The role of the sign-in.
const AUTH: &str = "hub_auth";

/// Any number that nothing else locks: whoever migrates waits for whoever already does.
const MIGRATION_LOCK: i64 = 0x5354_4147_4548_5542;

/// Passwords of the roles that functions connect as.
#[derive(Clone)]
pub struct RolePasswords {
    /// Of `hub_app`.
    pub app: String,
    /// Of `hub_worker`.
    pub worker: String,
    /// Of `hub_auth`.
    pub auth: String,
}

impl RolePasswords {
    /// New passwords that nobody can guess.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self> {
        Ok(Self {
            app: crate::random_hex(24)?,
            worker: crate::random_hex(24)?,
            auth: crate::random_hex(24)?,
        })
    }
}

/// What components connect to: the same database as the administrator's, as roles that own nothing.
#[derive(Clone)]
pub struct AppUrls {
    /// For HTTP components: `database_url`.
    pub app: String,
    /// For cron components: `worker_database_url`.
    pub worker: String,
    /// For the sign-in: `auth_database_url`.
    pub auth: String,
}

impl AppUrls {
    /// The roles' URLs of the database at `admin_url`.
    ///
    /// # Errors
    /// When `admin_url` is not a `postgres://` URL with a host.
    pub fn of(admin_url: &str, passwords: &RolePasswords) -> Result<Self> {
        Ok(Self {
            app: url_as(admin_url, APP, &passwords.app)?,
            worker: url_as(admin_url, WORKER, &passwords.worker)?,
            auth: url_as(admin_url, AUTH, &passwords.auth)?,
        })
    }
}

/// Applies what is missing of `migrations/` as the administrator of `admin_url` and sets the passwords of the roles.
/// `progress` is told the name of each migration applied.
///
/// Safe to repeat and to run at the same time from several places.
///
/// # Errors
/// When the database can't be reached, a migration fails (that one is rolled back) or an applied one was changed since.
pub async fn migrate(
    admin_url: &str,
    passwords: &RolePasswords,
    mut progress: impl FnMut(&str),
) -> Result<AppUrls> {
    // Before anything is changed: the components need these to be right as well.
    let urls = AppUrls::of(admin_url, passwords)?;
    let mut client = connect(admin_url).await?;
    client
        .execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK])
        .await
        .context("could not wait for the turn to migrate")?;
    for applied in apply(&mut client).await? {
        progress(&applied);
    }
    open_role(&client, APP, &passwords.app).await?;
    open_role(&client, WORKER, &passwords.worker).await?;
    open_role(&client, AUTH, &passwords.auth).await?;
    client
        .execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK])
        .await?;
    Ok(urls)
}

async fn apply(client: &mut Client) -> Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let migrations = refinery::load_sql_migrations(&folder)
        .with_context(|| format!("could not read {}", folder.display()))?;
    let report = Runner::new(&migrations)
        .set_target(Target::Latest)
        .set_abort_missing(true)
        .run_async(client)
        .await
        .context("a migration failed; the ones before it stay applied")?;
    let applied = report.applied_migrations();
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Lets `role` log in with `password`. Only the verifier travels, so that no server log can show the password.
async fn open_role(client: &Client, role: &str, password: &str) -> Result<()> {
    let verifier = postgres_protocol::password::scram_sha_256(password.as_bytes());
    let row = client
        .query_opt(
            "select format('alter role %I with login password %L', rolname, $2::text) from pg_roles where rolname = $1",
            &[&role, &verifier],
        )
        .await?;
    ensure!(
        row.is_some(),
        "the migrations did not make the role {role}: is migrations/ complete?"
    );
    if let Some(row) = row {
        let statement: &str = row.try_get(0)?;
        client.batch_execute(statement).await.with_context(|| {
            format!(
                "could not set the password of {role}: the administrator needs the CREATEROLE right"
            )
        })?;
    }
    Ok(())
}

/// `admin_url` for another user. Where it leaves TLS open, "off" is written out, as the administrator connected: what "prefer" does
/// depends on who reads it.
fn url_as(admin_url: &str, user: &str, password: &str) -> Result<String> {
    let mut url = parse(admin_url)?;
    let set = url
        .set_username(user)
        .and_then(|()| url.set_password(Some(password)));
    ensure!(
        set.is_ok(),
        "the database URL needs a host: components connect over TCP only"
    );
    if !url.query_pairs().any(|(name, _)| name == "sslmode") {
        url.query_pairs_mut().append_pair("sslmode", "disable");
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::url_as;

    #[test]
    fn roles_get_the_same_database_with_their_own_names() {
        let url = url_as(
            "postgres://admin:s%40x@db.example:6432/shop?sslmode=require",
            "hub_app",
            "p",
        );
        let expected = "postgres://hub_app:p@db.example:6432/shop?sslmode=require";
        assert_eq!(url.ok().as_deref(), Some(expected));
    }

    #[test]
    fn tls_is_off_where_the_url_does_not_ask_for_it() {
        let url = url_as("postgres://admin@db.example/shop", "hub_app", "p");
        let expected = "postgres://hub_app:p@db.example/shop?sslmode=disable";
        assert_eq!(url.ok().as_deref(), Some(expected));
    }

    #[test]
    fn a_url_of_a_socket_is_refused() {
        let error = url_as("postgres:///shop", "hub_app", "p").map_err(|it| it.to_string());
        assert!(error.is_err_and(|text| text.contains("needs a host")));
    }
}
