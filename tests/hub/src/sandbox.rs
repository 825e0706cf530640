//! The fake platforms: `cargo hub sandbox`, and beside a hub with `up --sandbox`.

use std::net::SocketAddr;

use anyhow::Result;
use sandbox::Sandbox;

use crate::output;

/// The usual address, so that a store made yesterday finds its platform today.
pub const USUAL_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 3001);

/// Starts the fakes on `address`.
///
/// # Errors
/// When the address is taken.
pub async fn start(address: SocketAddr) -> Result<Sandbox> {
    Sandbox::start(Some(address)).await
}

/// Starts the fakes on the usual address, or on any where something else has that.
///
/// # Errors
/// When there is no free port.
pub async fn start_somewhere() -> Result<Sandbox> {
    match start(USUAL_ADDRESS).await {
        Ok(sandbox) => Ok(sandbox),
        Err(_) => Sandbox::start(None).await,
    }
}

/// The fakes as (platform, address for `config.base_url`).
#[must_use]
pub fn addresses(sandbox: &Sandbox) -> Vec<(String, String)> {
    let stores = sandbox.ready_stores().into_iter();
    stores
        .map(|store| (store.platform.to_owned(), sandbox.url(store.platform)))
        .collect()
}

/// Prints one line for each fake.
///
/// # Errors
/// When standard output is closed.
pub fn print(addresses: &[(String, String)]) -> Result<()> {
    for (platform, address) in addresses {
        output::line(&format!("sandbox {platform} {address}"))?;
    }
    Ok(())
}

/// Runs the fakes alone, until this is dropped.
///
/// # Errors
/// When the address is taken.
pub async fn serve(address: SocketAddr) -> Result<()> {
    let sandbox = start(address).await?;
    print(&addresses(&sandbox))?;
    std::future::pending::<()>().await;
    Ok(())
}
