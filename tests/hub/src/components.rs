//! Building the components that spin.toml names, as `spin build` does but in one go.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::process::{Child, Command};

use crate::progress::step;
use crate::project::Project;

const TARGET: &str = "wasm32-wasip2";

#[derive(Deserialize)]
struct Manifest {
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Component {
    build: Option<Build>,
}

#[derive(Deserialize)]
struct Build {
    command: String,
}

/// Builds every component of `project`'s manifest to where the manifest says it is.
///
/// # Errors
/// When the wasm target can't be added or something does not compile; cargo has said what on standard error.
pub async fn build(project: &Project) -> Result<()> {
    let text = std::fs::read_to_string(project.manifest()).context("could not read spin.toml")?;
    compile(project, &packages(&text)?).await
}

/// Builds one more: what is no part of the application but measured beside it.
///
/// # Errors
/// As [`build`].
pub async fn build_beside(project: &Project, package: &str) -> Result<()> {
    compile(project, &[package.to_owned()]).await
}

async fn compile(project: &Project, packages: &[String]) -> Result<()> {
    add_target(project.root()).await?;
    let mut command = Command::new(cargo());
    command
        .args(["build", "--release", "--target", TARGET])
        // spin.toml looks there, wherever CARGO_TARGET_DIR points.
        .arg("--target-dir")
        .arg(project.root().join("target"));
    for package in packages {
        command.args(["--package", package]);
    }
    run(&mut command, project.root(), "building the components").await
}

/// The packages that the manifest's build commands build. Each must be cargo's, so that one run can build all.
fn packages(manifest: &str) -> Result<Vec<String>> {
    let manifest: Manifest = toml::from_str(manifest).context("spin.toml can't be read")?;
    let builds = manifest
        .component
        .into_iter()
        .filter_map(|(name, component)| Some((name, component.build?.command)));
    builds
        .map(|(name, command)| {
            let expected = format!("cargo build --release --target {TARGET} --package ");
            let package = command.strip_prefix(&expected).with_context(|| {
                format!("component {name} in spin.toml: its build command should start with `{expected}`")
            })?;
            Ok(package.trim().to_owned())
        })
        .collect()
}

/// Adds the wasm target to the toolchain unless it is there.
async fn add_target(root: &Path) -> Result<()> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output()
        .await
        .context("could not run rustc: install Rust with rustup (https://rustup.rs)")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]);
    run(&mut command, root, "adding the wasm target")
        .await
        .with_context(|| {
            format!("Rust's {TARGET} target is missing: add it with `rustup target add {TARGET}`")
        })
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

async fn run(command: &mut Command, root: &Path, what: &str) -> Result<()> {
    // A group of its own: when we stop, the compilers that cargo started stop with it.
    let child = command
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| {
            format!(
                "{what}: could not start {:?}",
                command.as_std().get_program()
            )
        })?;
    let mut group = Group { child };
    let status = step(what, async { Ok(group.child.wait().await?) }).await?;
    ensure!(status.success(), "{what} failed: the errors are above");
    Ok(())
}

/// A process and its descendants, which are ended when this is dropped before they have.
struct Group {
    child: Child,
}

impl Drop for Group {
    fn drop(&mut self) {
        // The id is gone once the process was waited for.
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::packages;

    #[test]
    fn every_component_of_the_manifest_is_built() {
        let manifest = include_str!("../../../spin.toml");
        let found = packages(manifest).unwrap();
        assert_eq!(found.len(), manifest.matches("\nsource = ").count());
        assert!(found.iter().any(|package| package == "job-worker"));
    }

    #[test]
    fn a_build_command_that_is_not_cargos_is_named() {
        let manifest = "[component.odd]\nsource = \"x\"\nbuild = { command = \"make\" }";
        let error = packages(manifest).err().unwrap().to_string();
        assert!(error.contains("component odd"), "{error}");
    }
}
