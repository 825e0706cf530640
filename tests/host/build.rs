//! Writes the WIT bindings of Spin's interfaces from the `spin-sdk` package that the functions are
//! built with, so that host and guests cannot disagree about them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::Value;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=wit");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    let deps = spin_sdk()?.join("wit/deps");
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let bindings = bindings(
        &package(&deps, "spin-postgres@4")?,
        &package(&deps, "spin-variables@3")?,
        &manifest.join("wit"),
    );
    let out = PathBuf::from(env::var("OUT_DIR")?).join("bindings.rs");
    fs::write(&out, bindings).with_context(|| format!("cannot write {}", out.display()))
}

/// The directory of the `spin-sdk` package that the workspace is locked to.
fn spin_sdk() -> Result<PathBuf> {
    let metadata = metadata(&["--locked", "--offline"]).or_else(|_| metadata(&["--locked"]))?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("cargo metadata lists no packages")?;
    let manifest = packages
        .iter()
        .find(|package| package.get("name").is_some_and(|name| name == "spin-sdk"))
        .and_then(|package| package.get("manifest_path")?.as_str())
        .context("spin-sdk is not among the workspace's dependencies: its WIT is needed here")?;
    Ok(Path::new(manifest)
        .parent()
        .context("spin-sdk has no directory")?
        .to_owned())
}

fn metadata(flags: &[&str]) -> Result<Value> {
    let output = Command::new(env::var("CARGO")?)
        .args([
            "metadata",
            "--format-version=1",
            "--filter-platform=wasm32-wasip2",
        ])
        .args(flags)
        .current_dir(env::var("CARGO_MANIFEST_DIR")?)
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata answered no JSON")
}

/// The one WIT package in `deps` whose directory starts with `name`.
fn package(deps: &Path, name: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(deps).with_context(|| format!("cannot list {}", deps.display()))?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| {
            path.file_name()
                .is_some_and(|file| file.to_string_lossy().starts_with(name))
        })
        .with_context(|| {
            format!(
                "{} has no {name}: is spin-sdk still version 7?",
                deps.display()
            )
        })
}

fn bindings(postgres: &Path, variables: &Path, own: &Path) -> String {
    format!(
        r##"
/// Interfaces of Spin 4: Postgres and asynchronous variables.
pub mod spin {{
    wasmtime::component::bindgen!({{
        path: [{postgres:?}, {variables:?}],
        inline: "package stage-hub:host; world imports {{
            import spin:postgres/postgres@4.2.0;
            import spin:variables/variables@3.0.0;
        }}",
        imports: {{ default: async | trappable }},
        with: {{
            "spin:postgres/postgres.connection": crate::postgres::Connection,
            "spin:postgres/postgres.connection-builder": crate::postgres::ConnectionBuilder,
        }},
    }});
}}

/// Variables as synchronous guests read them.
pub mod settings {{
    wasmtime::component::bindgen!({{
        path: {settings:?},
        world: "settings",
        imports: {{ default: trappable }},
    }});
}}

/// The export of a cron component.
pub mod cron {{
    wasmtime::component::bindgen!({{
        path: {cron:?},
        world: "spin-cron",
        exports: {{ default: async }},
    }});
}}
"##,
        settings = own.join("variables"),
        cron = own.join("cron"),
    )
}
