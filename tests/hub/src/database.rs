//! The Postgres of this checkout: the one that was given, else a private one.

use anyhow::{Context, Result};
use cluster::{AppUrls, Cluster};

use crate::progress::{say, step};
use crate::project::Project;
use crate::secrets::Secrets;

/// A migrated database.
pub struct Database {
    /// Its URL as the administrator; only the developer command uses it.
    pub admin_url: String,
    /// Its URLs as the roles of the components.
    pub urls: AppUrls,
    cluster: Option<Cluster>,
}

/// The administrator's URL that `option` or `SPIN_VARIABLE_DATABASE_URL` gives, if any.
#[must_use]
pub fn given_url(option: Option<String>) -> Option<String> {
    option
        .or_else(|| std::env::var("SPIN_VARIABLE_DATABASE_URL").ok())
        .filter(|url| !url.is_empty())
}

impl Database {
    /// Opens and migrates the database at `given`, or the private cluster in `.hub/postgres`, which is started.
    ///
    /// # Errors
    /// When there is no Postgres to be had or a migration fails; the message says what to do.
    pub async fn open(project: &Project, given: Option<String>, secrets: &Secrets) -> Result<Self> {
        let (admin_url, cluster) = match given {
            Some(url) => (url, None),
            None => {
                let cluster = step("starting Postgres", start_private(project)).await?;
                (cluster.url(), Some(cluster))
            }
        };
        let tell = |name: &str| say(&format!("applied migration {name}"));
        let passwords = secrets.role_passwords();
        let urls = step("migrating", cluster::migrate(&admin_url, &passwords, tell)).await?;
        Ok(Self {
            admin_url,
            urls,
            cluster,
        })
    }

    /// Stops what was started for it.
    ///
    /// # Errors
    /// When the private server does not stop within a minute.
    pub async fn close(self) -> Result<()> {
        match self.cluster {
            Some(cluster) => tokio::task::spawn_blocking(|| cluster.stop()).await?,
            None => Ok(()),
        }
    }
}

async fn start_private(project: &Project) -> Result<Cluster> {
    let home = project.private()?.join("postgres");
    tokio::task::spawn_blocking(move || Cluster::private(&home))
        .await
        .context("starting Postgres was interrupted")?
}
