//! Lets the shop's owner let us in: OAuth 2 with PKCE.

use super::answer::{content, found};
use super::authenticate::Grant;
use super::call::Call;
use crate::wire::{self, recall};
use common::platform::{Authorisation, CodeGrant, Outcome, PlatformError, State, Step, Store};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const WEBSITE: &str = "https://www.etsy.com";
/// What the operations need: listings (read, write, delete), the shop and its profiles, receipts.
const SCOPES: &str = "listings_r listings_w listings_d shops_r transactions_r transactions_w";

/// The address at which the owner lets us in.
pub fn authorisation_url(
    store: &Store,
    authorisation: &Authorisation<'_>,
) -> Result<String, PlatformError> {
    let base = wire::base(store, WEBSITE)?;
    let query = wire::form([
        ("response_type", "code"),
        ("redirect_uri", authorisation.redirect_uri),
        ("scope", SCOPES),
        ("client_id", wire::credential(store, "keystring")?),
        ("state", authorisation.state),
        ("code_challenge", authorisation.code_challenge),
        ("code_challenge_method", "S256"),
    ]);
    Ok(format!("{base}/oauth/connect?{query}"))
}

#[derive(Serialize, Deserialize)]
enum Phase {
    Exchange,
    Me {
        credentials: Value,
        expires_in_s: Option<u64>,
    },
}

pub fn begin(call: Call<'_>, grant: &CodeGrant) -> Result<Step, PlatformError> {
    if let Some(error) = grant.parameter("error") {
        let said = grant.parameter("error_description").unwrap_or(error);
        return Err(PlatformError::rejected(format!(
            "the owner did not let us in: {said}"
        )));
    }
    let code = grant.parameter("code").ok_or_else(|| {
        PlatformError::rejected_field("code", "is missing in the answer of Etsy's page")
    })?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", wire::credential(call.store, "keystring")?),
        ("redirect_uri", &grant.redirect_uri),
        ("code", code),
        ("code_verifier", grant.verifier.expose()),
    ];
    Ok(call.token(&fields, &Phase::Exchange)?.step())
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Exchange => {
            let grant: Grant = content(response)?;
            let phase = Phase::Me {
                credentials: grant.credentials(call.store, None).expose().clone(),
                expires_in_s: grant.lifetime().map(|time| time.as_secs()),
            };
            let me = call.get_with(grant.access_token(), "/users/me", &phase)?;
            Ok(me.step())
        }
        Phase::Me {
            credentials,
            expires_in_s,
        } => Ok(connected(credentials, expires_in_s, response)),
    }
}

#[derive(Deserialize)]
struct Me {
    shop_id: u64,
}

/// The tokens are good whatever Etsy said to the question for the shop: they are not thrown away.
fn connected(credentials: Value, expires_in_s: Option<u64>, response: &HttpResponse) -> Step {
    let shop_id = found::<Me>(response).ok().flatten().map(|me| me.shop_id);
    let advice = "Etsy did not say which shop it is: set config.shop_id to its number";
    Step::done(Outcome {
        result: json!({"shop_id": shop_id, "manual": shop_id.is_none().then_some(advice)}),
        config: shop_id.map(|id| json!({"shop_id": id})),
        credentials: Some(Secret::new(credentials)),
        token_lifetime: expires_in_s.map(Duration::from_secs),
        ..Outcome::default()
    })
}
