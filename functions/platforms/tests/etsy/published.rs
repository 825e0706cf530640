//! The sandbox under a client for Etsy that others wrote (etsyv3, from PyPI): what it does not take for Etsy is
//! not like Etsy.

use crate::support::Bench;
use sandbox::etsy::{ACCESS_TOKEN, KEYSTRING, REFRESH_TOKEN, SHARED_SECRET, SHOP_ID};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

const PACKAGES: [&str; 3] = [
    "etsyv3==0.0.7",
    "requests==2.34.2",
    "requests-oauthlib==2.0.0",
];

/// An interpreter that has the client, or why there is none.
fn python() -> Result<PathBuf, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pypi-etsy");
    let python = folder.join("bin/python");
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&folder);
    run(&mut make)?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    run(install.args(PACKAGES))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
async fn a_client_that_others_wrote_takes_the_sandbox_for_etsy() {
    let python = match tokio::task::spawn_blocking(python).await.unwrap() {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("skipped: {PACKAGES:?} can't be installed: {reason}");
            return;
        }
    };
    let bench = Bench::new().await;
    let order = bench.control("orders", json!({"lines": [{"sku": "A", "quantity": 1}]}));
    let order = order["id"].as_str().unwrap().to_owned();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/etsy/published.py");
    let mut client = Command::new(python);
    client.arg(script).args([
        &bench.sandbox.url("etsy"),
        &format!("{KEYSTRING}:{SHARED_SECRET}"),
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        &SHOP_ID.to_string(),
        &order,
    ]);
    let told = tokio::task::spawn_blocking(move || run(&mut client));
    let told = told.await.unwrap().unwrap();
    let mut seen: Value = serde_json::from_str(&told).unwrap();
    let refusal = seen["without_picture"].take();
    assert!(refusal.as_str().unwrap().contains("image"), "{refusal}");
    let number: u64 = order.parse().unwrap();
    assert_eq!(
        seen,
        json!({
            "draft": ["draft", 3, ["one", "two"]],
            "without_picture": null,
            "picture": [1, "a dot"],
            "inventory": ["THEIR-1", 5],
            "shown": "active",
            "listed": ["Made by others"],
            "orders": [number],
            "sent": [true, "X1"],
            "renewed": true,
            "deleted": true,
        })
    );
}
