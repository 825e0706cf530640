//! Pictures: Etsy takes files, or numbers of pictures that the shop has already; it fetches nothing.
//!
//! So the plugin fetches the product's pictures itself, from the hosts that `config.image_hosts` names and
//! from nowhere else: an address in a catalogue must not make us ask servers of anybody's choice.

use super::settings::{OWN, Settings};
use common::platform::{Image, PlatformError, ProductInput, Store};
use common::ports::HttpResponse;
use http::Uri;
use http::header::CONTENT_TYPE;
use serde_json::Value;

/// Pictures of a listing.
const MOST: usize = 20;
/// Characters of a picture's alternative text.
const ALT: usize = 500;

/// Where a listing's pictures come from.
#[derive(Debug, PartialEq, Eq)]
pub enum Source {
    /// The shop has them.
    Ids { ids: Vec<u64>, is_default: bool },
    /// They are fetched and uploaded.
    Upload,
    /// There are none to be had.
    Nothing { field: String, reason: String },
}

/// Where the pictures of `product` come from.
pub fn source(product: &ProductInput, store: &Store) -> Source {
    let settings = Settings::of(product, store);
    let ids = Settings::ids(settings.own("image_ids"));
    if !ids.is_empty() {
        let is_default = false;
        return Source::Ids { ids, is_default };
    }
    let hosts = hosts(store);
    let images = wanted(product);
    let forbidden = images.iter().position(|it| !is_allowed(&it.url, &hosts));
    if !images.is_empty() && forbidden.is_none() {
        return Source::Upload;
    }
    let ids = Settings::ids(settings.get("default_image_ids"));
    if !ids.is_empty() {
        let is_default = true;
        return Source::Ids { ids, is_default };
    }
    match forbidden {
        None => Source::Nothing {
            field: "images".to_owned(),
            reason: format!(
                "are missing: Etsy shows no listing without a picture. Give the product one, or {OWN}.image_ids"
            ),
        },
        Some(at) => Source::Nothing {
            field: format!("images[{at}]"),
            reason: format!(
                "lies on a host that is not in config.image_hosts: Etsy takes files, so the picture has to be fetched. Add the host there, or upload the pictures to the shop and give {OWN}.image_ids"
            ),
        },
    }
}

/// The pictures that Etsy has room for.
pub fn wanted(product: &ProductInput) -> &[Image] {
    product.images.get(..MOST).unwrap_or(&product.images)
}

fn hosts(store: &Store) -> Vec<String> {
    let lower = |text: &str| text.trim().to_ascii_lowercase();
    let all: Vec<String> = match store.config.get("image_hosts") {
        Some(Value::String(text)) => text.split([',', ' ']).map(lower).collect(),
        Some(Value::Array(rows)) => rows.iter().filter_map(Value::as_str).map(lower).collect(),
        _ => Vec::new(),
    };
    all.into_iter().filter(|host| !host.is_empty()).collect()
}

/// Whether `url` is on one of `hosts`: `cdn.example`, `cdn.example:8443`, `*.example`.
fn is_allowed(url: &str, hosts: &[String]) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return false;
    };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host().to_ascii_lowercase();
    let with_port = authority.as_str().to_ascii_lowercase();
    hosts.iter().any(|allowed| match allowed.strip_prefix('*') {
        Some(suffix) => suffix.starts_with('.') && host.ends_with(suffix),
        None => *allowed == with_port || (*allowed == host && authority.port().is_none()),
    })
}

/// The file that `response` brought, ready to be uploaded as the picture number `at`.
pub struct Upload {
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Upload {
    /// `boundary` must not be in the file; a random one is not.
    pub fn of(
        response: &HttpResponse,
        image: &Image,
        at: usize,
        boundary: &str,
    ) -> Result<Self, PlatformError> {
        let (kind, ending) = kind(response, at)?;
        let alt: String = image
            .alt
            .iter()
            .flat_map(|it| it.chars())
            .take(ALT)
            .collect();
        let mut body = Vec::with_capacity(response.body().len() + 1024);
        for (name, value) in [
            ("rank", (at + 1).to_string()),
            ("overwrite", "true".to_owned()),
            ("alt_text", alt),
        ] {
            if !value.is_empty() {
                let part = format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                );
                body.extend_from_slice(part.as_bytes());
            }
        }
        let file = format!("{}.{ending}", at + 1);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(response.body());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        Ok(Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            body,
        })
    }
}

/// The file's type, by what it begins with: what a server says of it is not believed.
fn kind(response: &HttpResponse, at: usize) -> Result<(&'static str, &'static str), PlatformError> {
    let field = format!("images[{at}]");
    let status = response.status();
    if !status.is_success() {
        return Err(PlatformError::rejected_field(
            field,
            format!("can't be fetched: HTTP {}", status.as_u16()),
        ));
    }
    match response.body().as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => Ok(("image/jpeg", "jpg")),
        [0x89, b'P', b'N', b'G', ..] => Ok(("image/png", "png")),
        [b'G', b'I', b'F', b'8', ..] => Ok(("image/gif", "gif")),
        _ => {
            let said = response.headers().get(CONTENT_TYPE);
            let said = said.and_then(|it| it.to_str().ok()).unwrap_or("nothing");
            Err(PlatformError::rejected_field(
                field,
                format!(
                    "is no JPEG, PNG or GIF, which is all that Etsy takes (its server says {said})"
                ),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn only_the_named_hosts_are_asked() {
        let hosts = [
            "cdn.example".to_owned(),
            "*.shop.example".to_owned(),
            "a.example:81".to_owned(),
        ];
        for url in [
            "https://cdn.example/1.jpg",
            "http://CDN.example/",
            "https://x.shop.example/1",
            "http://a.example:81/1",
        ] {
            assert!(is_allowed(url, &hosts), "{url}");
        }
        for url in [
            "https://cdn.example.evil/1.jpg",
            "https://evil/cdn.example",
            "https://cdn.example@evil/1.jpg",
            "https://cdn.example:81/1.jpg",
            "https://a.example/1",
            "https://shop.example/1",
            "ftp://cdn.example/1",
            "//cdn.example/1",
            "cdn.example",
        ] {
            assert!(!is_allowed(url, &hosts), "{url}");
        }
    }
}
