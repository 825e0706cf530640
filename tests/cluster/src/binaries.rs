//! Finding an installed Postgres server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};

use crate::account::Account;
use crate::fetch;

/// The oldest major version that the migrations run on.
pub const MINIMUM_VERSION: u32 = 15;

/// A directory with `initdb` and `postgres` of one version.
#[derive(Clone, Debug)]
pub(crate) struct Binaries {
    pub(crate) directory: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }

    /// The server binaries in `directory`, when both are there and run.
    pub(crate) fn probe(directory: &Path) -> Option<Self> {
        if !directory.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(directory.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self {
            directory: directory.to_owned(),
            major,
        })
    }
}

/// What PATH leads to first, then where packages put theirs, then what was fetched before, else a freshly fetched one.
///
/// # Errors
/// When there is none of at least [`MINIMUM_VERSION`] and none can be fetched; names the package to install.
pub(crate) fn find_or_fetch(account: Option<&Account>) -> Result<Binaries> {
    let folder = fetch::folder(account);
    let installed = on_path().into_iter().chain(in_packages());
    if let Some(found) = first_usable(installed).or_else(|| newest_in(&folder)) {
        return Ok(found);
    }
    let fetched = fetch::fetch(&folder);
    newest_in(&folder).ok_or_else(|| {
        let reason = fetched.err().map_or_else(
            || "it does not run here".to_owned(),
            |error| error.root_cause().to_string(),
        );
        anyhow!(
            "{} (none was found, and fetching one failed: {reason})",
            advice()
        )
    })
}

/// The newest usable version among those in folders of `folder` that are named by theirs.
pub(crate) fn newest_in(folder: &Path) -> Option<Binaries> {
    first_usable(versions_in(folder, "", "bin"))
}

fn first_usable(directories: impl IntoIterator<Item = PathBuf>) -> Option<Binaries> {
    directories
        .into_iter()
        .filter_map(|directory| Binaries::probe(&directory))
        .find(|found| found.major >= MINIMUM_VERSION)
}

/// One sentence that says how to get a server on this kind of machine.
fn advice() -> String {
    let install = if cfg!(target_os = "macos") {
        "`brew install postgresql@17`"
    } else if Path::new("/usr/bin/apt-get").exists() {
        "`apt install postgresql`"
    } else if Path::new("/usr/bin/dnf").exists() {
        "`dnf install postgresql-server`"
    } else {
        "your system's `postgresql` server package"
    };
    format!(
        "install Postgres {MINIMUM_VERSION} or newer with {install}, or give the URL of a running one with --database-url"
    )
}

fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = Vec::new();
    for directory in std::env::split_paths(&path) {
        // `postgres` alone may be a link into the directory that has `initdb` as well.
        if let Ok(target) = directory.join("postgres").canonicalize() {
            found.push(directory);
            found.extend(target.parent().map(Path::to_owned));
        }
    }
    found.extend(told_by_pg_config());
    found
}

fn told_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (!text.trim().is_empty()).then(|| PathBuf::from(text.trim()))
}

/// Directories of the usual packages, newest version first within each kind.
fn in_packages() -> Vec<PathBuf> {
    [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/lib", "postgresql", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ]
    .into_iter()
    .flat_map(|(parent, prefix, below)| versions_in(Path::new(parent), prefix, below))
    .chain(["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"].map(PathBuf::from))
    .collect()
}

fn versions_in(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.trim_start_matches(['@', '-']);
            let major = version.split('.').next()?.parse().unwrap_or(0);
            Some((major, entry.path().join(below)))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

/// `postgres (PostgreSQL) 17.2 (Debian …)` → 17.
fn major_version(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL)")?.1.trim_start();
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Binaries, advice, major_version, versions_in};

    #[test]
    fn versions_are_read_from_what_postgres_prints() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0)\n"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_version("mysqld 8"), None);
    }

    #[test]
    fn a_directory_without_initdb_is_no_server() {
        assert!(Binaries::probe(std::path::Path::new("/")).is_none());
    }

    #[test]
    fn the_newest_version_is_tried_first() {
        let folder = std::env::temp_dir().join(format!("hub-versions-{}", std::process::id()));
        for version in ["9.6", "17", "16", "not-a-version"] {
            assert!(std::fs::create_dir_all(folder.join(version)).is_ok());
        }
        let found = versions_in(&folder, "", "bin");
        assert_eq!(found.first(), Some(&folder.join("17/bin")));
        assert_eq!(found.len(), 4);
        assert!(std::fs::remove_dir_all(folder).is_ok());
    }

    #[test]
    fn the_advice_names_a_package_and_the_other_way() {
        assert!(advice().contains("postgresql") && advice().contains("--database-url"));
    }
}
