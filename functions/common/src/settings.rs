//! Configuration: Spin variables, read once per instance. A missing or malformed one is named.

use crate::secret::Secret;

/// What a component may be told. Each component's manifest passes only the variables that it needs;
/// the accessors of the others answer with an error naming the key.
#[derive(Clone, Default)]
pub struct Settings {
    values: std::collections::BTreeMap<&'static str, Secret<String>>,
}

/// The names of all Spin variables that components read.
pub const KEYS: [&str; 18] = [
    "database_url",
    "worker_database_url",
    "jwt_secret",
    "jwt_keys",
    "jwks_url",
    "jwt_issuer",
    "jwt_audience",
    "credentials_keys",
    "signing_keys",
    "worker_max",
    "worker_budget_ms",
    "worker_batch",
    "lease_ms",
    "retention_days",
    "public_url",
    "auth_signing_keys",
    "sign_up",
    "app_origins",
];

/// A setting that is absent or can't be read; says which and what it should look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// The Spin variable.
    pub key: &'static str,
    /// What is wrong, without the value.
    pub issue: &'static str,
}

impl std::fmt::Display for SettingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Spin variable `{}` {}; set SPIN_VARIABLE_{} and pass it to the component in spin.toml",
            self.key,
            self.issue,
            self.key.to_uppercase()
        )
    }
}

impl std::error::Error for SettingError {}

impl Settings {
    /// Builds the settings from the variables that the world could read; empty values count as absent.
    pub fn new(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let values = values
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key, Secret::new(value)))
            .collect();
        Self { values }
    }

    /// The text of `key`.
    ///
    /// # Errors
    /// When the variable is not passed to this component or is empty.
    pub fn text(&self, key: &'static str) -> Result<&str, SettingError> {
        self.values
            .get(key)
            .map(|value| value.expose().as_str())
            .ok_or(SettingError {
                key,
                issue: "is missing",
            })
    }

    /// The whole, non-negative number of `key`.
    ///
    /// # Errors
    /// When it is missing or not a number.
    pub fn number(&self, key: &'static str) -> Result<u64, SettingError> {
        self.text(key)?.trim().parse().map_err(|_| SettingError {
            key,
            issue: "is not a whole number",
        })
    }
}
