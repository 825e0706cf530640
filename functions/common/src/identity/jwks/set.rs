//! A JWK Set as an address gave it.

use super::{Key, Provider};
use crate::identity::jwk::{Algorithm, Jwk, Unusable};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// More keys than this is no provider's set.
const MOST_KEYS: usize = 20;
/// The longest set that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024;

/// The keys that can be used, and why the others can't.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) keys: Vec<Arc<Key>>,
    pub(super) skipped: Vec<Unusable>,
}

/// Reads `text`. Keys that we have no use for are skipped: providers publish others beside those for tokens
/// (RFC 7517 section 5).
pub(super) fn parse(text: &str, provider: &Provider) -> Result<Set, &'static str> {
    #[derive(Deserialize)]
    struct Keys {
        keys: Vec<Value>,
    }
    if text.len() > MOST_BYTES {
        return Err("the set has more than 64 KB");
    }
    let all: Keys = serde_json::from_str(text).map_err(|_| "the answer is not a JWK Set")?;
    if all.keys.len() > MOST_KEYS {
        return Err("the set has more than 20 keys");
    }
    let mut set = Set {
        keys: Vec::new(),
        skipped: Vec::new(),
    };
    for jwk in all.keys {
        match key(jwk, provider) {
            Ok(key) => set.keys.push(Arc::new(key)),
            Err(why) => set.skipped.push(why),
        }
    }
    if set.keys.is_empty() {
        return Err("the set has no key that we verify with");
    }
    Ok(set)
}

fn key(jwk: Value, provider: &Provider) -> Result<Key, Unusable> {
    let jwk: Jwk = serde_json::from_value(jwk).map_err(|_| Unusable("it is malformed"))?;
    let verifying = jwk.verifying_key()?;
    if verifying.algorithm() == Algorithm::Hs256 {
        return Err(Unusable("a symmetric key never comes from an address"));
    }
    Ok(Key {
        kid: jwk.kid,
        trust: provider.trust.clone(),
        verifying,
    })
}
