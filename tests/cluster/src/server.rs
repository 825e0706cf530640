//! One running Postgres, tied to this process's life.
//!
//! Between us and Postgres stands a shell that reads a pipe of ours. When this process ends, however it ends, the pipe closes and
//! the shell stops Postgres (and removes a throw-away directory). The shell has a process group of its own, so that Ctrl-C in a terminal
//! reaches only us and the order of stopping is ours. Its standard output is the directory's lock, which therefore stays taken until
//! Postgres has stopped.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::PATIENCE;
use crate::account::Account;
use crate::binaries::Binaries;
use crate::directory::Directory;

/// Arguments: how to stop when the pipe closes (a signal), the directory to remove then (or nothing), the log, and the server's
/// command line. A line on the pipe is the signal of an orderly stop, after which nothing is removed.
const SUPERVISOR: &str = r#"
on_close=$1 remove=$2 log=$3
shift 3
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
server=$!
(
    if read -r signal <&3; then status=11; else signal=$on_close status=10; fi
    trap '' TERM
    kill -s "$signal" "$server"
    exit $status
) &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
if [ $? -eq 10 ] && [ -n "$remove" ]; then rm -rf "$remove"; fi
exit $status
"#;

/// What the data is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As Postgres does by default.
    Durable,
    /// Never written to disk on purpose, removed afterwards.
    Throwaway,
}

pub(crate) struct Server {
    binaries: Binaries,
    account: Option<Account>,
    manner: Manner,
    port: u16,
    shell: Option<Child>,
}

impl Server {
    /// One of the programs that came with it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.binaries.path(name)
    }

    /// Starts Postgres on a free port and waits until it accepts connections.
    pub(crate) fn start(
        binaries: &Binaries,
        directory: &Directory,
        account: Option<Account>,
        manner: Manner,
    ) -> Result<Self> {
        let mut server = Self {
            binaries: binaries.clone(),
            account,
            manner,
            port: 0,
            shell: None,
        };
        // Another process may take the port between our looking and Postgres' binding it.
        let mut attempts = 0;
        loop {
            server.port = free_port()?;
            match server.run(directory) {
                Ok(()) => return Ok(server),
                Err(error) if attempts == 4 || !port_was_taken(directory) => return Err(error),
                Err(_) => attempts += 1,
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn restart(&mut self, directory: &Directory) -> Result<()> {
        self.end(Some("INT"))?;
        self.run(directory)
    }

    pub(crate) fn stop(&mut self) -> Result<()> {
        self.end(None)
    }

    fn run(&mut self, directory: &Directory) -> Result<()> {
        // Truncated, so that what is in the log is about this run.
        let log = File::create(directory.log())?;
        drop(log);
        if let Some(account) = &self.account {
            account.own(&directory.log())?;
        }
        let shell = self
            .command(directory)?
            .spawn()
            .context("could not start a shell to run Postgres under")?;
        self.shell = Some(shell);
        let result = self.wait_until_ready(directory);
        if result.is_err() {
            let _ = self.end(Some("QUIT"));
        }
        result
    }

    fn command(&self, directory: &Directory) -> Result<Command> {
        let (signal, remove) = match self.manner {
            Manner::Durable => ("INT", ""),
            Manner::Throwaway => ("QUIT", directory.path().to_str().unwrap_or_default()),
        };
        let mut command = Command::new("sh");
        command
            .args(["-c", SUPERVISOR, "stage-hub-postgres", signal, remove])
            .arg(directory.log())
            .arg(self.binaries.path("postgres"))
            .arg("-D")
            .arg(directory.data())
            .args(settings(self.port, self.manner))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(directory.lock()?)
            .stderr(Stdio::null())
            .process_group(0);
        if let Some(account) = &self.account {
            account.apply(&mut command);
        }
        Ok(command)
    }

    fn wait_until_ready(&mut self, directory: &Directory) -> Result<()> {
        let pid_file = directory.data().join("postmaster.pid");
        let started = Instant::now();
        loop {
            let text = std::fs::read_to_string(&pid_file).unwrap_or_default();
            let mut lines = text.lines().skip(3);
            let ours = lines.next() == Some(self.port.to_string().as_str());
            if ours && lines.any(|line| line.trim() == "ready") {
                return Ok(());
            }
            let ended = match &mut self.shell {
                Some(shell) => shell.try_wait()?.is_some(),
                None => true,
            };
            ensure!(!ended, "Postgres did not start:\n{}", directory.log_tail());
            if started.elapsed() > PATIENCE {
                bail!(
                    "Postgres did not get ready within {} s; see {}",
                    PATIENCE.as_secs(),
                    directory.log().display()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server with `signal`, or as when this process ends, and waits for it.
    fn end(&mut self, signal: Option<&str>) -> Result<()> {
        let Some(mut shell) = self.shell.take() else {
            return Ok(());
        };
        if let (Some(mut pipe), Some(signal)) = (shell.stdin.take(), signal) {
            // A shell that is gone already has nothing to be told.
            let _ = writeln!(pipe, "{signal}");
        }
        let started = Instant::now();
        while shell.try_wait()?.is_none() {
            ensure!(
                started.elapsed() < PATIENCE,
                "Postgres did not stop within {} s: end it with `kill -QUIT` of the process in its postmaster.pid",
                PATIENCE.as_secs()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end(None);
    }
}

fn settings(port: u16, manner: Manner) -> Vec<String> {
    let port = format!("port={port}");
    let mut settings = vec![
        port.as_str(),
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "password_encryption=scram-sha-256",
        // The host's pools hold up to 64 connections for each component.
        "max_connections=300",
        "timezone=UTC",
        "log_timezone=UTC",
        "lc_messages=C",
    ];
    if manner == Manner::Throwaway {
        settings.extend([
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_wal_size=4GB",
        ]);
    }
    settings
        .into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting.to_owned()])
        .collect()
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

fn port_was_taken(directory: &Directory) -> bool {
    let log = std::fs::read_to_string(directory.log()).unwrap_or_default();
    log.contains("could not bind")
}
