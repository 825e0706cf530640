//! OAuth 2 with PKCE, and refresh tokens that change with every use.
//!
//! A used refresh token stays good until the access token that it brought is used for the first time, so that
//! a lost answer locks nobody out; in strict mode it dies at once.

use super::{ACCESS_TOKEN, KEYSTRING, REFRESH_TOKEN, Refused, USER_ID};
use crate::etsy::form::Form;
use crate::stamp::Stamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// How long an access token is good for, in seconds.
const LIFETIME: f64 = 3600.0;
/// All that the plugins may need.
const SCOPES: &str = "listings_r listings_w listings_d shops_r transactions_r transactions_w";

/// What was given out.
#[derive(Debug)]
pub struct Tokens {
    access: BTreeMap<String, Access>,
    refresh: BTreeSet<String>,
    codes: BTreeMap<String, Code>,
    scopes: BTreeSet<String>,
    pub strict: bool,
    count: u32,
}

#[derive(Debug)]
struct Access {
    expires_at: f64,
    /// Dies when this token is used.
    replaces: Option<String>,
}

#[derive(Debug)]
struct Code {
    challenge: String,
    redirect_uri: String,
}

impl Default for Tokens {
    fn default() -> Self {
        let first = Access {
            expires_at: LIFETIME,
            replaces: None,
        };
        Self {
            access: BTreeMap::from([(ACCESS_TOKEN.to_owned(), first)]),
            refresh: BTreeSet::from([REFRESH_TOKEN.to_owned()]),
            codes: BTreeMap::new(),
            scopes: SCOPES.split(' ').map(str::to_owned).collect(),
            strict: false,
            count: 0,
        }
    }
}

impl Tokens {
    /// Whether `token` opens the shop for what needs `scope`.
    pub fn open(&mut self, token: &str, scope: &str, at: Stamp) -> Result<(), Refused> {
        let known = self.access.get_mut(token).ok_or_else(|| {
            Refused::oauth(401, "invalid_token", "access token is invalid or revoked")
        })?;
        if at.seconds >= known.expires_at {
            return Err(Refused::oauth(
                401,
                "invalid_token",
                "access token is expired",
            ));
        }
        if let Some(old) = known.replaces.take() {
            self.refresh.remove(&old);
        }
        if !scope.is_empty() && !self.scopes.contains(scope) {
            return Err(Refused::oauth(
                403,
                "insufficient_scope",
                "Insufficient scope",
            ));
        }
        Ok(())
    }

    /// All access tokens are too old.
    pub fn expire(&mut self) {
        for token in self.access.values_mut() {
            token.expires_at = f64::MIN;
        }
    }

    /// The owner took back the access.
    pub fn revoke(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    /// Only the refresh tokens die.
    pub fn revoke_refresh(&mut self) {
        self.refresh.clear();
    }

    /// What the owner allows.
    pub fn allow(&mut self, scopes: BTreeSet<String>) {
        self.scopes = scopes;
    }

    /// The owner says yes on Etsy's page; gives the code.
    pub fn consent(&mut self, form: &Form) -> Result<String, Refused> {
        let wanted = |name: &str| {
            form.text(name)
                .ok_or_else(|| Refused::bad(format!("{name} is required")))
        };
        if wanted("client_id")? != KEYSTRING {
            return Err(Refused::bad("client_id is not known"));
        }
        if wanted("response_type")? != "code" || wanted("code_challenge_method")? != "S256" {
            return Err(Refused::bad(
                "only response_type=code with S256 is supported",
            ));
        }
        wanted("state")?;
        self.allow(wanted("scope")?.split(' ').map(str::to_owned).collect());
        self.count += 1;
        let code = format!("sandbox-code-{}", self.count);
        self.codes.insert(
            code.clone(),
            Code {
                challenge: wanted("code_challenge")?.to_owned(),
                redirect_uri: wanted("redirect_uri")?.to_owned(),
            },
        );
        Ok(code)
    }

    /// Answers the token address.
    pub fn grant(&mut self, form: &Form, at: Stamp) -> Result<Value, Refused> {
        if form.text("client_id") != Some(KEYSTRING) {
            return Err(Refused::oauth(
                400,
                "invalid_client",
                "client_id is not known",
            ));
        }
        match form.text("grant_type") {
            Some("refresh_token") => {
                let used = form.text("refresh_token").unwrap_or_default().to_owned();
                self.refreshed(&used, at)
            }
            Some("authorization_code") => self.exchanged(form, at),
            _ => Err(Refused::oauth(
                400,
                "unsupported_grant_type",
                "grant_type is not supported",
            )),
        }
    }

    fn refreshed(&mut self, used: &str, at: Stamp) -> Result<Value, Refused> {
        if !self.refresh.contains(used) {
            let reason = "refresh_token is revoked";
            return Err(Refused::oauth(400, "invalid_grant", reason));
        }
        // What an unheard answer brought is good for nothing any more.
        let unheard = |access: &Access| access.replaces.as_deref() == Some(used);
        self.access.retain(|_, access| !unheard(access));
        if self.strict {
            self.refresh.remove(used);
            return Ok(self.mint(None, at));
        }
        Ok(self.mint(Some(used.to_owned()), at))
    }

    fn exchanged(&mut self, form: &Form, at: Stamp) -> Result<Value, Refused> {
        let wrong = |reason: &str| Refused::oauth(400, "invalid_grant", reason);
        let code = form.text("code").unwrap_or_default();
        let known = self.codes.remove(code);
        let known = known.ok_or_else(|| wrong("code is invalid or was used"))?;
        if form.text("redirect_uri") != Some(known.redirect_uri.as_str()) {
            return Err(wrong("redirect_uri does not match"));
        }
        let verifier = form.text("code_verifier").unwrap_or_default();
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != known.challenge {
            return Err(wrong("code_verifier does not match"));
        }
        Ok(self.mint(None, at))
    }

    fn mint(&mut self, replaces: Option<String>, at: Stamp) -> Value {
        self.count += 1;
        let access = format!("{USER_ID}.access-{}", self.count);
        let refresh = format!("{USER_ID}.refresh-{}", self.count);
        let expires_at = at.seconds + LIFETIME;
        self.access.insert(
            access.clone(),
            Access {
                expires_at,
                replaces,
            },
        );
        self.refresh.insert(refresh.clone());
        json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": LIFETIME as u64,
            "refresh_token": refresh,
        })
    }
}
