//! The developer command as its user meets it: processes, their output, and what they leave behind.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use cluster::{Cluster, connect, random_hex};
use rustix::process::{Pid, Signal, kill_process};

/// A folder for `--home`, removed at the end.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("stage-hub-home-{}", random_hex(6).unwrap()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hub"));
        command.args(arguments).arg("--home").arg(&self.0);
        for variable in ["DATABASE_URL", "JWT_SECRET", "CREDENTIALS_KEYS"] {
            command.env_remove(format!("SPIN_VARIABLE_{variable}"));
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `hub up` on a free port, when it is ready.
    fn up(&self, arguments: &[&str]) -> Up {
        let mut child = self
            .command(&["up", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = Vec::new();
        let url = loop {
            let mut line = String::new();
            assert_ne!(
                output.read_line(&mut line).unwrap(),
                0,
                "ended before it was ready"
            );
            if let Some(url) = line.trim_end().strip_prefix("ready http://") {
                break url.to_owned();
            }
            lines.push(line.trim_end().to_owned());
        };
        Up {
            child,
            output,
            lines,
            url,
        }
    }

    fn token(&self, role: &str) -> String {
        let output = self.run(&[
            "token",
            "--user",
            "ada@example.com",
            "--workspace",
            "north",
            "--role",
            role,
        ]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let elsewhere = std::fs::canonicalize(self.0.join("postgres"));
        std::fs::remove_dir_all(&self.0).unwrap();
        // As root the data may lie elsewhere, linked to.
        let _ = elsewhere.map(std::fs::remove_dir_all);
    }
}

/// A running `hub up`; killed if a test fails.
struct Up {
    child: Child,
    output: BufReader<ChildStdout>,
    /// What it printed before it was ready.
    lines: Vec<String>,
    url: String,
}

impl Up {
    /// The status and body of `GET path`.
    fn get(&self, path: &str, token: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.url).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n",
            self.url
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }

    /// Ends it as Ctrl-C does; what else it printed, and its exit code.
    fn stop(mut self) -> (String, Option<i32>) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        assert!(
            TcpStream::connect(&self.url).is_err(),
            "somebody still listens"
        );
        (rest, status.code())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_checkout_comes_up_alone_and_again_with_the_same_data() {
    let home = Home::new();
    let up = home.up(&["--sandbox"]);
    assert!(
        up.lines
            .iter()
            .any(|line| line.starts_with("sandbox shopify http://127.0.0.1:"))
    );
    assert_eq!(up.get("/health/live", "").0, 200);
    assert_eq!(up.get("/health/ready", "").0, 200);
    let token = home.token("owner");
    assert_eq!(token.trim_end().split('.').count(), 3);
    assert_eq!(token.lines().count(), 1);
    assert_eq!(up.get("/stores", token.trim_end()).0, 200);
    assert_eq!(up.get("/stores", "nonsense").0, 401);

    let second = home.run(&["up", "--listen", "127.0.0.1:0"]);
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(
        !second.status.success() && error.contains(&up.url),
        "{error}"
    );

    assert_eq!(up.stop(), (String::new(), Some(0)));
    assert!(!home.0.join("postgres/data/postmaster.pid").exists());
    assert!(!home.0.join("state.json").exists());

    // The same secrets and the same member: yesterday's token is still good.
    let again = home.up(&[]);
    assert!(again.lines.is_empty(), "{:?}", again.lines);
    assert_eq!(again.get("/stores", token.trim_end()).0, 200);
    assert_eq!(again.stop().1, Some(0));
}

#[tokio::test]
async fn a_given_database_is_migrated_and_components_do_not_connect_as_its_administrator() {
    let (home, cluster) = (Home::new(), Cluster::throwaway().unwrap());
    cluster.create_database("shop", None).await.unwrap();
    let url = cluster.url_of("shop");
    let up = home.up(&["--database-url", &url]);
    assert_eq!(up.get("/health/ready", "").0, 200);
    let client = connect(&url).await.unwrap();
    let users = "select string_agg(distinct usename, ',') from pg_stat_activity
        where datname = 'shop' and pid <> pg_backend_pid()";
    let users: String = client.query_one(users, &[]).await.unwrap().get(0);
    assert!(
        users.contains("hub_app") && !users.contains("postgres"),
        "{users}"
    );
    assert_eq!(up.stop().1, Some(0));
    assert!(!home.0.join("postgres").exists());
    // It was not ours to stop.
    assert!(connect(&url).await.is_ok());
}

#[test]
fn a_token_without_a_running_hub_says_how_to_get_one() {
    let home = Home::new();
    let output = home.run(&[
        "token",
        "--user",
        "a@b.c",
        "--workspace",
        "n",
        "--role",
        "owner",
    ]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(error.contains("cargo hub up"), "{error}");
}

#[test]
fn an_address_that_is_taken_is_an_error_before_anything_is_started() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = home.run(&["up", "--listen", &address]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains(&address) && error.contains("--listen"),
        "{error}"
    );
    assert!(!home.0.join("postgres").exists());
}

#[test]
fn names_that_the_database_would_refuse_are_explained() {
    let home = Home::new();
    let output = home.run(&[
        "token",
        "--user",
        "ada",
        "--workspace",
        "North!",
        "--role",
        "king",
    ]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("ada@example.com"), "{error}");
}
