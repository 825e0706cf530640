//! Who may ask: fixed tokens, and those that the grants give.
//!
//! Access tokens of the client-credentials grant live for a day, those with a refresh token for an hour.
//! A refresh token lives for 90 days. Its use makes a new pair; it can be used again until the newest
//! replacement has been used, for 30 days at most. A replacement that was overtaken so is void.

use super::form::Fields;
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The token that always works until the app is removed. Each longer one that begins with it
/// (`shpat_sandbox_2`) is another shop's.
pub const TOKEN: &str = "shpat_sandbox";
/// The app that may ask for tokens of the shop of [`TOKEN`].
pub const CLIENT_ID: &str = "sandbox";
/// Its secret, which also signs notifications and callbacks.
pub const CLIENT_SECRET: &str = "shpss_sandbox";

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// How long the old secret signs after a rotation.
const ROTATION: f64 = HOUR;

/// What was given out, and whose shop it opens.
#[derive(Debug, Serialize)]
pub struct Tokens {
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    codes: BTreeMap<String, Code>,
    /// Shops that removed the app.
    closed: BTreeSet<String>,
    secret: String,
    /// The one before, and until when it signs.
    previous_secret: Option<(String, f64)>,
    count: u32,
}

#[derive(Debug, Serialize)]
struct Access {
    shop: String,
    scope: String,
    /// Of the sandbox's clock; `None` for a permanent one.
    expires_at: Option<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct Refresh {
    shop: String,
    scope: String,
    expires_at: f64,
    first_used_at: Option<f64>,
    /// Whose replacement it is.
    replaces: Option<String>,
}

#[derive(Debug, Serialize)]
struct Code {
    shop: String,
    scope: String,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            codes: BTreeMap::new(),
            closed: BTreeSet::new(),
            secret: CLIENT_SECRET.to_owned(),
            previous_secret: None,
            count: 0,
        }
    }
}

/// A refusal of the token endpoint.
type Refused = (&'static str, &'static str);

const UNKNOWN_CLIENT: Refused = (
    "invalid_client",
    "the client is not known or its secret is wrong",
);
const DEAD: Refused = ("invalid_grant", "Token has been expired or revoked.");

impl Tokens {
    /// The shop that `token` opens.
    pub fn shop(&self, token: &str, at: Stamp) -> Option<String> {
        let shop = match self.access.get(token) {
            Some(access) => {
                let is_alive = access.expires_at.is_none_or(|end| at.seconds < end);
                is_alive.then(|| access.shop.clone())?
            }
            None => token.starts_with(TOKEN).then(|| token.to_owned())?,
        };
        (!self.closed.contains(&shop)).then_some(shop)
    }

    /// Makes every granted access token invalid.
    pub fn expire(&mut self) {
        self.access.clear();
    }

    /// The shop's owner removes the app: nothing opens the shop any more.
    pub fn close(&mut self, shop: &str) {
        self.closed.insert(shop.to_owned());
        self.access.retain(|_, it| it.shop != shop);
        self.refresh.retain(|_, it| it.shop != shop);
    }

    /// The shop's owner lets the app in: a code that can be used once.
    pub fn authorise(&mut self, shop: &str, scope: &str) -> String {
        let code = self.new_name("code");
        let (shop, scope) = (shop.to_owned(), scope.to_owned());
        self.codes.insert(code.clone(), Code { shop, scope });
        code
    }

    /// The secret that signs now.
    pub fn signing_secret(&self, at: Stamp) -> &str {
        match &self.previous_secret {
            Some((secret, until)) if at.seconds < *until => secret,
            _ => &self.secret,
        }
    }

    /// Gives the app a new secret; the old one signs for an hour yet.
    pub fn rotate_secret(&mut self, secret: &str, at: Stamp) {
        let old = std::mem::replace(&mut self.secret, secret.to_owned());
        self.previous_secret = Some((old, at.seconds + ROTATION));
    }

    /// Answers the token endpoint.
    pub fn grant(&mut self, asked: &Fields, at: Stamp) -> Result<Value, Value> {
        self.granted(asked, at).map_err(
            |(error, description)| json!({"error": error, "error_description": description}),
        )
    }

