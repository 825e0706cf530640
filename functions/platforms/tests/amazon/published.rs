//! The fake, driven by a client of the Selling Partner API that others published: what it can use and understand
//! is likely to be what Amazon does. It comes from PyPI, pinned; without `python3` or a network this test says that
//! it is skipped.

use sandbox::Sandbox;
use sandbox::amazon::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, SELLER_ID};
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGES: [&str; 4] = [
    "python-amazon-sp-api==2.1.35",
    "httpx==0.28.1",
    "confuse==2.3.0",
    "cachetools==8.0.1",
];

/// Runs a command of the set-up; why it did not work.
fn set_up(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Err(error) => Err(error.to_string()),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The interpreter of an environment with the client, kept between runs.
fn environment() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("venv-amazon");
    let python = folder.join("bin/python");
    let check = Command::new(&python)
        .args(["-c", "import sp_api.api"])
        .output();
    if check.is_ok_and(|output| output.status.success()) {
        return Ok(python);
    }
    set_up(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    set_up(install.args(PACKAGES))?;
    Ok(python)
}

#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
#[tokio::test(flavor = "multi_thread")]
async fn the_published_python_client_can_use_the_fake() {
    let python = match environment() {
        Ok(python) => python,
        Err(reason) => {
            return eprintln!("skipped: python-amazon-sp-api could not be installed: {reason}");
        }
    };
    let sandbox = Sandbox::start(None).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/amazon/published/client.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .env("SANDBOX", format!("http://{}", sandbox.address()))
        .env("SELLER", SELLER_ID)
        .env("CLIENT_ID", CLIENT_ID)
        .env("CLIENT_SECRET", CLIENT_SECRET)
        .env("REFRESH_TOKEN", REFRESH_TOKEN)
        // Whatever the machine's own settings say.
        .env("SP_API_DEFAULT_MARKETPLACE", "US")
        .env_remove("AWS_ENV");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{error}");
    assert!(said.contains("all understood"), "{said}");
}
