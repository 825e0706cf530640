//! A migrated database for each test, on one throw-away server for each test process.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use tokio::sync::OnceCell;

use crate::{AppUrls, Cluster, RolePasswords, connect, migrate};

/// The server of this process, the name of its migrated template and the passwords of its roles.
struct Shared {
    cluster: Cluster,
    passwords: RolePasswords,
}

const TEMPLATE: &str = "hub_template";

// Never dropped: the server goes when the process does.
static SHARED: OnceCell<Shared> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database of one's own with all migrations applied and no rows.
pub struct TestDatabase {
    /// The superuser's URL, to prepare and look at rows past row level security.
    pub admin_url: String,
    /// The URL as `hub_app`, as HTTP components connect.
    pub app_url: String,
    /// The URL as `hub_worker`, as cron components connect.
    pub worker_url: String,
    /// The URL as `hub_auth`, as the sign-in connects.
    pub auth_url: String,
}

impl TestDatabase {
    /// Makes one: about a second for the first in a process, some fifty milliseconds for each other.
    ///
    /// # Errors
    /// When there is no Postgres to run, or the migrations fail.
    pub async fn new() -> Result<Self> {
        let shared = SHARED.get_or_try_init(prepare).await?;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        shared
            .cluster
            .create_database(&name, Some(TEMPLATE))
            .await?;
        let admin_url = shared.cluster.url_of(&name);
        let AppUrls { app, worker, auth } = AppUrls::of(&admin_url, &shared.passwords)?;
        Ok(Self {
            admin_url,
            app_url: app,
            worker_url: worker,
            auth_url: auth,
        })
    }

    /// A connection as the superuser.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn admin(&self) -> Result<tokio_postgres::Client> {
        connect(&self.admin_url).await
    }
}

async fn prepare() -> Result<Shared> {
    let cluster = tokio::task::spawn_blocking(Cluster::throwaway)
        .await
        .context("starting Postgres was interrupted")??;
    let passwords = RolePasswords::random()?;
    cluster.create_database(TEMPLATE, None).await?;
    migrate(&cluster.url_of(TEMPLATE), &passwords, |_| {}).await?;
    Ok(Shared { cluster, passwords })
}
