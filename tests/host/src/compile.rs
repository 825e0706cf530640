//! Components made ready to run: compiled once, kept in memory and on disk.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime_wasi_http::{p2, p3};

use crate::bindings::cron::SpinCronPre;
use crate::component::State;
use crate::engine::engine;
use crate::linker::linker;

/// A component that is linked and can be instantiated.
#[derive(Clone)]
pub(crate) enum Compiled {
    /// Handles requests by WASI 0.3.
    Http3(p3::bindings::ServicePre<State>),
    /// Handles requests by WASI 0.2.
    Http2(p2::bindings::ProxyPre<State>),
    /// Runs by the clock.
    Cron(SpinCronPre<State>),
}

/// How a component came to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readied {
    /// It was compiled, which took this long.
    Compiled(Duration),
    /// It was found compiled on disk.
    Cached,
    /// Another host of this process uses it already.
    Shared,
}

impl Compiled {
    /// The engine that the component is compiled for.
    pub(crate) fn engine(&self) -> &Engine {
        match self {
            Self::Http3(service) => service.engine(),
            Self::Http2(proxy) => proxy.engine(),
            Self::Cron(cron) => cron.engine(),
        }
    }
}

type Digest = [u8; 32];

/// What this process has compiled, by the digest of the WebAssembly.
fn shared(digest: Digest) -> Arc<OnceCell<Compiled>> {
    static SHARED: OnceLock<Mutex<HashMap<Digest, Arc<OnceCell<Compiled>>>>> = OnceLock::new();
    let mut shared = SHARED
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    shared.entry(digest).or_default().clone()
}

/// Makes the component in a file ready, with compiled code kept in the directory `cache`.
///
/// # Errors
/// When the file is missing or no component, when it imports what this host has not, or when it
/// handles neither requests nor ticks.
pub(crate) async fn ready(source: PathBuf, cache: PathBuf) -> Result<(Compiled, Readied)> {
    let bytes = tokio::fs::read(&source)
        .await
        .with_context(|| format!("cannot read {}: is it built?", source.display()))?;
    let digest: Digest = Sha256::digest(&bytes).into();
    let mut readied = Readied::Shared;
    let shared = shared(digest);
    let compiled = shared
        .get_or_try_init(|| async {
            let load = move || load(&bytes, digest, &cache);
            let (component, how) = tokio::task::spawn_blocking(load).await??;
            readied = how;
            link(&component)
        })
        .await
        .with_context(|| format!("cannot run {}", source.display()))?;
    Ok((compiled.clone(), readied))
}

fn link(component: &Component) -> Result<Compiled> {
    let linked = linker()?.instantiate_pre(component)?;
    if let Ok(service) = p3::bindings::ServicePre::new(linked.clone()) {
        return Ok(Compiled::Http3(service));
    }
    if let Ok(proxy) = p2::bindings::ProxyPre::new(linked.clone()) {
        return Ok(Compiled::Http2(proxy));
    }
    match SpinCronPre::new(linked) {
        Ok(cron) => Ok(Compiled::Cron(cron)),
        Err(_) => bail!("it exports neither an HTTP handler nor handle-cron-event"),
    }
}

fn load(bytes: &[u8], digest: Digest, cache: &Path) -> Result<(Component, Readied)> {
    let kept = cache.join(file_name(digest)?);
    if kept.exists()
        && let Ok(component) = load_compiled(&kept)
    {
        return Ok((component, Readied::Cached));
    }
    let began = Instant::now();
    let component = Component::new(engine()?, bytes)?;
    let code = component.serialize()?;
    keep(&kept, &code)
        .with_context(|| format!("cannot keep compiled code in {}", cache.display()))?;
    Ok((component, Readied::Compiled(began.elapsed())))
}

/// The same WebAssembly compiles to other code for another engine, processor or setting.
fn file_name(digest: Digest) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    engine()?.precompile_compatibility_hash().hash(&mut hasher);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{digest}-{:016x}.cwasm", hasher.finish()))
}

/// Loads what [`keep`] wrote.
///
/// Compiled code is run as it stands, so the directory must be one that only this user writes to.
#[allow(
    unsafe_code,
    reason = "the file was written by this host, under a name that says for which engine"
)]
fn load_compiled(path: &Path) -> Result<Component> {
    // SAFETY: `keep` moves whole files into place, and wasmtime checks the version and settings
    // that the code was compiled with.
    Ok(unsafe { Component::deserialize_file(engine()?, path) }?)
}

/// Writes a file that is either whole or not there, whoever else writes it at the same time.
fn keep(path: &Path, code: &[u8]) -> Result<()> {
    let directory = path.parent().context("the cache is no directory")?;
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    std::io::Write::write_all(&mut file, code)?;
    file.persist(path)?;
    Ok(())
}
