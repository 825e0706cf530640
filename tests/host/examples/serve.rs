//! Serves an application until interrupted: `serve [--once] SPIN_TOML [CACHE]`. Variables are the
//! environment's `SPIN_VARIABLE_*`; with `--once` it ends when everything is ready.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use host::{Host, HostConfig, Variables};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let once = arguments.first().is_some_and(|first| first == "--once");
    if once {
        arguments.remove(0);
    }
    let manifest = arguments.first().context("say which spin.toml to serve")?;
    let mut config = HostConfig::new(manifest);
    config.variables = Variables::from_env();
    config.progress = Arc::new(|id, how| eprintln!("{id}: {how:?}"));
    if let Some(cache) = arguments.get(1) {
        config.cache = cache.into();
    }
    if !once {
        config.listen = SocketAddr::from(([127, 0, 0, 1], 3000));
    }
    let host = Host::start(config).await?;
    println!("ready {}", host.url());
    if !once {
        tokio::signal::ctrl_c().await?;
        host.shutdown().await;
    }
    Ok(())
}
