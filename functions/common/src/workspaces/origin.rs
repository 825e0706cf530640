//! Where a workspace's own pages come from.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::net::Ipv6Addr;

/// An origin exactly as browsers send it in `Origin` (HTML Standard, "ASCII serialisation of an origin"): scheme, host in
/// lower case, a port that is not the scheme's own, and nothing after. `https`, and `http` on the developer's own machine.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Origin(String);

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match is_exact(&text) {
            true => Ok(Self(text)),
            false => Err(D::Error::custom(
                "must be an exact origin such as \"https://shop.example\", without path, wildcard or default port, in lower case; http only for localhost",
            )),
        }
    }
}

fn is_exact(text: &str) -> bool {
    let (authority, default_port, anywhere) = if let Some(rest) = text.strip_prefix("https://") {
        (rest, "443", true)
    } else if let Some(rest) = text.strip_prefix("http://") {
        (rest, "80", false)
    } else {
        return false;
    };
    let (host, port) = split_port(authority);
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    (anywhere || here) && is_host(host) && port.is_none_or(|port| is_port(port, default_port))
}

/// Host and port; the colons of an address in brackets are its own.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// 1 to 65535 as it is written, and not what the scheme means anyway.
fn is_port(text: &str, default: &str) -> bool {
    text != default
        && text
            .parse::<u16>()
            .is_ok_and(|port| port > 0 && port.to_string() == text)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or_default();
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|parsed| parsed.to_string() == address);
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::{Origin, is_exact};
    use proptest::prelude::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in [
            "https://shop.example",
            "https://a.b-c.example:8443",
            "https://xn--bcher-kva.example",
            "https://192.0.2.7",
            "https://[2001:db8::7]:8443",
            "http://localhost",
            "http://localhost:5173",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
        ] {
            assert!(is_exact(good), "{good}");
        }
    }

    #[test]
    fn what_a_browser_never_sends_or_what_is_too_much_is_refused() {
        for bad in [
            "",
            "*",
            "null",
            "https://",
            "https://*",
            "https://*.shop.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?x",
            "https://shop.example#x",
            "https://user@shop.example",
            "https://Shop.example",
            "HTTPS://shop.example",
            "https://shop.example:443",
            "http://localhost:80",
            "https://shop.example:",
            "https://shop.example:0443",
            "https://shop.example:+8443",
            "https://shop.example:65536",
            "https://shop.example.",
            "https://-shop.example",
            "https://shop..example",
            "https://bücher.example",
            "https://[::1",
            "https://[0:0:0:0:0:0:0:1]",
            "https://shop.example https://else.example",
            "https://shop.example\n",
            "http://shop.example",
            "http://localhost.shop.example",
            "http://127.0.0.2",
            "ftp://shop.example",
            "shop.example",
        ] {
            assert!(!is_exact(bad), "{bad:?}");
            let parsed = serde_json::from_value::<Origin>(bad.into());
            assert!(parsed.is_err(), "{bad:?}");
        }
    }

    proptest! {
        /// What is taken is one origin as `cors` compares it, whatever is tried.
        #[test]
        fn whatever_is_taken_has_no_more_than_scheme_host_and_port(text in "(https?://)?[a-z*.:/@\\[\\]0-9 -]{0,40}") {
            if is_exact(&text) {
                prop_assert!(crate::cors::is_origin(&text));
                let after = text.split_once("://").unwrap().1;
                prop_assert!(!after.contains(['/', '*', '@', ' ']));
            }
        }
    }
}
