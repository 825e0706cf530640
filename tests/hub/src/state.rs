//! `.hub/state.json`: what other verbs need to know about the hub that is running.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::project::Project;
use crate::secrets::write_private;

/// A running hub. The file goes when this is dropped.
pub struct Announced {
    path: PathBuf,
}

/// What a running hub tells.
#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    /// Its process.
    pub pid: u32,
    /// Where it serves: `http://…`, without a slash at the end.
    pub url: String,
    /// Its database, as the administrator.
    pub database_url: String,
    /// Where the fake platforms serve that it started.
    #[serde(default)]
    pub sandbox_url: Option<String>,
}

impl State {
    /// Writes this for other verbs to find.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn announce(&self, project: &Project) -> Result<Announced> {
        let path = path(project)?;
        write_private(&path, &serde_json::to_vec_pretty(self)?)?;
        Ok(Announced { path })
    }

    /// The hub that runs on this checkout, if one does.
    ///
    /// # Errors
    /// When the file is there but can't be read.
    pub fn of_running(project: &Project) -> Result<Option<Self>> {
        let path = path(project)?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", path.display()));
            }
        };
        let state: Self = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} can't be read: remove it", path.display()))?;
        Ok(state.is_alive().then_some(state))
    }

    fn is_alive(&self) -> bool {
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| {
            // Not being allowed to signal a process proves that it is there.
            !matches!(
                rustix::process::test_kill_process(pid),
                Err(rustix::io::Errno::SRCH)
            )
        })
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // A leftover names a process that is gone, which readers notice.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn path(project: &Project) -> Result<PathBuf> {
    Ok(project.private()?.join("state.json"))
}
