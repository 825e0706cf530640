//! Serves an application on 127.0.0.1:3000 until interrupted: `serve SPIN_TOML`. Variables are
//! the environment's `SPIN_VARIABLE_*`.
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
    let manifest = std::env::args()
        .nth(1)
        .context("say which spin.toml to serve")?;
    let mut config = HostConfig::new(manifest);
    config.variables = Variables::from_env();
    config.listen = SocketAddr::from(([127, 0, 0, 1], 3000));
    config.progress = Arc::new(|id, how| eprintln!("{id}: {how:?}"));
    let host = Host::start(config).await?;
    println!("ready {}", host.url());
    tokio::signal::ctrl_c().await?;
    host.shutdown().await;
    Ok(())
}
