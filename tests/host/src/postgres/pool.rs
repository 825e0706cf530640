//! A component's connections, one pool an address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::allowed_hosts::AllowedHosts;

/// Connections that one component may hold to one address, as in Spin.
const CONNECTIONS: usize = 64;

/// Address, and the PEM text of a certificate authority where the guest names one.
type Key = (String, Option<String>);

/// The pools of one component.
#[derive(Default)]
pub(crate) struct Pools(Mutex<HashMap<Key, Pool>>);

impl Pools {
    /// Takes a connection from the address's pool, or opens one.
    ///
    /// # Errors
    /// When the address is malformed, or Postgres does not answer or refuses.
    pub(super) async fn connect(
        &self,
        address: &str,
        certificate: Option<String>,
    ) -> Result<Object> {
        Ok(self.pool(address, certificate)?.get().await?)
    }

    fn pool(&self, address: &str, certificate: Option<String>) -> Result<Pool> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (address.to_owned(), certificate);
        if let Some(pool) = pools.get(&key) {
            return Ok(pool.clone());
        }
        let pool = open(address, key.1.as_deref())?;
        pools.insert(key, pool.clone());
        Ok(pool)
    }
}

fn open(address: &str, certificate: Option<&str>) -> Result<Pool> {
    let config: Config = address
        .parse()
        .context("parsing Postgres connection string")?;
    // Fast: a returned connection is neither reset nor rolled back, as in Spin.
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config, NoTls, recycling)
    } else {
        Manager::from_config(config, tls(certificate)?, recycling)
    };
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .build()
        .context("building Postgres connection pool")
}

fn tls(certificate: Option<&str>) -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match certificate {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(certificate?)?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Checks the text of a guest's certificate authority.
///
/// # Errors
/// When it holds no certificate.
pub(super) fn check_certificate(pem: &str) -> Result<()> {
    CertificateDer::from_pem_slice(pem.as_bytes())?;
    Ok(())
}

/// Checks every host of an address against what the manifest allows.
///
/// # Errors
/// Says which part of the address is not permitted, in Spin's words.
pub(super) fn check_address(address: &str, allowed: &AllowedHosts) -> Result<(), String> {
    let config: Config = address
        .parse()
        .map_err(|error: tokio_postgres::Error| error.to_string())?;
    let ports = config.get_ports();
    for (index, host) in config.get_hosts().iter().enumerate() {
        let Host::Tcp(host) = host else {
            return Err("Unix sockets are not supported on WebAssembly".to_owned());
        };
        let port = match ports {
            [one] => Some(*one),
            many => many.get(index).copied(),
        };
        if !allowed.allows("postgres", host, port) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            return Err(format!("address postgres://{host}{port} is not permitted"));
        }
    }
    Ok(())
}
