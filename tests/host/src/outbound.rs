//! Outbound HTTP: requests leave only for hosts that the manifest allows.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Uri;
use http::uri::{Authority, Scheme};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::allowed_hosts::AllowedHosts;

/// The name by which a component addresses its own application.
const OWN_NAME: &str = "self.alt";

/// What decides over an instance's requests.
pub(crate) struct Outbound {
    pub(crate) allowed: Arc<AllowedHosts>,
    /// Where this application listens, for requests to itself.
    pub(crate) own: Option<SocketAddr>,
}

/// An answer, and the work that goes on behind it.
type Sent = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl Outbound {
    /// Gives a request its full address, if it may be sent there.
    fn admit(&self, uri: &Uri) -> Result<Uri, Error> {
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        if authority.host() == OWN_NAME {
            return self.own(uri);
        }
        let scheme = uri.scheme_str().unwrap_or("https");
        match self
            .allowed
            .allows(scheme, authority.host(), authority.port_u16())
        {
            true => Ok(uri.clone()),
            false => Err(Error::HttpRequestDenied),
        }
    }

    fn own(&self, uri: &Uri) -> Result<Uri, Error> {
        let own = self
            .own
            .filter(|_| self.allowed.allows_own())
            .ok_or(Error::HttpRequestDenied)?;
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Authority::try_from(own.to_string()).ok();
        Uri::from_parts(parts).map_err(|_| Error::HttpRequestUriInvalid)
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        mut request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let admitted = self.admit(request.uri());
        Box::new(async move {
            *request.uri_mut() = admitted?;
            let (response, io) = default_send_request(request, options).await?;
            Ok((response.map(BodyExt::boxed_unsync), Box::new(io) as Box<_>))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn admit(entry: &str, uri: &str) -> Result<String, Error> {
        let allowed = Arc::new(AllowedHosts::parse(&[entry.to_owned()]).unwrap());
        let own = Some("127.0.0.1:3000".parse().unwrap());
        Outbound { allowed, own }
            .admit(&uri.parse().unwrap())
            .map(|uri| uri.to_string())
    }

    #[test]
    fn only_allowed_hosts_are_reached() {
        assert!(admit("https://example.com", "https://example.com/x").is_ok());
        assert!(matches!(
            admit("https://example.com", "https://example.org/x"),
            Err(Error::HttpRequestDenied)
        ));
        assert!(matches!(
            admit("https://example.com", "http://example.com/x"),
            Err(Error::HttpRequestDenied)
        ));
    }

    #[test]
    fn the_applications_own_name_reaches_it_where_self_is_allowed() {
        assert_eq!(
            admit("http://self", "http://self.alt/x?y=1").unwrap(),
            "http://127.0.0.1:3000/x?y=1"
        );
        assert!(matches!(
            admit("https://example.com", "http://self.alt/x"),
            Err(Error::HttpRequestDenied)
        ));
    }
}
