//! The fake, driven by clients of Printify that others published: what they can use and understand is likely to be
//! what the vendor does. They come from their registries, pinned; without `npm`, `python3` or a network these tests say
//! that they are skipped.

use sandbox::Sandbox;
use sandbox::printify::{SHOP, TOKEN};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where packages are kept between runs.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn script(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/printify/published");
    tests.join(name)
}

/// Runs a command of the set-up; why it did not work.
fn set_up(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Err(error) => Err(error.to_string()),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// `printify-sdk-js` and what it needs, in its folder.
fn npm() -> Result<PathBuf, String> {
    let folder = folder("npm-printify");
    if folder
        .join("node_modules/printify-sdk-js/docs/API.md")
        .is_file()
    {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("package.json"), "{\"private\": true}")
        .map_err(|error| error.to_string())?;
    let packages = ["printify-sdk-js@1.4.0", "axios@1.7.9", "axios-retry@4.5.0"];
    let mut install = Command::new("npm");
    install.current_dir(&folder).args([
        "install",
        "--save-exact",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]);
    set_up(install.args(packages))?;
    Ok(folder)
}

/// The interpreter of an environment with `printipy`.
fn venv() -> Result<PathBuf, String> {
    let folder = folder("venv-printify");
    let python = folder.join("bin/python");
    let check = Command::new(&python)
        .args(["-c", "import printipy.api"])
        .output();
    if check.is_ok_and(|output| output.status.success()) {
        return Ok(python);
    }
    set_up(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let packages = [
        "printipy==1.2.1",
        "dataclasses-json==0.6.7",
        "requests==2.32.3",
    ];
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    set_up(install.args(packages))?;
    Ok(python)
}

/// What the client said, which has to have ended well.
fn said(output: std::io::Result<Output>) -> String {
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{error}");
    text
}

async fn run(mut command: Command) -> String {
    let sandbox = Sandbox::start(None).await.unwrap();
    command
        .env("SANDBOX", format!("http://{}", sandbox.address()))
        .env("TOKEN", TOKEN)
        .env("SHOP", SHOP.to_string());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap();
    said(output)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_javascript_client_can_use_the_fake_and_its_samples_fit_the_answers() {
    let folder = match npm() {
        Ok(folder) => folder,
        Err(reason) => {
            return println!("skipped: printify-sdk-js could not be installed: {reason}");
        }
    };
    let mut node = Command::new("node");
    node.arg(script("sdk.mjs"))
        .env("PACKAGE", folder.join("node_modules"));
    let said = run(node).await;
    // The others are of addresses that the fake does not have.
    assert!(said.contains("compared 29 of 35 samples"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_python_client_can_use_the_fake() {
    let python = match venv() {
        Ok(python) => python,
        Err(reason) => return println!("skipped: printipy could not be installed: {reason}"),
    };
    let mut command = Command::new(python);
    command.arg(script("client.py"));
    assert!(run(command).await.contains("all understood"));
}
