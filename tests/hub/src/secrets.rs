//! The secrets of this checkout: made once, kept in `.hub/secrets.json`, readable by its owner only.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::{RolePasswords, random_hex};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::project::Project;
use crate::signing_keys;

/// What must stay the same from one start to the next for tokens and stored credentials to stay readable.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Signs tokens: the variable `jwt_secret`.
    pub jwt_secret: String,
    /// Seals store credentials: the variable `credentials_keys`, `<key id>:<base64 of 32 bytes>[,…]`, the first for new records.
    pub credentials_keys: String,
    /// Derives the secrets of signing keys: the variable `signing_keys`, of the same form.
    pub signing_keys: String,
    /// Sign the access tokens of the own sign-in: the variable `auth_signing_keys`, a JWK Set of private keys, the first signs.
    pub auth_signing_keys: String,
    app_password: String,
    worker_password: String,
    auth_password: String,
}

impl Secrets {
    /// New ones.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self> {
        let RolePasswords { app, worker, auth } = RolePasswords::random()?;
        let key = cluster::random_bytes(32)?;
        Ok(Self {
            jwt_secret: random_hex(32)?,
            credentials_keys: format!("dev-1:{}", STANDARD.encode(key)),
            signing_keys: format!("dev-1:{}", STANDARD.encode(cluster::random_bytes(32)?)),
            auth_signing_keys: signing_keys::random()?,
            app_password: app,
            worker_password: worker,
            auth_password: auth,
        })
    }

    /// Those of `project`, made where missing; what the environment gives as `SPIN_VARIABLE_*` wins.
    ///
    /// # Errors
    /// When the file can't be written or read.
    pub fn of(project: &Project) -> Result<Self> {
        let mut secrets = Self::kept_in(&project.private()?.join("secrets.json"))?;
        for (name, kept) in [
            ("SPIN_VARIABLE_JWT_SECRET", &mut secrets.jwt_secret),
            ("SPIN_VARIABLE_SIGNING_KEYS", &mut secrets.signing_keys),
            (
                "SPIN_VARIABLE_CREDENTIALS_KEYS",
                &mut secrets.credentials_keys,
            ),
            (
                "SPIN_VARIABLE_AUTH_SIGNING_KEYS",
                &mut secrets.auth_signing_keys,
            ),
        ] {
            if let Ok(given) = std::env::var(name) {
                *kept = given;
            }
        }
        Ok(secrets)
    }

    /// Those in `path`. What it lacks, since it is older than this version or not there, is made and written down.
    fn kept_in(path: &Path) -> Result<Self> {
        let mut kept: Map<String, Value> = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!(
                    "{} can't be read: put it right, or remove it (stored credentials and tokens are then lost)",
                    path.display()
                )
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Map::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", path.display()));
            }
        };
        let known = kept.len();
        if let Value::Object(new) = serde_json::to_value(Self::random()?)? {
            for (name, value) in new {
                kept.entry(name).or_insert(value);
            }
        }
        if kept.len() > known {
            write_private(path, serde_json::to_string_pretty(&kept)?.as_bytes())?;
        }
        serde_json::from_value(Value::Object(kept))
            .with_context(|| format!("{} has a value of another kind than text", path.display()))
    }

    /// The passwords of the roles that components connect as.
    #[must_use]
    pub fn role_passwords(&self) -> RolePasswords {
        RolePasswords {
            app: self.app_password.clone(),
            worker: self.worker_password.clone(),
            auth: self.auth_password.clone(),
        }
    }
}

/// Replaces `path` as a whole by a file that only its owner can read.
///
/// # Errors
/// When it can't be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(bytes)?;
        std::fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::{STANDARD, Secrets};
    use base64::Engine;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secrets_are_made_once_and_are_the_owners_alone() {
        let folder = std::env::temp_dir().join(format!("hub-secrets-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("secrets.json");
        let first = Secrets::kept_in(&path).unwrap();
        assert_eq!(
            first.jwt_secret,
            Secrets::kept_in(&path).unwrap().jwt_secret
        );
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_older_file_keeps_what_it_has_and_gets_what_it_lacks() {
        let folder = std::env::temp_dir().join(format!("hub-older-secrets-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("secrets.json");
        std::fs::write(&path, r#"{"jwt_secret": "kept"}"#).unwrap();
        let first = Secrets::kept_in(&path).unwrap();
        assert_eq!(first.jwt_secret, "kept");
        let again = Secrets::kept_in(&path).unwrap();
        assert_eq!(first.auth_password, again.auth_password);
        assert_eq!(first.auth_signing_keys, again.auth_signing_keys);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_credentials_key_has_an_id_and_32_bytes() {
        let keys = Secrets::random().unwrap().credentials_keys;
        let (id, key) = keys.split_once(':').unwrap();
        assert_eq!(id, "dev-1");
        assert_eq!(STANDARD.decode(key).unwrap().len(), 32);
    }
}
