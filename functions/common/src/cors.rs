//! Who may call from a browser: cross-origin resource sharing (Fetch Standard, 3.2).
//!
//! A page may read an answer when it is the app's own (`public_url`, `app_origins`) or stands in the workspace's list, which the
//! serving statement looks at: a request of another origin is refused before anything happens. A preflight carries no
//! identity, so no list of a workspace can be asked, nor is Postgres: it says which methods and headers exist, and allows
//! credentials (cookies) to the app's own pages only. Without credentials there is nothing that a foreign page could abuse: it has
//! no token unless somebody gave it one, and then the request itself is decided by the list.

use crate::error::{Error, Kind, Result};
use crate::reply::Reply;
use crate::request::Request;
use crate::settings::Settings;
use http::{HeaderName, Method, StatusCode, header};

/// What a page may send besides the headers that are always allowed.
const ALLOWED_HEADERS: &str = "authorization, content-type, content-digest, idempotency-key, if-match, signature, signature-input, x-request-id, x-workspace, apikey, x-client-info, x-supabase-api-version";
/// What a page may read besides the headers that are always readable.
const EXPOSED_HEADERS: &str =
    "etag, location, ratelimit, ratelimit-policy, retry-after, x-request-id";
/// How long a browser may remember a preflight, in seconds; browsers cap it themselves.
const MAX_AGE: &str = "600";

/// Where a request's page is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// No browser, or a page asking its own server for something.
    None,
    /// One of the app's own pages.
    Own(String),
    /// Any other: for the workspace's list to decide.
    Foreign(String),
}

impl Origin {
    /// The origin of `request`.
    ///
    /// # Errors
    /// 403 when the header is there twice or is no origin; `null` (sandboxed frames, files) is nobody's.
    pub fn of(request: &Request, settings: &Settings) -> Result<Self> {
        let mut given = request.headers.get_all(header::ORIGIN).iter();
        let Some(first) = given.next() else {
            return Ok(Self::None);
        };
        let origin = first
            .to_str()
            .ok()
            .filter(|_| given.next().is_none())
            .filter(|origin| is_origin(origin))
            .ok_or_else(|| {
                Error::new(Kind::Forbidden, "The origin of this page is not allowed.")
            })?;
        if own(settings).any(|known| known == origin) {
            return Ok(Self::Own(origin.to_owned()));
        }
        Ok(Self::Foreign(origin.to_owned()))
    }

    /// The origin that the workspace's list has to have, if any.
    pub fn foreign(&self) -> Option<&str> {
        match self {
            Self::Foreign(origin) => Some(origin),
            _ => None,
        }
    }
}

/// The app's own origins: of `public_url`, and those of `app_origins` (separated by commas or spaces).
fn own(settings: &Settings) -> impl Iterator<Item = &str> {
    let public = settings.text("public_url").unwrap_or_default();
    let others = settings.text("app_origins").unwrap_or_default();
    others
        .split([',', ' '])
        .chain(std::iter::once(origin_of(public)))
        .filter(|origin| !origin.is_empty())
}

/// `https://shop.example/api` → `https://shop.example`.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(start..).unwrap_or_default();
    let length = rest.find('/').unwrap_or(rest.len());
    url.get(..start + length).unwrap_or_default()
}

/// `scheme://host[:port]` as browsers write it: lower case, no path, no user.
pub fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        (1..=253).contains(&host.len())
            && host
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]_".contains(&b))
    })
}

/// Whether `request` is a preflight: a browser's question that precedes the request proper.
pub fn is_preflight(request: &Request) -> bool {
    request.method == Method::OPTIONS
        && request.headers.contains_key(header::ORIGIN)
        && request
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Answers a preflight for an address that has `methods`.
///
/// # Errors
/// 404 when it has none; 403 for what is no origin.
pub fn preflight(request: &Request, settings: &Settings, methods: &[Method]) -> Result<Reply> {
    if methods.is_empty() {
        return Err(Error::not_found());
    }
    Origin::of(request, settings)?;
    // Everybody may know what there is; whether they may use it is for the request proper.
    request.aside.borrow_mut().origin_listed = true;
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    Ok(Reply::empty(StatusCode::NO_CONTENT)
        .with_header(header::ACCESS_CONTROL_ALLOW_METHODS, &names.join(", "))
        .with_header(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS)
        .with_header(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
}

/// Lets the page at `origin` read the answer. For [`Origin::Foreign`] only when the workspace's list has it, or when the answer
/// has nothing of a workspace in it.
pub fn allow(reply: Reply, origin: &Origin) -> Reply {
    let reply = reply.with_header(header::VARY, "Origin");
    let (origin, own) = match origin {
        Origin::None => return reply,
        Origin::Own(origin) => (origin, true),
        Origin::Foreign(origin) => (origin, false),
    };
    let reply = reply
        .with_header(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        .with_header(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    match own {
        true => reply.with_header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        false => reply,
    }
}

/// Headers that every answer has (OWASP Secure Headers): an API has no pages to frame, to sniff or to refer from.
pub const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=63072000; includeSubDomains",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-site",
    ),
];
