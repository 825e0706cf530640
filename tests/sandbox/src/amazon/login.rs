//! Login with Amazon: consent, codes, tokens of an hour.

use super::asked::Asked;
use super::reply::{Reply, ok};
use super::{APPLICATION_ID, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, SELLER_ID};
use crate::stamp::Stamp;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How long an access token is good for, in seconds.
const LIFETIME_S: f64 = 3600.0;
/// How long the code of a consent is, in seconds.
const CODE_LIFETIME_S: f64 = 300.0;

/// What was given out.
#[derive(Debug, Serialize)]
pub struct Logins {
    /// Access tokens, and until when they are good.
    access: BTreeMap<String, f64>,
    refresh: BTreeSet<String>,
    codes: BTreeMap<String, f64>,
    granted: u32,
}

impl Logins {
    pub fn new() -> Self {
        Self {
            access: BTreeMap::new(),
            refresh: BTreeSet::from([REFRESH_TOKEN.to_owned()]),
            codes: BTreeMap::new(),
            granted: 0,
        }
    }

    /// Whether `token` opens the API now; the reason as Amazon words it.
    pub fn check(&self, token: Option<&str>, at: Stamp) -> Result<(), &'static str> {
        let token = token.ok_or("Access token is missing in the request header.")?;
        match self.access.get(token) {
            Some(until) if *until > at.seconds => Ok(()),
            Some(_) => Err("The access token you provided has expired."),
            None => Err("The access token you provided is revoked, malformed or invalid."),
        }
    }

    pub fn expire(&mut self) {
        for until in self.access.values_mut() {
            *until = 0.0;
        }
    }

    /// The seller takes back his consent.
    pub fn revoke(&mut self) {
        self.access.clear();
        self.refresh.clear();
        self.codes.clear();
    }

    /// `POST /auth/o2/token`.
    pub fn token(&mut self, asked: &Asked<'_>, at: Stamp) -> Reply {
        let form = asked.form();
        let field = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        if field("client_id") != CLIENT_ID || field("client_secret") != CLIENT_SECRET {
            let reason = "Client authentication failed";
            return denial(StatusCode::UNAUTHORIZED, "invalid_client", reason);
        }
        let refresh = match field("grant_type") {
            "refresh_token" => field("refresh_token").to_owned(),
            "authorization_code" => {
                let until = self.codes.remove(field("code")).unwrap_or(0.0);
                if until <= at.seconds {
                    let reason = "The authorization code is invalid or expired";
                    return denial(StatusCode::BAD_REQUEST, "invalid_grant", reason);
                }
                let token = format!("Atzr|sandbox-{}", self.granted + 1);
                self.refresh.insert(token.clone());
                token
            }
            _ => {
                let reason = "The grant type is not supported";
                return denial(StatusCode::BAD_REQUEST, "unsupported_grant_type", reason);
            }
        };
        if !self.refresh.contains(&refresh) {
            let reason = "The request has an invalid grant parameter : refresh_token";
            return denial(StatusCode::BAD_REQUEST, "invalid_grant", reason);
        }
        self.granted += 1;
        let token = format!("Atza|sandbox-{}", self.granted);
        self.access.insert(token.clone(), at.seconds + LIFETIME_S);
        ok(json!({
            "access_token": token,
            "refresh_token": refresh,
            "token_type": "bearer",
            "expires_in": 3600,
        }))
    }

    /// `GET /apps/authorize/consent`: the seller says yes. Gives the address to which he is sent.
    pub fn consent(&mut self, asked: &Asked<'_>, at: Stamp) -> Result<String, &'static str> {
        if asked.query("application_id") != Some(APPLICATION_ID) {
            return Err("MD5100: the application is not known");
        }
        let back = asked
            .query("redirect_uri")
            .ok_or("redirect_uri is missing")?;
        let state = asked.query("state").ok_or("state is missing")?;
        self.granted += 1;
        let code = format!("sandboxcode{}", self.granted);
        self.codes
            .insert(code.clone(), at.seconds + CODE_LIFETIME_S);
        let join = if back.contains('?') { '&' } else { '?' };
        Ok(format!(
            "{back}{join}state={state}&selling_partner_id={SELLER_ID}&spapi_oauth_code={code}"
        ))
    }
}

/// RFC 6749, 5.2.
fn denial(status: StatusCode, error: &str, reason: &str) -> Reply {
    Err((status, json!({"error": error, "error_description": reason})))
}
