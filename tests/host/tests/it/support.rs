//! An application of misbehaving components, started with whatever a test changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use host::{Host, HostConfig, LogSink};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const FIXTURES: [&str; 3] = ["misbehave", "misbehave-cron", "misbehave-wasi02"];

/// A host and what its components print.
pub struct App {
    pub host: Host,
    lines: Arc<Mutex<Vec<String>>>,
}

impl App {
    /// Starts the application without its schedule, changed as the test needs it.
    pub async fn start(change: impl FnOnce(&mut HostConfig)) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let keep = lines.clone();
        let mut config = HostConfig::new(manifest());
        config.cache = target().join("components");
        config.cron = false;
        config.log = LogSink::new(move |component, line| {
            keep.lock().unwrap().push(format!("[{component}] {line}"));
        });
        change(&mut config);
        Self {
            host: Host::start(config).await.unwrap(),
            lines,
        }
    }

    /// Starts it with the shared database.
    pub async fn with_database() -> Self {
        Self::start(|config| {
            config.variables.set("database_url", database());
        })
        .await
    }

    /// Asks for a path, with a body.
    pub async fn post(&self, path: &str, body: &str) -> (StatusCode, String) {
        let response = self.send(Request::post(path), body).await;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        (
            status,
            String::from_utf8_lossy(&body.unwrap_or_default()).into_owned(),
        )
    }

    /// What a successful request to the `misbehave` component answers.
    pub async fn ask(&self, misdeed: &str, body: &str) -> String {
        let (status, text) = self.post(&format!("/do/{misdeed}"), body).await;
        assert_eq!(
            status,
            StatusCode::OK,
            "{misdeed} {body}: {:?}",
            self.lines()
        );
        text
    }

    /// Sends one request on a connection of its own.
    pub async fn send(
        &self,
        request: hyper::http::request::Builder,
        body: &str,
    ) -> Response<hyper::body::Incoming> {
        let stream = TcpStream::connect(self.host.addr()).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let body = Full::new(Bytes::from(body.to_owned()));
        sender
            .send_request(request.body(body).unwrap())
            .await
            .unwrap()
    }

    /// The lines printed so far, each after its component's name.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits until a line has been printed that holds all of `parts`.
    pub async fn line_with(&self, parts: &[&str]) -> String {
        for _ in 0..100 {
            let found = self
                .lines()
                .into_iter()
                .find(|line| parts.iter().all(|part| line.contains(part)));
            if let Some(line) = found {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no line with {parts:?} among {:?}", self.lines());
    }
}

/// The shared database's address. Its server ends with this process.
pub fn database() -> String {
    static CLUSTER: OnceLock<cluster::Cluster> = OnceLock::new();
    CLUSTER
        .get_or_init(|| cluster::Cluster::throwaway().unwrap())
        .url()
}

/// The manifest with the paths of this build, its components built and its files in place.
pub fn manifest() -> PathBuf {
    static MANIFEST: OnceLock<PathBuf> = OnceLock::new();
    MANIFEST.get_or_init(prepare).clone()
}

/// The directory of the workspace's build.
pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn prepare() -> PathBuf {
    build();
    let root =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("misbehaviour-{}", std::process::id()));
    fs::create_dir_all(root.join("notes")).unwrap();
    fs::create_dir_all(root.join("shelf")).unwrap();
    fs::write(root.join("notes/one.txt"), "note one").unwrap();
    fs::write(root.join("notes/two.bin"), "note two").unwrap();
    fs::write(root.join("shelf/book"), "book").unwrap();
    let components = target().join("wasm32-wasip2/release");
    let text = include_str!("spin.toml").replace("{{target}}", components.to_str().unwrap());
    fs::write(root.join("spin.toml"), text).unwrap();
    root.join("spin.toml")
}

fn build() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).arg("build");
    cargo
        .args([
            "--quiet",
            "--release",
            "--target",
            "wasm32-wasip2",
            "--target-dir",
        ])
        .arg(target());
    for fixture in FIXTURES {
        cargo.args(["--package", fixture]);
    }
    assert!(
        cargo.status().unwrap().success(),
        "the misbehaving components don't build"
    );
}
