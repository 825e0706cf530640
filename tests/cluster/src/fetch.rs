//! A Postgres from the internet, for machines that have none installed.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use postgresql_embedded::{PostgreSQL, Settings, V17};

use crate::account::Account;
use crate::random_hex;

/// How long a slow line may take for the 30 MB or so.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where fetched servers are kept, each in a folder named by its version.
pub(crate) fn folder(account: Option<&Account>) -> PathBuf {
    match account {
        // Root's home is closed to the account that runs the server; here only root can write.
        Some(_) => PathBuf::from("/var/lib/stage-hub/postgresql"),
        None => Settings::new().installation_dir,
    }
}

/// Fetches a server into `folder`.
///
/// # Errors
/// When it can't be reached, does not run here, or takes over five minutes.
pub(crate) fn fetch(folder: &Path) -> Result<()> {
    let (sender, receiver) = mpsc::channel();
    let folder = folder.to_owned();
    // A thread of its own: the caller may be inside an asynchronous runtime, where another can't be entered.
    std::thread::spawn(move || {
        // Nobody listens after the time is up.
        let _ = sender.send(install(folder));
    });
    receiver
        .recv_timeout(PATIENCE)
        .context("it took over five minutes")?
}

fn install(folder: PathBuf) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("stage-hub-fetch-{}", random_hex(8)?));
    std::fs::create_dir_all(scratch.join("data"))?;
    // Data that seems to be there keeps the crate from running initdb, which refuses root.
    std::fs::write(scratch.join("data/postgresql.conf"), "")?;
    let settings = Settings {
        version: V17.clone(),
        installation_dir: folder,
        data_dir: scratch.join("data"),
        password_file: scratch.join("password"),
        ..Settings::new()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut server = PostgreSQL::new(settings);
    let result = runtime.block_on(server.setup());
    let binaries = server.settings().binary_dir();
    drop(server);
    // Whatever became of it, nothing in there is needed.
    let _ = std::fs::remove_dir_all(&scratch);
    result?;
    ensure!(
        binaries.join("initdb").is_file(),
        "{} has no initdb",
        binaries.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may panic")]

    #[test]
    #[ignore = "downloads a server; run it by hand where the internet can be reached"]
    fn a_fetched_server_runs() {
        let folder = std::env::temp_dir().join(crate::random_hex(8).unwrap());
        super::fetch(&folder).unwrap();
        let found = crate::binaries::newest_in(&folder).unwrap();
        assert_eq!(found.major, 17);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
