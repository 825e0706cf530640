//! Renews the access token, or checks the one that is there.
//!
//! Every renewal brings a new refresh token, and Etsy's answer may be lost on the way. So the token that was
//! used for the last renewal is kept as `previous_refresh_token`, and tried when Etsy no longer takes the current
//! one. When neither is taken, an access token that still works is kept in use until it expires: the owner has
//! to connect the store again, but not at once.

use super::answer::{code, content, refusal};
use super::call::Call;
use crate::wire::{self, recall};
use common::platform::{Outcome, PlatformError, State, Step, Store};
use common::ports::HttpResponse;
use common::secret::Secret;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const CURRENT: &str = "refresh_token";
const PREVIOUS: &str = "previous_refresh_token";

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Renewing with the token of this name.
    Renew { with_previous: bool },
    /// Trying the access token; neither refresh token was taken where there is a reason.
    Check { refused: Option<String> },
}

/// Whether the credentials allow a renewal.
pub fn can_refresh(store: &Store) -> bool {
    store.credential("keystring").is_some()
        && (store.credential(CURRENT).is_some() || store.credential(PREVIOUS).is_some())
}

pub fn begin(call: Call<'_>) -> Result<Step, PlatformError> {
    if !can_refresh(call.store) {
        return check(call, None);
    }
    renew(call, call.store.credential(CURRENT).is_none())
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Renew { with_previous } => renewed(call, with_previous, response),
        Phase::Check { refused } => checked(refused, response),
    }
}

fn renew(call: Call<'_>, with_previous: bool) -> Result<Step, PlatformError> {
    let name = if with_previous { PREVIOUS } else { CURRENT };
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", wire::credential(call.store, "keystring")?),
        ("refresh_token", wire::credential(call.store, name)?),
    ];
    Ok(call.token(&fields, &Phase::Renew { with_previous })?.step())
}

fn check(call: Call<'_>, refused: Option<String>) -> Result<Step, PlatformError> {
    Ok(call
        .get("/users/me", &[], &Phase::Check { refused })?
        .step())
}

/// What the token address answers.
#[derive(Deserialize)]
pub struct Grant {
    access_token: String,
    refresh_token: String,
    expires_in: Option<u64>,
}

impl Grant {
    /// The new access token.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// How long it is good for.
    pub fn lifetime(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    /// The store's credentials with the new tokens; `used` is the refresh token that brought them.
    pub fn credentials(&self, store: &Store, used: Option<&str>) -> Secret<Value> {
        let mut credentials = store.credentials.expose().clone();
        if let Some(fields) = credentials.as_object_mut() {
            fields.insert("access_token".to_owned(), json!(self.access_token));
            fields.insert(CURRENT.to_owned(), json!(self.refresh_token));
            match used {
                Some(used) => fields.insert(PREVIOUS.to_owned(), json!(used)),
                None => fields.remove(PREVIOUS),
            };
        }
        Secret::new(credentials)
    }
}

fn renewed(
    call: Call<'_>,
    with_previous: bool,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    if !response.status().is_success() {
        return not_renewed(call, with_previous, response);
    }
    let grant: Grant = content(response)?;
    let used = call
        .store
        .credential(if with_previous { PREVIOUS } else { CURRENT });
    Ok(Step::done(Outcome {
        result: json!({"renewed": true, "expires_in_s": grant.expires_in}),
        credentials: Some(grant.credentials(call.store, used)),
        token_lifetime: grant.lifetime(),
        ..Outcome::default()
    }))
}

fn not_renewed(
    call: Call<'_>,
    with_previous: bool,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let body = wire::json(response).unwrap_or_default();
    let is_dead = code(&body) == Some("invalid_grant");
    let reason = match refusal(response) {
        PlatformError::Rejected { reason, .. } | PlatformError::AuthenticateAgain { reason } => {
            reason
        }
        other => return Err(other),
    };
    let has_previous = call.store.credential(PREVIOUS).is_some();
    if is_dead && !with_previous && has_previous {
        return renew(call, true);
    }
    if is_dead && call.store.credential("access_token").is_some() {
        return check(call, Some(reason));
    }
    Err(connect_again(&reason))
}

#[derive(Deserialize)]
struct Me {
    user_id: u64,
    shop_id: u64,
}

fn checked(refused: Option<String>, response: &HttpResponse) -> Result<Step, PlatformError> {
    if let (Some(reason), StatusCode::UNAUTHORIZED) = (&refused, response.status()) {
        return Err(connect_again(reason));
    }
    let me: Me = content(response)?;
    let advice = refused.map(|reason| {
        format!("connect the store again before its access token expires: the refresh token is not taken ({reason})")
    });
    Ok(Step::done(Outcome {
        result: json!({
            "renewed": false,
            "user_id": me.user_id,
            "shop_id": me.shop_id,
            "manual": advice,
        }),
        ..Outcome::default()
    }))
}

fn connect_again(reason: &str) -> PlatformError {
    PlatformError::AuthenticateAgain {
        reason: format!("{reason}; connect the store again"),
    }
}
