//! Postgres refuses to run as root: the account that runs it then, and which directories that account can reach.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// An unprivileged account of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to run servers as when this process is root's; none when it is not.
    ///
    /// # Errors
    /// When root has neither a `postgres` nor a `nobody` account to step down to.
    pub(crate) fn for_servers() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let found = ["postgres", "nobody"].into_iter().find_map(|name| {
            let uid = id("-u", name)?;
            let gid = id("-g", name)?;
            (uid != 0).then_some(Self { name, uid, gid })
        });
        match found {
            Some(account) => Ok(Some(account)),
            None => bail!(
                "Postgres can't run as root and there is no account `postgres` or `nobody`: run this as another user, or `useradd postgres`"
            ),
        }
    }

    pub(crate) fn uid(&self) -> u32 {
        self.uid
    }

    /// Makes `command` run as this account.
    pub(crate) fn apply(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives `path` to this account.
    pub(crate) fn own(&self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("could not give {} to {}", path.display(), self.name))
    }

    /// Whether this account may enter `directory` and all that lead to it.
    pub(crate) fn can_enter(&self, directory: &Path) -> bool {
        directory
            .ancestors()
            .all(|step| self.may(step, 0o1).unwrap_or(false))
    }

    /// Whether this account may make and remove entries in `directory`.
    pub(crate) fn can_write(&self, directory: &Path) -> bool {
        self.can_enter(directory) && self.may(directory, 0o2).unwrap_or(false)
    }

    fn may(&self, directory: &Path, bit: u32) -> Result<bool> {
        let found = directory.metadata()?;
        let shift = if found.uid() == self.uid {
            6
        } else if found.gid() == self.gid {
            3
        } else {
            0
        };
        Ok(found.mode() >> shift & bit == bit)
    }
}

fn id(flag: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, name]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().parse().ok()
}
