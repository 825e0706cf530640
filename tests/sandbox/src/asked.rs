//! A request, and who is to answer it.

use crate::graphql::Request as GraphqlRequest;
use crate::inner::Inner;
use bytes::Bytes;
use http::Request;

/// A request, and who is to answer it.
pub(crate) struct Asked {
    /// Without the channel's prefix.
    pub request: Request<Bytes>,
    pub slug: &'static str,
}

impl Asked {
    /// What has no channel's prefix is Shopify's.
    pub fn read(inner: &Inner, request: Request<Bytes>) -> Self {
        let slugs: Vec<&'static str> = inner.world().fakes.keys().copied().collect();
        for slug in slugs {
            if let Some(request) = without_prefix(&request, slug) {
                return Self { request, slug };
            }
        }
        let slug = "shopify";
        let request = without_prefix(&request, slug).unwrap_or(request);
        Self { request, slug }
    }

    /// What faults know it by.
    pub fn name(&self) -> String {
        let (method, path) = (self.request.method(), self.request.uri().path());
        if self.slug != "shopify" {
            return format!("{method} /{}{path}", self.slug);
        }
        match GraphqlRequest::parse(self.request.body()) {
            Ok(graphql) => format!("{method} {path} {}", graphql.name()),
            Err(_) => format!("{method} {path}"),
        }
    }
}

/// The request with its path behind `/{slug}`, if it has that prefix.
fn without_prefix(request: &Request<Bytes>, slug: &str) -> Option<Request<Bytes>> {
    let whole = request.uri().path_and_query()?.as_str();
    let rest = whole.strip_prefix('/')?.strip_prefix(slug)?;
    let uri = match rest.starts_with('/') {
        true => rest.parse().ok()?,
        false => return None,
    };
    let mut inside = request.clone();
    *inside.uri_mut() = uri;
    Some(inside)
}
