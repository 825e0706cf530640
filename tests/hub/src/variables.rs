//! The Spin variables that the app runs with.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use cluster::AppUrls;
use url::Url;

use crate::secrets::Secrets;
use crate::signing_keys;

const PREFIX: &str = "SPIN_VARIABLE_";

/// What the environment gives as `SPIN_VARIABLE_*`, under the variables' own names.
#[must_use]
pub fn from_environment() -> BTreeMap<String, String> {
    std::env::vars()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
            Some((name, value))
        })
        .collect()
}

/// `others`, with the database, its address and the secrets set. Components never get the administrator's URL.
///
/// # Errors
/// When the database's URL names no host.
pub fn for_app(
    urls: &AppUrls,
    secrets: &Secrets,
    others: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let mut variables = others;
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    set("database_url", &urls.app);
    set("worker_database_url", &urls.worker);
    set("auth_database_url", &urls.auth);
    set("database_host", &address(&urls.app)?);
    set("jwt_secret", &secrets.jwt_secret);
    set("credentials_keys", &secrets.credentials_keys);
    set("signing_keys", &secrets.signing_keys);
    set("auth_signing_keys", &secrets.auth_signing_keys);
    // Whoever names keys to trust has named them all.
    if !variables.contains_key("jwt_keys") {
        let public = signing_keys::public(&secrets.auth_signing_keys)?;
        variables.insert("jwt_keys".to_owned(), public);
    }
    Ok(variables)
}

/// `host:port` of a database URL.
fn address(url: &str) -> Result<String> {
    let url = Url::parse(url).context("the database URL can't be read")?;
    let host = url
        .host_str()
        .context("the database URL needs a host: components connect over TCP only")?;
    Ok(format!("{host}:{}", url.port().unwrap_or(5432)))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed test may panic"
    )]

    use super::{AppUrls, Secrets, for_app};
    use std::collections::BTreeMap;

    #[test]
    fn components_get_their_roles_urls_whatever_the_environment_says() {
        let urls = AppUrls {
            app: "postgres://hub_app:p@db.example/shop".into(),
            worker: "postgres://hub_worker:p@db.example/shop".into(),
            auth: "postgres://hub_auth:p@db.example/shop".into(),
        };
        let environment = [
            ("database_url", "postgres://admin@db.example/shop"),
            ("worker_max", "5"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = Secrets::random().unwrap();
        let variables = for_app(&urls, &secrets, BTreeMap::from(environment)).unwrap();
        assert_eq!(variables["database_url"], urls.app);
        assert_eq!(variables["worker_database_url"], urls.worker);
        assert_eq!(variables["auth_database_url"], urls.auth);
        assert_eq!(variables["database_host"], "db.example:5432");
        assert_eq!(variables["worker_max"], "5");
    }

    #[test]
    fn every_component_gets_the_public_half_of_what_the_sign_in_signs_with() {
        let urls = AppUrls {
            app: "postgres://hub_app:p@db.example/shop".into(),
            worker: "postgres://hub_worker:p@db.example/shop".into(),
            auth: "postgres://hub_auth:p@db.example/shop".into(),
        };
        let secrets = Secrets::random().unwrap();
        let variables = for_app(&urls, &secrets, BTreeMap::new()).unwrap();
        let signing: serde_json::Value =
            serde_json::from_str(&variables["auth_signing_keys"]).unwrap();
        let public: serde_json::Value = serde_json::from_str(&variables["jwt_keys"]).unwrap();
        assert_eq!(public["keys"][0]["x"], signing["keys"][0]["x"]);
        assert!(signing["keys"][0]["d"].is_string());
        assert!(public["keys"][0].get("d").is_none());
        let own = BTreeMap::from([("jwt_keys".to_owned(), "others".to_owned())]);
        assert_eq!(for_app(&urls, &secrets, own).unwrap()["jwt_keys"], "others");
    }
}
