//! Asking twice and having it done once.

use crate::error::{Error, Result};
use crate::request::Request;
use sha2::{Digest, Sha256};

/// Bound to one caller's one request: its key, and a fingerprint of what was asked.
pub struct Idempotency {
    pub(super) key: String,
    pub(super) fingerprint: String,
}

impl Idempotency {
    /// The request's `Idempotency-Key`, if it has one, with the fingerprint of method, path and `body`.
    ///
    /// # Errors
    /// 400 when the key is empty, longer than 255 characters or not printable ASCII.
    pub fn of(request: &Request, body: &[u8]) -> Result<Option<Self>> {
        let Some(key) = request.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=255).contains(&key.len()))
            .ok_or_else(|| {
                Error::field(
                    "Idempotency-Key",
                    "takes 1 to 255 printable ASCII characters",
                )
            })?;
        let mut hash = Sha256::new();
        for part in [
            request.method.as_str().as_bytes(),
            request.path.as_bytes(),
            body,
        ] {
            hash.update(part);
            hash.update([0]);
        }
        let fingerprint = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Some(Self {
            key: key.to_owned(),
            fingerprint,
        }))
    }
}
