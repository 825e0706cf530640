//! What the vendor published: its schemas and its library, from npm, each at an exact version, kept under
//! `target/tmp`. Where npm or the network is absent, tests that need them say so and end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

const SCHEMAS: &str = "@shopify/dev-mcp@1.16.0";
const LIBRARIES: [&str; 2] = ["@shopify/shopify-api@13.1.0", "standardwebhooks@1.1.1"];

/// One at a time: tests of one process share the folder.
static BUSY: Mutex<()> = Mutex::new(());

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Says why a test ends early.
#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// The file with the Admin API's schema of `version`; `None` when it can't be had, which is said.
pub fn schema(version: &str) -> Option<PathBuf> {
    let _guard = BUSY.lock().unwrap();
    let home = folder("npm-shopify-schemas-1.16.0");
    let file = |home: &Path| home.join(format!("package/dist/data/admin_{version}.json.gz"));
    if !file(&home).is_file() {
        let made = make(&home, |at| {
            run(npm(at).args(["pack", SCHEMAS, "--silent"]))
                && run(Command::new("tar")
                    .args(["-xzf", "shopify-dev-mcp-1.16.0.tgz", "package/dist/data"])
                    .current_dir(at))
        });
        if !made {
            skip(&format!("npm could not fetch {SCHEMAS}"));
            return None;
        }
    }
    Some(file(&home)).filter(|file| file.is_file())
}

/// The folder in which the libraries are installed; `None` when they can't be had, which is said.
pub fn libraries() -> Option<PathBuf> {
    let _guard = BUSY.lock().unwrap();
    let home = folder("npm-shopify-13.1.0");
    if !home.is_dir() {
        let made = make(&home, |at| {
            std::fs::write(at.join("package.json"), "{\"private\": true}").is_ok()
                && run(npm(at)
                    .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
                    .args(["--silent", "--save-exact"])
                    .args(LIBRARIES))
        });
        if !made {
            skip(&format!("npm could not install {}", LIBRARIES.join(", ")));
            return None;
        }
    }
    Some(home)
}

/// Fills a folder beside `home` and puts it there when it is complete.
fn make(home: &Path, fill: impl FnOnce(&Path) -> bool) -> bool {
    let draft = home.with_extension(format!("draft-{}", std::process::id()));
    let made = std::fs::create_dir_all(&draft).is_ok() && fill(&draft);
    // Another process may have been faster.
    let kept = made && (std::fs::rename(&draft, home).is_ok() || home.is_dir());
    let _ = std::fs::remove_dir_all(&draft);
    kept
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
