//! A store's credentials, opened and sealed for their row.

use crate::credentials::{CredentialsError, KeyRing, Place, open, seal};
use crate::ports::Host;
use crate::secret::Secret;
use serde_json::Value;

/// The place of one store's credentials.
pub(super) struct Vault<'a, H> {
    pub host: &'a H,
    pub workspace: &'a str,
    pub store: &'a str,
}

/// Why credentials could not be opened or sealed. Says nothing of them.
#[derive(Debug)]
pub(super) enum VaultError {
    /// The worker lacks a key: another configuration may have it.
    Key(String),
    /// The credentials themselves are unusable.
    Credentials(String),
}

impl<H: Host> Vault<'_, H> {
    /// What `sealed` holds.
    pub fn open(&self, sealed: &str) -> Result<Secret<Value>, VaultError> {
        let opened = open(&self.ring()?, &self.place(), sealed);
        let text = opened.map_err(|error| match error {
            CredentialsError::Ring | CredentialsError::UnknownKey => {
                VaultError::Key(error.to_string())
            }
            CredentialsError::Form | CredentialsError::NotAuthentic => {
                VaultError::Credentials(format!("{error}. Set the store's credentials again."))
            }
        })?;
        // The parser's own message could quote the secret.
        serde_json::from_str(text.expose())
            .map(Secret::new)
            .map_err(|_| {
                let issue =
                    "The store's credentials are not JSON. Set them again with PATCH /stores.";
                VaultError::Credentials(issue.to_owned())
            })
    }

    /// `plain` as it is stored.
    pub fn seal(&self, plain: &Secret<Value>) -> Result<String, VaultError> {
        let text = Secret::json(plain.expose())
            .map_err(|_| VaultError::Credentials("the credentials are not JSON".to_owned()))?;
        seal(&self.ring()?, self.host, &self.place(), &text)
            .map_err(|error| VaultError::Key(error.to_string()))
    }

    fn ring(&self) -> Result<KeyRing, VaultError> {
        let text = self.host.settings().text("credentials_keys");
        let text = text.map_err(|error| VaultError::Key(error.to_string()))?;
        KeyRing::parse(text).map_err(|error| VaultError::Key(error.to_string()))
    }

    fn place(&self) -> Place<'_> {
        Place {
            workspace: self.workspace,
            table: "stores",
            row: self.store,
            column: "credentials",
        }
    }
}
