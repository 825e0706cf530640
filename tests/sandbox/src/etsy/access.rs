//! Who may ask: the key of the app, the token of the owner.

use super::{Etsy, KEYSTRING, Refused, SHARED_SECRET};
use crate::stamp::Stamp;
use bytes::Bytes;
use http::Request;

/// The key comes first: Etsy refuses a request without it whatever its token is.
pub fn check_key(request: &Request<Bytes>) -> Result<(), Refused> {
    let key = request.headers().get("x-api-key");
    let key = key
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match key.split_once(':') {
        None if key.is_empty() => Err(Refused::new(403, "Missing x-api-key header.")),
        None => Err(Refused::new(
            403,
            "Shared secret is required in x-api-key header.",
        )),
        Some((KEYSTRING, SHARED_SECRET)) => Ok(()),
        Some(_) => Err(Refused::new(403, "Invalid API key in x-api-key header.")),
    }
}

impl Etsy {
    /// Whether the request's token opens the shop for what needs `scope`.
    pub fn open(
        &mut self,
        request: &Request<Bytes>,
        scope: &str,
        at: Stamp,
    ) -> Result<(), Refused> {
        let header = request.headers().get("authorization");
        let token = header
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("Bearer "));
        match token {
            Some(token) => self.tokens.open(token, scope, at),
            None => Err(Refused::oauth(
                401,
                "invalid_token",
                "access token is missing",
            )),
        }
    }
}
