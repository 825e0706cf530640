//! The signature base: what is signed, line by line (RFC 9421, 2.5).

use super::input::Input;
use super::refused;
use crate::error::{Error, Result};
use crate::request::Request;
use http::HeaderName;

/// The base of `request` for the components of `input`.
///
/// # Errors
/// 401 for a component that is unknown, absent, or has a value that can't be signed.
pub(super) fn build(request: &Request, input: &Input) -> Result<String> {
    let mut base = String::new();
    for name in &input.components {
        let value = component(request, name)?;
        // A line break in a value would be a line of the signer's that he never wrote.
        if !value
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\t')
        {
            return Err(refused(
                "covers a component whose value is not ASCII on one line",
            ));
        }
        base.extend(["\"", name, "\": ", &value, "\n"]);
    }
    base.extend(["\"@signature-params\": ", &input.params]);
    Ok(base)
}

fn component(request: &Request, name: &str) -> Result<String> {
    match name {
        "@method" => Ok(request.sent_method().to_owned()),
        "@authority" => authority(request),
        "@path" if request.path.is_empty() => Ok("/".to_owned()),
        "@path" => Ok(request.path.clone()),
        "@query" => Ok(format!("?{}", request.query)),
        name => field(request, name),
    }
}

/// The host that was asked for, in lower case, without the port that goes without saying (RFC 9421, 2.2.3). Which of the
/// two such ports it is depends on a scheme that a proxy before us may have ended: neither says anything.
fn authority(request: &Request) -> Result<String> {
    let mut hosts = request.headers.get_all("host").iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(refused("covers \"@authority\", and there is not one host"));
    };
    let host = host
        .to_str()
        .map_err(|_| refused("covers a host that is not ASCII"))?
        .to_ascii_lowercase();
    let bare = host
        .strip_suffix(":443")
        .or_else(|| host.strip_suffix(":80"));
    Ok(bare.unwrap_or(&host).to_owned())
}

/// A header: its lines, trimmed, with a comma and a space between them (RFC 9421, 2.1).
fn field(request: &Request, name: &str) -> Result<String> {
    let unknown = || -> Error {
        refused("covers a component that is unknown; headers are named in lower case")
    };
    let is_own = ["signature", super::INPUT_HEADER].contains(&name);
    let header = HeaderName::from_bytes(name.as_bytes())
        .ok()
        .filter(|header| header.as_str() == name && !is_own)
        .ok_or_else(unknown)?;
    let lines: Option<Vec<&str>> = request
        .headers
        .get_all(&header)
        .iter()
        .map(|line| line.to_str().ok().map(str::trim))
        .collect();
    match lines {
        Some(lines) if !lines.is_empty() => Ok(lines.join(", ")),
        Some(_) => Err(refused(format!(
            "covers \"{name}\", and there is no such header"
        ))),
        None => Err(refused("covers a header that is not ASCII")),
    }
}
