//! Signs a call (RFC 9421), as somebody does who has read the specification.

use super::entry::Call;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

static NONCES: AtomicU64 = AtomicU64::new(0);

/// Who has a signing key.
#[derive(Clone)]
pub struct Signer {
    pub keyid: String,
    pub secret: String,
    /// The host and port that is called.
    pub authority: String,
}

impl Signer {
    /// `call` with its signature, made now and good once.
    pub fn signed(&self, call: &Call) -> Call {
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let mut components = "\"@method\" \"@authority\" \"@path\" \"@query\"".to_owned();
        let mut base = format!(
            "\"@method\": {}\n\"@authority\": {}\n\"@path\": {path}\n\"@query\": ?{query}\n",
            call.method, self.authority
        );
        let mut call = call.clone();
        if let Some(body) = &call.body {
            let digest = STANDARD.encode(Sha256::digest(body));
            let digest = format!("sha-256=:{digest}:");
            components.push_str(" \"content-digest\"");
            base.push_str(&format!("\"content-digest\": {digest}\n"));
            call.headers.push(("content-digest", digest));
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let nonce = NONCES.fetch_add(1, Ordering::Relaxed);
        let params = format!(
            "({components});created={now};expires={};nonce=\"a-nonce-of-an-attack-{nonce}\";keyid=\"{}\";alg=\"hmac-sha256\"",
            now + 60,
            self.keyid
        );
        base.push_str(&format!("\"@signature-params\": {params}"));
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        let signature = STANDARD.encode(mac.chain_update(base).finalize().into_bytes());
        call.headers
            .push(("signature-input", format!("sig={params}")));
        call.headers
            .push(("signature", format!("sig=:{signature}:")));
        call
    }
}
