//! What an instance remembers from token to token.

use super::keys::{Configured, Key};
use super::parse::Token;
use super::verified::Verified;
use crate::error::Result;
use crate::identity::jwk::Algorithm;
use crate::identity::jwks::Held;
use crate::secret::Secret;
use crate::settings::Settings;
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The variables that say whom to trust.
const VARIABLES: [&str; 6] = [
    "jwt_secret",
    "jwt_keys",
    "jwks_url",
    "jwt_issuer",
    "jwt_audience",
    "public_url",
];

/// Keys as parsed, the identity provider's keys as last seen, and the signatures that were verified. Each is bound
/// to what it was made from, so that another configuration finds nothing here.
#[derive(Default)]
pub struct Memory {
    configured: Mutex<Option<(Variables, Arc<Configured>)>>,
    held: Mutex<Option<Held>>,
    verified: Mutex<Verified>,
    verifications: Mutex<u64>,
}

type Variables = Secret<[Option<String>; 6]>;

thread_local! {
    static INSTANCE: Arc<Memory> = Arc::default();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// This instance's. A component has one thread; natively each thread is an instance.
    pub fn of_instance() -> Arc<Self> {
        INSTANCE.with(Arc::clone)
    }

    /// How many signatures were really verified.
    pub fn verifications(&self) -> u64 {
        *lock(&self.verifications)
    }

    /// Whom `settings` say to trust; parsed once.
    pub(super) fn configured(&self, settings: &Settings) -> Result<Arc<Configured>> {
        let mut known = lock(&self.configured);
        let current = VARIABLES.map(|name| settings.text(name).ok());
        if let Some((variables, configured)) = &*known
            && current
                .iter()
                .zip(variables.expose())
                .all(|(now, then)| *now == then.as_deref())
        {
            return Ok(Arc::clone(configured));
        }
        let configured = Arc::new(Configured::read(settings)?);
        let variables = Secret::new(current.map(|text| text.map(str::to_owned)));
        *known = Some((variables, Arc::clone(&configured)));
        Ok(configured)
    }

    /// Whether `token` is signed with `key`. A MAC costs no more than looking it up, so it is always computed.
    pub(super) fn verifies(&self, token: &Token<'_>, key: &Key) -> bool {
        if key.verifying.algorithm() == Algorithm::Hs256 {
            return self.verify(token, key);
        }
        let (text, by) = (Sha256::digest(token.text).into(), key.digest());
        if lock(&self.verified).has(&text, &by) {
            return true;
        }
        let fits = self.verify(token, key);
        if fits {
            lock(&self.verified).remember(text, by);
        }
        fits
    }

    fn verify(&self, token: &Token<'_>, key: &Key) -> bool {
        *lock(&self.verifications) += 1;
        key.verifying
            .verifies(token.signed.as_bytes(), &token.signature)
    }

    /// The identity provider's keys as last seen.
    pub(crate) fn held(&self) -> Option<Held> {
        lock(&self.held).clone()
    }

    /// Keeps them.
    pub(crate) fn hold(&self, held: Held) {
        *lock(&self.held) = Some(held);
    }
}
