//! `cargo hub migrate`: brings a database to the newest schema without serving.

use anyhow::Result;

use crate::database::{Database, given_url};
use crate::progress::say;
use crate::project::Project;
use crate::secrets::Secrets;
use crate::state::State;

/// Migrates the given database, else the running hub's, else the private one.
///
/// # Errors
/// When it can't be reached or a migration fails.
pub async fn migrate(project: &Project, option: Option<String>) -> Result<()> {
    let secrets = Secrets::of(project)?;
    let running = State::of_running(project)?.map(|state| state.database_url);
    let database = Database::open(project, given_url(option).or(running), &secrets).await?;
    database.close().await?;
    say("the database is up to date");
    Ok(())
}
