//! What the token endpoint gives, and how a store keeps it.

use common::platform::Store;
use common::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The credential that the next renewal uses.
pub const REFRESH: &str = "refresh_token";
/// The one that the last renewal used.
pub const PREVIOUS: &str = "previous_refresh_token";
/// Which grant the access token came from.
const SOURCE: &str = "grant";

/// How an access token was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By the app's id and secret alone.
    ClientCredentials,
    /// The shop's owner let us in.
    AuthorisationCode,
}

impl Source {
    /// As the store's credentials have it; `None` for a token that a person entered.
    pub fn of(store: &Store) -> Option<Self> {
        match store.credential(SOURCE)? {
            "client_credentials" => Some(Self::ClientCredentials),
            "authorization_code" => Some(Self::AuthorisationCode),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorisationCode => "authorization_code",
        }
    }
}

/// The answer of the token endpoint. A permanent token has neither lifetime nor refresh token.
#[derive(Deserialize)]
pub struct Grant {
    pub access_token: String,
    pub scope: Option<String>,
    /// Seconds.
    pub expires_in: Option<u64>,
    pub refresh_token: Option<String>,
    /// Seconds; 90 days when new.
    pub refresh_token_expires_in: Option<u64>,
}

impl Grant {
    /// The store's credentials with this grant's tokens in place of the old ones. What the grant has not is
    /// null, so that it also goes where these are laid over the old ones.
    pub fn merged_into(
        &self,
        store: &Store,
        source: Option<Source>,
        used: Option<&str>,
    ) -> Secret<Value> {
        let mut credentials = store.credentials.expose().clone();
        if let Some(fields) = credentials.as_object_mut() {
            let tokens = [
                ("access_token", Some(self.access_token.as_str())),
                (REFRESH, self.refresh_token.as_deref()),
                (PREVIOUS, used),
                (SOURCE, source.map(Source::name)),
            ];
            for (name, value) in tokens {
                if value.is_some() || fields.contains_key(name) {
                    fields.insert(name.to_owned(), json!(value));
                }
            }
        }
        Secret::new(credentials)
    }

    pub fn lifetime(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    /// What may be shown of it.
    pub fn summary(&self) -> Value {
        json!({
            "scope": self.scope,
            "expires_in_s": self.expires_in,
            "refresh_expires_in_s": self.refresh_token_expires_in,
        })
    }

    /// Those of `asked` (comma-separated) that were not granted. The right to write is the right to read,
    /// and Shopify then names only the former.
    pub fn missing(&self, asked: &str) -> Vec<String> {
        let granted: Vec<&str> = list(self.scope.as_deref().unwrap_or_default()).collect();
        list(asked)
            .filter(|scope| {
                let stronger = scope
                    .strip_prefix("read_")
                    .map(|what| format!("write_{what}"));
                !granted.contains(scope) && !stronger.is_some_and(|it| granted.contains(&&*it))
            })
            .map(str::to_owned)
            .collect()
    }
}

fn list(scopes: &str) -> impl Iterator<Item = &str> {
    scopes
        .split(',')
        .map(str::trim)
        .filter(|scope| !scope.is_empty())
}
