//! Servers start, restart, keep what they should and end with their process.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed test may panic; the child process of a test talks through its output"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cluster::{Cluster, connect, random_hex};

/// Set for the child process of a test: what it shall start.
const CHILD: &str = "STAGE_HUB_TEST_CHILD";

/// A directory of this test's own, removed at the end. It may be entered by everybody.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("stage-hub-test-{}", random_hex(6).unwrap()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn number(url: &str, statement: &str) -> i32 {
    let client = connect(url).await.unwrap();
    client.query_one(statement, &[]).await.unwrap().get(0)
}

async fn run(url: &str, statement: &str) {
    let client = connect(url).await.unwrap();
    client.batch_execute(statement).await.unwrap();
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "not in time: {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Runs the test `child_process` of this binary in a process of its own until it has printed its server's port and home.
fn spawn_child(what: &str) -> (Child, u16, PathBuf) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_process", "--ignored", "--nocapture"])
        .env(CHILD, what)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines
        .find_map(|line| Some(line.unwrap().split_once("started ")?.1.to_owned()))
        .unwrap();
    let (port, home) = line.split_once(' ').unwrap();
    (child, port.parse().unwrap(), PathBuf::from(home))
}

#[test]
#[ignore = "only a part of other tests, which run it in a process of its own"]
fn child_process() {
    let what = std::env::var(CHILD).unwrap();
    let cluster = match what.as_str() {
        "throwaway" => Cluster::throwaway(),
        home => Cluster::private(Path::new(home)),
    };
    let cluster = cluster.unwrap();
    println!("started {} {}", cluster.port(), cluster.home().display());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

#[tokio::test]
async fn a_throwaway_server_restarts_on_its_port_and_leaves_nothing() {
    let mut cluster = Cluster::throwaway().unwrap();
    let (url, home) = (cluster.url(), cluster.home().to_owned());
    run(&url, "create table kept as select 7 as n").await;
    let interrupted = connect(&url).await.unwrap();
    cluster.restart().unwrap();
    assert!(interrupted.simple_query("select 1").await.is_err());
    assert_eq!(cluster.url(), url);
    assert_eq!(number(&url, "select n from kept").await, 7);
    cluster.stop().unwrap();
    assert!(!home.exists());
}

#[tokio::test]
async fn a_password_is_asked_for() {
    let cluster = Cluster::throwaway().unwrap();
    let guessed = format!(
        "postgres://postgres:guess@127.0.0.1:{}/postgres",
        cluster.port()
    );
    let error = connect(&guessed).await.err().unwrap();
    assert!(format!("{error:#}").contains("password"), "{error:#}");
    assert!(!format!("{error:#}").contains("guess"), "{error:#}");
}

#[tokio::test]
async fn a_private_server_keeps_its_data() {
    let scratch = Scratch::new();
    let home = scratch.0.join("postgres");
    let cluster = Cluster::private(&home).unwrap();
    run(&cluster.url(), "create table kept as select 7 as n").await;
    cluster.stop().unwrap();
    let cluster = Cluster::private(&home).unwrap();
    assert_eq!(number(&cluster.url(), "select n from kept").await, 7);
}

#[tokio::test]
async fn a_private_server_serves_one_at_a_time() {
    let scratch = Scratch::new();
    let home = scratch.0.join("postgres");
    let (mut child, ..) = spawn_child(home.to_str().unwrap());
    let error = Cluster::private(&home).err().unwrap().to_string();
    assert!(
        error.contains(&format!("process {}", child.id())),
        "{error}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    Cluster::private(&home).unwrap().stop().unwrap();
}

#[test]
fn a_throwaway_server_dies_with_its_process() {
    let (mut child, port, home) = spawn_child("throwaway");
    assert!(answers(port) && home.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("the server has stopped", || !answers(port));
    eventually("its data is gone", || !home.exists());
}

#[tokio::test]
async fn a_private_server_stops_cleanly_when_its_process_is_killed() {
    let scratch = Scratch::new();
    let home = scratch.0.join("postgres");
    let (mut child, port, _) = spawn_child(home.to_str().unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("the server has stopped", || !answers(port));
    let cluster = Cluster::private(&home).unwrap();
    let log = std::fs::read_to_string(cluster.home().join("postgres.log")).unwrap();
    assert!(!log.contains("was not properly shut down"), "{log}");
}

#[tokio::test]
async fn a_leftover_pid_file_is_no_obstacle() {
    let scratch = Scratch::new();
    let home = scratch.0.join("postgres");
    Cluster::private(&home).unwrap().stop().unwrap();
    // This test's process: alive, but no Postgres.
    let text = format!("{}\n{}\n", std::process::id(), home.display());
    std::fs::write(home.join("data/postmaster.pid"), text).unwrap();
    Cluster::private(&home).unwrap().stop().unwrap();
}

#[test]
fn data_of_another_version_is_named() {
    let scratch = Scratch::new();
    let home = scratch.0.join("postgres");
    Cluster::private(&home).unwrap().stop().unwrap();
    std::fs::write(home.join("data/PG_VERSION"), "9\n").unwrap();
    let error = Cluster::private(&home).err().unwrap().to_string();
    assert!(error.contains("made by Postgres 9"), "{error}");
}

#[test]
fn what_root_can_keep_to_itself_lies_elsewhere() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let scratch = Scratch::new();
    let closed = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&scratch.0, closed).unwrap();
    let home = scratch.0.join("postgres");
    let cluster = Cluster::private(&home).unwrap();
    let root = scratch.0.metadata().unwrap().uid() == 0;
    let data = cluster.home().join("data").metadata().unwrap();
    assert_eq!(root, data.uid() != scratch.0.metadata().unwrap().uid());
    assert_eq!(root, home.is_symlink());
    assert_eq!(root, cluster.home().starts_with("/var/tmp"));
    let place = cluster.home().to_owned();
    cluster.stop().unwrap();
    Cluster::private(&home).unwrap().stop().unwrap();
    if root {
        std::fs::remove_dir_all(place).unwrap();
    }
}
