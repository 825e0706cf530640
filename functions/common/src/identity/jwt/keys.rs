//! The keys that the variables name, and for which issuer each is good.

use super::parse::Token;
use crate::error::{Error, Result};
use crate::identity::jwk::{Jwk, VerifyingKey};
use crate::identity::jwks::Provider;
use crate::settings::{SettingError, Settings};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The audience of the own sign-in's tokens.
pub const OWN_AUDIENCE: &str = "authenticated";

/// Whose tokens a key may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The `iss` that they must have; none: they must have none.
    pub iss: Option<String>,
    /// The `aud` that they must name; none: they must name none.
    pub aud: Option<String>,
    /// Whether that is an issuer of ours, whose `sub` is a user's id.
    pub own: bool,
}

/// A key with its name and what it is good for.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub kid: Option<String>,
    /// Whose tokens it may sign.
    pub trust: Trust,
    /// The key.
    pub verifying: VerifyingKey,
}

impl Key {
    /// Of the key and what it is good for: what was verified with it holds for no other.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.verifying.digest());
        hash.update(format!("{:?}", self.trust));
        hash.finalize().into()
    }
}

/// The one key of `keys` that `token` can have been signed with: of its issuer, and of its `kid`, or, if it names
/// none, of its algorithm. None when there is no such key or more than one.
pub(crate) fn only_key_for(keys: &[Arc<Key>], token: &Token<'_>) -> Option<Arc<Key>> {
    let mut fitting = keys.iter().filter(|key| {
        key.trust.iss == token.issuer
            && match &token.kid {
                Some(kid) => key.kid.as_ref() == Some(kid),
                None => key.verifying.algorithm() == token.algorithm,
            }
    });
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(Arc::clone(only)),
        _ => None,
    }
}

/// What the variables say about whom to trust.
pub(super) struct Configured {
    keys: Vec<Arc<Key>>,
    provider: Option<Provider>,
}

impl Configured {
    /// Reads `jwt_secret`, `jwt_keys`, and `jwks_url` with `jwt_issuer` and `jwt_audience`.
    pub(super) fn read(settings: &Settings) -> Result<Self> {
        let mut keys = Vec::new();
        if let Ok(secret) = settings.text("jwt_secret") {
            keys.push(Arc::new(development_key(secret)?));
        }
        if let Ok(set) = settings.text("jwt_keys") {
            keys.extend(keys_of_variable(set, settings)?.into_iter().map(Arc::new));
        }
        let provider = provider(settings)?;
        if keys.is_empty() && provider.is_none() {
            return Err(Error::internal(
                "no key to verify tokens with: set one of the Spin variables `jwt_secret`, `jwt_keys`, `jwks_url`",
            ));
        }
        Ok(Self { keys, provider })
    }

    pub(super) fn key_for(&self, token: &Token<'_>) -> Option<Arc<Key>> {
        only_key_for(&self.keys, token)
    }

    /// The identity provider, when `token` says that it comes from there.
    pub(super) fn provider_of(&self, token: &Token<'_>) -> Option<&Provider> {
        self.provider
            .as_ref()
            .filter(|provider| provider.trust.iss == token.issuer)
    }
}

fn unusable(key: &'static str, issue: &'static str) -> Error {
    SettingError { key, issue }.into()
}

/// Development tokens name no issuer and no audience.
fn development_key(secret: &str) -> Result<Key> {
    let verifying = VerifyingKey::from_secret(secret.as_bytes().to_vec())
        .map_err(|_| unusable("jwt_secret", "has fewer than 32 bytes"))?;
    let trust = Trust {
        iss: None,
        aud: None,
        own: true,
    };
    let kid = None;
    Ok(Key {
        kid,
        trust,
        verifying,
    })
}

/// The issuer of the own sign-in's tokens, where this component knows its address.
fn own_issuer(settings: &Settings) -> Result<String, SettingError> {
    let url = settings.text("public_url")?;
    Ok(format!("{}/auth/v1", url.trim_end_matches('/')))
}

fn keys_of_variable(text: &str, settings: &Settings) -> Result<Vec<Key>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Jwk>,
    }
    let set: Set = serde_json::from_str(text)
        .map_err(|_| unusable("jwt_keys", "is not a JWK Set: {\"keys\":[…]}"))?;
    let own = own_issuer(settings)?;
    set.keys
        .into_iter()
        .map(|jwk| key_of_variable(jwk, &own))
        .collect()
}

fn key_of_variable(jwk: Jwk, own: &str) -> Result<Key> {
    if !jwk.has_algorithm() {
        return Err(unusable("jwt_keys", "has a key without `alg`"));
    }
    let verifying = jwk.verifying_key().map_err(|why| {
        Error::internal(format!(
            "Spin variable `jwt_keys` has an unusable key: {why}"
        ))
    })?;
    let iss = jwk.iss.unwrap_or_else(|| own.to_owned());
    let is_own = iss == own;
    let trust = Trust {
        aud: jwk.aud.or(is_own.then(|| OWN_AUDIENCE.to_owned())),
        iss: Some(iss),
        own: is_own,
    };
    let kid = jwk.kid;
    Ok(Key {
        kid,
        trust,
        verifying,
    })
}

fn provider(settings: &Settings) -> Result<Option<Provider>> {
    let Ok(url) = settings.text("jwks_url") else {
        return Ok(None);
    };
    let issuer = settings.text("jwt_issuer")?;
    if own_issuer(settings).is_ok_and(|own| own == issuer) {
        return Err(unusable("jwt_issuer", "is this app's own issuer"));
    }
    if !is_safe(url) {
        return Err(unusable("jwks_url", "is not an https address"));
    }
    let trust = Trust {
        iss: Some(issuer.to_owned()),
        aud: settings.text("jwt_audience").ok().map(str::to_owned),
        own: false,
    };
    Ok(Some(Provider {
        url: url.to_owned(),
        trust,
    }))
}

/// Who can alter the answer can sign tokens: only this machine is asked without TLS.
fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => ["127.0.0.1", "localhost", "[::1]"].contains(&host),
        _ => false,
    }
}
