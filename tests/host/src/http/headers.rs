//! What Spin tells a component about a request, in headers.

use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::routes::Match;

const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
const CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// The headers that are the same for every request of a route.
#[derive(Debug)]
pub(crate) struct RouteHeaders {
    raw: HeaderValue,
    matched: HeaderValue,
    component: HeaderValue,
}

impl RouteHeaders {
    /// # Errors
    /// When the route has a character that no header can carry.
    pub(crate) fn new(route: &str) -> Result<Self, http::header::InvalidHeaderValue> {
        let matched = route.strip_suffix('/').unwrap_or(route);
        Ok(Self {
            raw: HeaderValue::from_str(route)?,
            matched: HeaderValue::from_str(matched)?,
            component: HeaderValue::from_str(route.strip_suffix("/...").unwrap_or(route))?,
        })
    }
}

/// The address that a client asked for: `http`, the host it named, path and query.
///
/// None where there is no such address: a client that names no possible host.
pub(crate) fn full_uri(uri: &Uri, headers: &HeaderMap) -> Option<Uri> {
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = match (uri.authority(), headers.get(HOST)) {
        (Some(authority), _) => Some(authority.clone()),
        (None, Some(host)) => Some(Authority::try_from(host.as_bytes()).ok()?),
        (None, None) => Some(Authority::from_static("localhost")),
    };
    parts.path_and_query = uri
        .path_and_query()
        .cloned()
        .or_else(|| Some(PathAndQuery::from_static("/")));
    Uri::from_parts(parts).ok()
}

/// Replaces whatever a client sent in Spin's name by the truth.
pub(crate) fn set<T>(
    headers: &mut HeaderMap,
    route: &RouteHeaders,
    found: &Match<'_, T>,
    full_url: &Uri,
    client: &HeaderValue,
) {
    remove_forged(headers);
    headers.insert(PATH_INFO, text(found.rest));
    headers.insert(FULL_URL, text(&full_url.to_string()));
    headers.insert(MATCHED_ROUTE, route.matched.clone());
    headers.insert(BASE_PATH, HeaderValue::from_static("/"));
    headers.insert(RAW_COMPONENT_ROUTE, route.raw.clone());
    headers.insert(COMPONENT_ROUTE, route.component.clone());
    headers.insert(CLIENT_ADDR, client.clone());
    for (name, value) in &found.names {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase());
        if let Ok(name) = HeaderName::try_from(name) {
            headers.insert(name, text(value));
        }
    }
}

/// A part of a URI as a header. hyper has checked the URI, so that its characters fit.
fn text(part: &str) -> HeaderValue {
    HeaderValue::from_str(part).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn remove_forged(headers: &mut HeaderMap) {
    if !headers
        .keys()
        .any(|name| name.as_str().starts_with("spin-"))
    {
        return;
    }
    let forged: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("spin-"))
        .cloned()
        .collect();
    for name in forged {
        headers.remove(name);
    }
}
