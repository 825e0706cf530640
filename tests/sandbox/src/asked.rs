//! A request, and who is to answer it.

use crate::graphql::{GraphqlError, Request as GraphqlRequest};
use crate::inner::Inner;
use bytes::Bytes;
use http::Request;

/// A request, and who is to answer it.
pub(crate) struct Asked {
    /// Without the channel's prefix.
    pub request: Request<Bytes>,
    pub vendor: Vendor,
}

pub(crate) enum Vendor {
    Shopify(Result<GraphqlRequest, GraphqlError>),
    Fake(&'static str),
}

impl Asked {
    pub fn read(inner: &Inner, request: Request<Bytes>) -> Self {
        let slugs: Vec<&'static str> = inner.world().fakes.keys().copied().collect();
        for slug in slugs {
            if let Some(request) = without_prefix(&request, slug) {
                let vendor = Vendor::Fake(slug);
                return Self { request, vendor };
            }
        }
        let request = without_prefix(&request, "shopify").unwrap_or(request);
        let vendor = Vendor::Shopify(GraphqlRequest::parse(request.body()));
        Self { request, vendor }
    }

    /// What faults know it by.
    pub fn name(&self) -> String {
        let (method, path) = (self.request.method(), self.request.uri().path());
        match &self.vendor {
            Vendor::Shopify(Ok(graphql)) => format!("{method} {path} {}", graphql.name()),
            Vendor::Shopify(Err(_)) => format!("{method} {path}"),
            Vendor::Fake(slug) => format!("{method} /{slug}{path}"),
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
