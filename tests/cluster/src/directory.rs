//! The directory of a server: its data, log, password and lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::account::Account;
use crate::binaries::Binaries;
use crate::{PATIENCE, SUPERUSER, random_hex};

/// A directory that one server at a time uses. A throw-away one is removed on drop.
pub(crate) struct Directory {
    path: PathBuf,
    lock: File,
    throwaway: bool,
}

impl Directory {
    pub(crate) fn throwaway(account: Option<&Account>) -> Result<Self> {
        let temporary = std::env::temp_dir();
        let base = match account {
            Some(account) if !account.can_write(&temporary) => PathBuf::from("/var/tmp"),
            _ => temporary,
        };
        let path = base.join(format!("stage-hub-{}", random_hex(8)?));
        make(&path, account)?;
        let lock = take_lock(&path)?;
        Ok(Self {
            path,
            lock,
            throwaway: true,
        })
    }

    pub(crate) fn private(home: &Path, account: Option<&Account>) -> Result<Self> {
        let path = reachable(home, account)?;
        let lock = take_lock(&path)?;
        Ok(Self {
            path,
            lock,
            throwaway: false,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// The end of the server's log, to show when something went wrong.
    pub(crate) fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The lock, to be held by whoever must have ended before the directory may be used again.
    pub(crate) fn lock(&self) -> Result<File> {
        Ok(self.lock.try_clone()?)
    }

    /// Makes the data when there is none yet; answers with the superuser's password.
    pub(crate) fn initialise(
        &self,
        binaries: &Binaries,
        account: Option<&Account>,
    ) -> Result<String> {
        let password_file = self.path.join("password");
        let version_file = self.data().join("PG_VERSION");
        if let Ok(version) = fs::read_to_string(&version_file) {
            self.check_version(version.trim(), binaries)?;
            self.clear_stale_pid()?;
            return fs::read_to_string(&password_file)
                .with_context(|| format!("could not read {}", password_file.display()));
        }
        // Left by an initdb that was interrupted: PG_VERSION is missing, so nothing of it can be used.
        if self.data().exists() {
            fs::remove_dir_all(self.data())?;
        }
        let password = random_hex(16)?;
        write_private(&password_file, &password)?;
        if let Some(account) = account {
            account.own(&password_file)?;
        }
        run_initdb(binaries, &self.data(), &password_file, account)?;
        Ok(password)
    }

    fn check_version(&self, version: &str, binaries: &Binaries) -> Result<()> {
        ensure!(
            version == binaries.major.to_string(),
            "the data in {} was made by Postgres {version}, but Postgres {} is what was found here: install version {version} again, or remove that directory to start empty",
            self.path.display(),
            binaries.major
        );
        Ok(())
    }

    /// Nobody else holds the lock, so a pid file is a leftover, unless somebody started a server here by other means.
    fn clear_stale_pid(&self) -> Result<()> {
        let file = self.data().join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&file) else {
            return Ok(());
        };
        let pid = text.lines().next().unwrap_or_default().trim();
        let output = Command::new("ps").args(["-o", "comm=", "-p", pid]).output();
        let running =
            output.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("postgres"));
        if running {
            bail!(
                "a Postgres (process {pid}) already runs on {}: stop it with `kill -INT {pid}`",
                self.path.display()
            );
        }
        fs::remove_file(&file).with_context(|| format!("could not remove {}", file.display()))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.throwaway {
            // Usually gone already: the supervising shell removes it first.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// `home`, or the place that `home` then links to because the account can't reach it.
fn reachable(home: &Path, account: Option<&Account>) -> Result<PathBuf> {
    let parent = home.parent().filter(|it| !it.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent).with_context(|| format!("could not make {}", parent.display()))?;
    let parent = parent.canonicalize()?;
    let name = home
        .file_name()
        .context("the data directory needs a name")?;
    let home = parent.join(name);
    match account {
        Some(account) if !account.can_enter(&parent) => {
            let mut hasher = DefaultHasher::new();
            home.hash(&mut hasher);
            let elsewhere = PathBuf::from(format!("/var/tmp/stage-hub-{:016x}", hasher.finish()));
            make(&elsewhere, Some(account))?;
            link(&home, &elsewhere)?;
            Ok(elsewhere)
        }
        _ => {
            make(&home, account)?;
            Ok(home.canonicalize()?)
        }
    }
}

fn link(home: &Path, target: &Path) -> Result<()> {
    match fs::read_link(home) {
        Ok(found) if found == target => return Ok(()),
        Ok(_) => fs::remove_file(home)?,
        Err(_) => {}
    }
    symlink(target, home).with_context(|| {
        format!(
            "could not link {} to {}: move what is there away",
            home.display(),
            target.display()
        )
    })
}

/// Makes `path` with mode 0700, the account's. One that exists must be ours: `/tmp` is anybody's to prepare a trap in.
fn make(path: &Path, account: Option<&Account>) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => account.map_or(Ok(()), |it| it.own(path)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let owner = path.symlink_metadata()?.uid();
            let ours = owner == rustix::process::geteuid().as_raw()
                || account.is_some_and(|it| it.uid() == owner);
            ensure!(
                ours,
                "{} belongs to another user: remove it or run this as that user",
                path.display()
            );
            account.map_or(Ok(()), |it| it.own(path))
        }
        Err(error) => Err(error).with_context(|| format!("could not make {}", path.display())),
    }
}

/// Waits for a predecessor that is just stopping; one that lives is an error at once.
fn take_lock(directory: &Path) -> Result<File> {
    let path = directory.join("lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("could not open {}", path.display()))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(error).context("could not lock"),
            Err(TryLockError::WouldBlock) => {}
        }
        let mut owner = String::new();
        file.rewind()?;
        file.read_to_string(&mut owner)?;
        let alive = process_lives(owner.trim());
        ensure!(
            !alive && started.elapsed() < PATIENCE,
            "{} is in use by process {}: is another `cargo hub up` running? Stop it, or use another directory",
            directory.display(),
            owner.trim()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())?;
    Ok(file)
}

fn process_lives(pid: &str) -> bool {
    let pid = pid.parse().ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| {
        // Not being allowed to signal it proves that it is there.
        !matches!(
            rustix::process::test_kill_process(pid),
            Err(rustix::io::Errno::SRCH)
        )
    })
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("could not write {}", path.display()))?;
    Ok(file.write_all(text.as_bytes())?)
}

fn run_initdb(
    binaries: &Binaries,
    data: &Path,
    password_file: &Path,
    account: Option<&Account>,
) -> Result<()> {
    let mut failure = String::new();
    // Sorting by code point is the same everywhere; upper and lower case beyond ASCII need a UTF-8 ctype, whose name differs.
    for ctype in ["C.UTF-8", "en_US.UTF-8", "C"] {
        let mut command = Command::new(binaries.path("initdb"));
        command
            .arg("--pgdata")
            .arg(data)
            .arg(format!("--username={SUPERUSER}"))
            .arg(format!("--pwfile={}", password_file.display()))
            .args([
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg(format!("--lc-ctype={ctype}"))
            .current_dir("/");
        if let Some(account) = account {
            account.apply(&mut command);
        }
        let output = command.output().context("could not run initdb")?;
        if output.status.success() {
            return Ok(());
        }
        failure = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if !failure.contains("locale") {
            break;
        }
    }
    bail!("initdb failed: {failure}")
}
