//! `allowed_outbound_hosts`: which addresses a component may talk to.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};

/// The addresses that one component may talk to.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    /// None: every scheme.
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Clone, Debug)]
enum Host {
    Any,
    /// Of this suffix, which starts with a dot.
    Subdomain(String),
    Exact(String),
    /// The application itself.
    Own,
}

#[derive(Clone, Debug)]
enum Port {
    Any,
    In(Range<u32>),
}

impl AllowedHosts {
    /// Reads the entries of a manifest, in which no template is left.
    ///
    /// # Errors
    /// Names an entry that is not of the form `<scheme>://<host>[:<port>]`.
    pub(crate) fn parse(entries: &[String]) -> Result<Self> {
        let rule = |entry: &String| {
            Rule::parse(entry.trim()).with_context(|| format!("allowed_outbound_hosts: {entry:?}"))
        };
        Ok(Self(entries.iter().map(rule).collect::<Result<_>>()?))
    }

    /// Whether nothing at all is allowed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the component may open `scheme://host:port`; the port is the scheme's own if none.
    pub(crate) fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let port = port.or_else(|| default_port(scheme));
        self.0.iter().any(|rule| {
            let scheme_fits = rule
                .scheme
                .as_deref()
                .is_none_or(|allowed| allowed == scheme);
            scheme_fits && rule.host.allows(host) && rule.port.allows(port)
        })
    }

    /// Whether the component may send requests to its own application.
    pub(crate) fn allows_own(&self) -> bool {
        self.0.iter().any(|rule| {
            rule.scheme
                .as_deref()
                .is_none_or(|scheme| scheme == "http" || scheme == "https")
                && matches!(rule.host, Host::Any | Host::Own)
        })
    }
}

impl Rule {
    fn parse(entry: &str) -> Result<Self> {
        let (scheme, rest) = entry
            .split_once("://")
            .context("write <scheme>://<host>[:<port>], each of which may be *")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        ensure!(
            !rest.contains('/'),
            "a path has no meaning here: leave it out"
        );
        let (host, port) = split_port(rest);
        ensure!(!host.is_empty(), "there is no host");
        let scheme = match scheme {
            "*" => None,
            name if name.chars().all(char::is_alphabetic) && !name.is_empty() => {
                Some(name.to_owned())
            }
            other => bail!("{other:?} is not a scheme"),
        };
        Ok(Self {
            host: Host::parse(host)?,
            port: Port::parse(port, scheme.as_deref())?,
            scheme,
        })
    }
}

/// Takes the port off; an IPv6 address stands in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self> {
        if let Some(domain) = host.strip_prefix("*.") {
            ensure!(
                !domain.contains('*'),
                "a wildcard is allowed at the front only"
            );
            return Ok(Self::Subdomain(format!(".{}", domain.to_ascii_lowercase())));
        }
        match host {
            "*" => Ok(Self::Any),
            "self" | "self.alt" => Ok(Self::Own),
            _ if host.contains('*') => {
                bail!("a wildcard stands for a whole host or for subdomains")
            }
            _ => Ok(Self::Exact(host.to_ascii_lowercase())),
        }
    }

    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Own => false,
            Self::Exact(allowed) => host.eq_ignore_ascii_case(allowed),
            Self::Subdomain(suffix) => host.to_ascii_lowercase().ends_with(suffix.as_str()),
        }
    }
}

impl Port {
    fn parse(port: Option<&str>, scheme: Option<&str>) -> Result<Self> {
        let number = |text: &str| {
            text.parse::<u16>()
                .map(u32::from)
                .with_context(|| format!("{text:?} is not a port"))
        };
        match port {
            Some("*") => Ok(Self::Any),
            Some(port) => match port.split_once("..") {
                Some((first, end)) => Ok(Self::In(number(first)?..number(end)?)),
                None => number(port).map(|port| Self::In(port..port + 1)),
            },
            None => match scheme {
                None => bail!("a wildcard scheme needs a port (or *)"),
                Some(scheme) => {
                    let port = default_port(scheme)
                        .with_context(|| format!("{scheme} has no usual port: give one (or *)"))?;
                    Ok(Self::In(u32::from(port)..u32::from(port) + 1))
                }
            },
        }
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::In(range) => port.is_some_and(|port| range.contains(&u32::from(port))),
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        AllowedHosts::parse(&[entry.to_owned()])
            .unwrap()
            .allows(scheme, host, port)
    }

    #[test]
    fn an_entry_allows_its_scheme_host_and_port_only() {
        assert!(allows("https://example.com", "https", "example.com", None));
        assert!(allows(
            "https://example.com",
            "https",
            "Example.com",
            Some(443)
        ));
        assert!(!allows(
            "https://example.com",
            "https",
            "example.com",
            Some(8443)
        ));
        assert!(!allows(
            "https://example.com",
            "http",
            "example.com",
            Some(443)
        ));
        assert!(!allows(
            "https://example.com",
            "https",
            "sub.example.com",
            None
        ));
        assert!(allows(
            "postgres://127.0.0.1",
            "postgres",
            "127.0.0.1",
            None
        ));
        assert!(!allows(
            "postgres://127.0.0.1",
            "postgres",
            "127.0.0.1",
            Some(5433)
        ));
    }

    #[test]
    fn wildcards_stand_for_scheme_host_subdomain_and_port() {
        assert!(allows("*://*:*", "redis", "anything", Some(1)));
        assert!(allows(
            "https://*.myshopify.com",
            "https",
            "a.myshopify.com",
            None
        ));
        assert!(!allows(
            "https://*.myshopify.com",
            "https",
            "myshopify.com",
            None
        ));
        assert!(!allows(
            "https://*.myshopify.com",
            "https",
            "notmyshopify.com",
            None
        ));
        assert!(allows(
            "http://localhost:*",
            "http",
            "localhost",
            Some(4321)
        ));
        assert!(allows("http://[::1]:8080", "http", "[::1]", Some(8080)));
    }

    #[test]
    fn a_port_range_ends_before_its_end() {
        assert!(allows("http://h:80..90", "http", "h", Some(89)));
        assert!(!allows("http://h:80..90", "http", "h", Some(90)));
    }

    #[test]
    fn self_means_the_application_only() {
        let hosts = AllowedHosts::parse(&["http://self".to_owned()]).unwrap();
        assert!(hosts.allows_own());
        assert!(!hosts.allows("http", "self", None));
        assert!(!AllowedHosts::default().allows_own());
    }

    #[test]
    fn an_entry_that_says_nothing_is_refused() {
        for entry in [
            "*",
            "",
            "example.com",
            "https://",
            "https://a.*.com",
            "https://a/path",
            "*://a",
            "http://a:b",
        ] {
            let error = AllowedHosts::parse(&[entry.to_owned()]).unwrap_err();
            assert!(format!("{error:#}").contains(entry), "{entry}");
        }
    }
}
