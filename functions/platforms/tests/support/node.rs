//! What vendors publish for Node, from npm, each at an exact version, kept under `target/tmp`. Where npm, node or
//! the network is absent, tests that need them say so and end.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// One at a time: tests of one process share the folders.
static BUSY: Mutex<()> = Mutex::new(());

/// Says why a test ends early.
#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// The folder `part` of `package` (`name@version`), unpacked; `None` when it can't be had, which is said.
pub fn unpacked(package: &str, part: &str) -> Option<PathBuf> {
    let home = kept(&[package], |at| {
        run(npm(at).args(["pack", package, "--silent"]))
            && run(Command::new("sh")
                .args(["-c", "tar -xzf *.tgz \"$0\"", part])
                .current_dir(at))
    })?;
    Some(home.join(part))
}

/// The folder in which `packages` (each `name@version`) are installed; `None` when they can't be had, which is
/// said.
pub fn installed(packages: &[&str]) -> Option<PathBuf> {
    kept(packages, |at| {
        std::fs::write(at.join("package.json"), "{\"private\": true}").is_ok()
            && run(npm(at)
                .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
                .args(["--silent", "--save-exact"])
                .args(packages))
    })
}

/// The folder of `packages`, filled when it is not there yet. It is put in place when it is complete.
fn kept(packages: &[&str], fill: impl FnOnce(&Path) -> bool) -> Option<PathBuf> {
    let _guard = BUSY.lock().unwrap();
    let name: String = packages
        .join("+")
        .chars()
        .map(|character| if character == '/' { '-' } else { character })
        .collect();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("npm-{name}"));
    if home.is_dir() {
        return Some(home);
    }
    let draft = home.with_file_name(format!("npm-draft-{}", std::process::id()));
    let is_made = std::fs::create_dir_all(&draft).is_ok() && fill(&draft);
    // Another process may have been faster.
    let is_kept = is_made && (std::fs::rename(&draft, &home).is_ok() || home.is_dir());
    let _ = std::fs::remove_dir_all(&draft);
    if !is_kept {
        skip(&format!("npm could not fetch {}", packages.join(", ")));
    }
    is_kept.then_some(home)
}

fn npm(at: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(at);
    npm
}

fn run(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// A script that answers questions, one JSON value a line, in a process of its own.
pub struct Script {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Script {
    /// Starts `script` with `packages` at hand; `None` when that can't be, which is said.
    pub fn start(packages: &[&str], script: &str) -> Option<Self> {
        let home = installed(packages)?;
        let started = Command::new("node")
            .arg(script)
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut process) = started else {
            skip("node is absent");
            return None;
        };
        Some(Self {
            questions: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        })
    }

    /// The answer to `question`.
    pub fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions, "{question}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["error"].is_null(), "{answer}");
        answer
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
