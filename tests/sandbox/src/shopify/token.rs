//! Who may ask: fixed tokens and those that the client-credentials grant gives.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The token that always works. Each longer one that begins with it (`shpat_sandbox_2`) is another
/// shop's.
pub const TOKEN: &str = "shpat_sandbox";
/// The app that may ask for tokens of the shop of [`TOKEN`].
pub const CLIENT_ID: &str = "sandbox";
/// Its secret.
pub const CLIENT_SECRET: &str = "shpss_sandbox";

/// The tokens that were given out, and whose shop each opens.
#[derive(Debug, Default)]
pub struct Tokens {
    granted: BTreeMap<String, String>,
    count: u32,
}

impl Tokens {
    /// The shop that `token` opens.
    pub fn shop(&self, token: &str) -> Option<String> {
        if let Some(shop) = self.granted.get(token) {
            return Some(shop.clone());
        }
        token.starts_with(TOKEN).then(|| token.to_owned())
    }

    /// Makes every granted token invalid, as after 24 hours.
    pub fn expire(&mut self) {
        self.granted.clear();
    }

    /// Answers the client-credentials grant.
    pub fn grant(&mut self, form: &[u8]) -> Result<Value, Value> {
        let form = String::from_utf8_lossy(form);
        let has = |pair: String| form.split('&').any(|field| field == pair);
        if !has("grant_type=client_credentials".to_owned()) {
            return Err(json!({
                "error": "unsupported_grant_type",
                "error_description": "the grant type is not supported",
            }));
        }
        let known =
            has(format!("client_id={CLIENT_ID}")) && has(format!("client_secret={CLIENT_SECRET}"));
        if !known {
            return Err(json!({
                "error": "invalid_client",
                "error_description": "the client is not known or its secret is wrong",
            }));
        }
        self.count += 1;
        let token = format!("shpca_granted_{}", self.count);
        self.granted.insert(token.clone(), TOKEN.to_owned());
        Ok(json!({
            "access_token": token,
            "scope": "write_products,write_inventory,write_publications,write_orders",
            "expires_in": 86_399,
        }))
    }
}
