//! Connecting to Postgres, with TLS where the URL requires it.

use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

/// Opens a connection that lives until the client is dropped. It is encrypted, and the server's certificate checked, when the URL
/// says `sslmode=require`; without that it is plain.
///
/// # Errors
/// When `url` can't be read or nobody answers there.
pub async fn connect(url: &str) -> Result<Client> {
    parse(url)?;
    let config: Config = url.parse().context("the database URL can't be read")?;
    let context = || format!("could not connect to Postgres at {}", place(url));
    if config.get_ssl_mode() == SslMode::Require {
        let (client, connection) = config.connect(tls()?).await.with_context(context)?;
        drive(connection);
        Ok(client)
    } else {
        let (client, connection) = config.connect(NoTls).await.with_context(context)?;
        drive(connection);
        Ok(client)
    }
}

fn drive<S, T>(connection: Connection<S, T>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        // Ends with the client; an error shows in the client's next statement.
        let _ = connection.await;
    });
}

fn tls() -> Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// `url`, when it is a Postgres URL.
pub(crate) fn parse(url: &str) -> Result<Url> {
    Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))
        .context("the database URL should look like postgres://user:password@host:5432/database")
}

/// The host and database of `url`, without its password.
fn place(url: &str) -> String {
    parse(url).map_or_else(
        |error| error.to_string(),
        |url| {
            let host = url.host_str().unwrap_or("localhost");
            format!("{host}:{}{}", url.port().unwrap_or(5432), url.path())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{parse, place};

    #[test]
    fn a_place_shows_no_password() {
        let shown = place("postgres://a:secret@db.example/shop");
        assert_eq!(shown, "db.example:5432/shop");
    }

    #[test]
    fn other_schemes_are_refused_with_an_example() {
        let error = parse("mysql://a@b/c").map_err(|it| it.to_string());
        assert!(error.is_err_and(|text| text.contains("postgres://user:password@host")));
    }
}
