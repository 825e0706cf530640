//! Login with Amazon: access tokens live an hour and are renewed with a refresh token that stays the same.

use super::answer::content;
use super::call::{Ask, Call};
use super::market;
use crate::wire;
use common::platform::{Authorisation, CodeGrant, Outcome, PlatformError, Step, Store};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/auth/o2/token";

pub fn can_refresh(store: &Store) -> bool {
    ["client_id", "client_secret", "refresh_token"]
        .iter()
        .all(|name| store.credential(name).is_some())
}

/// Gets a new access token, which also tells whether the credentials are good.
pub fn renew(call: Call<'_>) -> Result<Step, PlatformError> {
    let fields = [
        ("grant_type", "refresh_token"),
        (
            "refresh_token",
            wire::credential(call.store, "refresh_token")?,
        ),
        ("client_id", wire::credential(call.store, "client_id")?),
        (
            "client_secret",
            wire::credential(call.store, "client_secret")?,
        ),
    ];
    call.send(Ask::login(PATH, &fields).repeatable(), &())
}

pub fn renewed(call: Call<'_>, response: &HttpResponse) -> Result<Step, PlatformError> {
    granted(call, response, None)
}

/// Where the seller lets the application in.
pub fn authorisation_url(
    store: &Store,
    authorisation: &Authorisation<'_>,
) -> Result<String, PlatformError> {
    let application = wire::setting(store, "application_id")?;
    let market = store.setting("marketplace_id").and_then(market::find);
    let host = market.map_or("sellercentral.amazon.com", |market| market.seller_central);
    let base = wire::base(store, &format!("https://{host}"))?;
    let mut query = vec![
        ("application_id", application),
        ("state", authorisation.state),
        ("redirect_uri", authorisation.redirect_uri),
    ];
    if store.setting("application_stage") == Some("draft") {
        query.push(("version", "beta"));
    }
    Ok(format!(
        "{base}/apps/authorize/consent?{}",
        wire::form(query)
    ))
}

/// Turns the code of the callback into a refresh token.
pub fn exchange(call: Call<'_>, grant: &CodeGrant) -> Result<Step, PlatformError> {
    let code = grant.parameter("spapi_oauth_code").ok_or_else(|| {
        let reason = grant
            .parameter("error_description")
            .or_else(|| grant.parameter("error"))
            .unwrap_or("is missing: the seller did not let us in");
        PlatformError::rejected_field("spapi_oauth_code", reason)
    })?;
    same_seller(call, grant)?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &grant.redirect_uri),
        ("client_id", wire::credential(call.store, "client_id")?),
        (
            "client_secret",
            wire::credential(call.store, "client_secret")?,
        ),
    ];
    call.send(Ask::login(PATH, &fields), &())
}

/// A store's listings belong to one seller: another one's consent must not be taken for his.
fn same_seller(call: Call<'_>, grant: &CodeGrant) -> Result<(), PlatformError> {
    let given = grant.parameter("selling_partner_id");
    match (given, call.store.setting("seller_id")) {
        (Some(given), Some(known)) if given != known => Err(PlatformError::rejected_field(
            "selling_partner_id",
            "another seller let us in than `config.seller_id` names: make a store of its own for it",
        )),
        _ => Ok(()),
    }
}

pub fn exchanged(
    call: Call<'_>,
    grant: &CodeGrant,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let seller = grant.parameter("selling_partner_id");
    granted(
        call,
        response,
        seller.map(|seller| json!({"seller_id": seller})),
    )
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: u64,
}

/// RFC 6749, 5.2.
#[derive(Deserialize)]
struct Denial {
    error: String,
}

fn granted(
    call: Call<'_>,
    response: &HttpResponse,
    config: Option<Value>,
) -> Result<Step, PlatformError> {
    if response.status().is_client_error() {
        let denial: Denial = wire::typed(response)?;
        return Err(PlatformError::AuthenticateAgain {
            reason: match denial.error.as_str() {
                "invalid_grant" => {
                    "the refresh token or code is not accepted: connect the store again".to_owned()
                }
                "invalid_client" | "unauthorized_client" => {
                    "`client_id` and `client_secret` are not accepted".to_owned()
                }
                other => format!("no token was given ({other})"),
            },
        });
    }
    let grant: Grant = content(response)?;
    let mut credentials = call.store.credentials.expose().clone();
    if let Some(fields) = credentials.as_object_mut() {
        fields.insert("access_token".to_owned(), json!(grant.access_token));
        if let Some(token) = grant.refresh_token {
            fields.insert("refresh_token".to_owned(), json!(token));
        }
    }
    Ok(Step::done(Outcome {
        result: json!({"expires_in_s": grant.expires_in}),
        credentials: Some(Secret::new(credentials)),
        token_lifetime: Some(Duration::from_secs(grant.expires_in)),
        config,
        ..Outcome::default()
    }))
}