    fn granted(&mut self, asked: &Fields, at: Stamp) -> Result<Value, Refused> {
        let field = |name: &str| asked.get(name).map_or("", String::as_str);
        let secret = field("client_secret");
        let previous = self.previous_secret.as_ref();
        let is_known = secret == self.secret || previous.is_some_and(|(old, _)| old == secret);
        if field("client_id") != CLIENT_ID || !is_known {
            return Err(UNKNOWN_CLIENT);
        }
        match field("grant_type") {
            "client_credentials" => self.by_client(at),
            "refresh_token" => self.by_refresh_token(field("refresh_token"), at),
            "" if asked.contains_key("code") => {
                self.by_code(field("code"), field("expiring") == "1", at)
            }
            _ => Err(("unsupported_grant_type", "the grant type is not supported")),
        }
    }

    fn by_client(&mut self, at: Stamp) -> Result<Value, Refused> {
        if self.closed.contains(TOKEN) {
            return Err(("app_not_installed", "The app is not installed in the shop"));
        }
        let scope = "write_products,write_inventory,write_publications,write_orders";
        let token = self.open("shpca_granted", TOKEN, scope, Some(at.seconds + DAY));
        Ok(json!({"access_token": token, "scope": scope, "expires_in": 86_399}))
    }

    fn by_code(&mut self, code: &str, expiring: bool, at: Stamp) -> Result<Value, Refused> {
        let Code { shop, scope } = self.codes.remove(code).ok_or((
            "invalid_request",
            "The authorization code was not found or was already used",
        ))?;
        self.closed.remove(&shop);
        if !expiring {
            let token = self.open("shpat_granted", &shop, &scope, None);
            return Ok(json!({"access_token": token, "scope": scope}));
        }
        // One expiring token is active at a time: a new one ends all before.
        self.access
            .retain(|_, it| it.shop != shop || it.expires_at.is_none());
        self.refresh.retain(|_, it| it.shop != shop);
        Ok(self.pair(&shop, &scope, None, at))
    }

    fn by_refresh_token(&mut self, token: &str, at: Stamp) -> Result<Value, Refused> {
        let used = self.refresh.get(token).cloned().ok_or(DEAD)?;
        let first_used_at = used.first_used_at.unwrap_or(at.seconds);
        if at.seconds >= used.expires_at || at.seconds >= first_used_at + 30.0 * DAY {
            return Err(DEAD);
        }
        if let Some(before) = &used.replaces {
            self.refresh.remove(before);
        }
        self.refresh
            .retain(|_, it| it.replaces.as_deref() != Some(token));
        if let Some(entry) = self.refresh.get_mut(token) {
            entry.first_used_at = Some(first_used_at);
        }
        Ok(self.pair(&used.shop, &used.scope, Some(token), at))
    }

    /// A new access token with its refresh token.
    fn pair(&mut self, shop: &str, scope: &str, replaces: Option<&str>, at: Stamp) -> Value {
        let access = self.open("shpat_granted", shop, scope, Some(at.seconds + HOUR));
        let refresh = self.new_name("shprt_granted");
        let entry = Refresh {
            shop: shop.to_owned(),
            scope: scope.to_owned(),
            expires_at: at.seconds + 90.0 * DAY,
            first_used_at: None,
            replaces: replaces.map(str::to_owned),
        };
        self.refresh.insert(refresh.clone(), entry);
        json!({
            "access_token": access,
            "scope": scope,
            "expires_in": 3600,
            "refresh_token": refresh,
            "refresh_token_expires_in": 7_776_000,
        })
    }

    fn open(&mut self, kind: &str, shop: &str, scope: &str, expires_at: Option<f64>) -> String {
        let token = self.new_name(kind);
        let access = Access {
            shop: shop.to_owned(),
            scope: scope.to_owned(),
            expires_at,
        };
        self.access.insert(token.clone(), access);
        token
    }

    fn new_name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}_{}", self.count)
    }
}
