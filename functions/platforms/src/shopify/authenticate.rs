//! Checks a token, or gets a new one:
//!
//! - with a refresh token, which every use replaces (an hour, RFC 6749, 6);
//! - by the client-credentials grant, for apps of the shop's own organisation (a day, no refresh token);
//! - a permanent token can only be checked.
//!
//! Shopify takes the previous refresh token until its replacement is used for the first time. So a reply
//! that was lost is asked for again with the same token, and where two pairs were handed out and the
//! wrong one was kept, the previous one still opens the door.

use super::answer::{data, is_token_refused, plain, spoken};
use super::call::Call;
use super::documents::SHOP;
use super::tokens::{Grant, PREVIOUS, REFRESH, Source};
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step, Store};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Asked with the refresh token, or with the one before it.
    Refresh { with_previous: bool },
    /// Asked with the app's id and secret alone.
    ClientCredentials,
    /// Asked for the shop.
    Check,
}

/// What a store's credentials allow.
enum Way<'s> {
    Refresh { client: (&'s str, &'s str) },
    ClientCredentials { client: (&'s str, &'s str) },
    Check,
}

impl<'s> Way<'s> {
    fn of(store: &'s Store) -> Self {
        let Some(client) = client(store) else {
            return Self::Check;
        };
        if store.credential(REFRESH).is_some() {
            return Self::Refresh { client };
        }
        let is_granted = Source::of(store) == Some(Source::ClientCredentials);
        match store.credential("access_token") {
            Some(_) if !is_granted => Self::Check,
            _ => Self::ClientCredentials { client },
        }
    }
}

/// The app's id and secret.
pub fn client(store: &Store) -> Option<(&str, &str)> {
    store
        .credential("client_id")
        .zip(store.credential("client_secret"))
}

pub fn can_refresh(store: &Store) -> bool {
    !matches!(Way::of(store), Way::Check)
}

pub fn begin(call: Call<'_>) -> Result<Step, PlatformError> {
    match Way::of(call.store) {
        Way::Refresh { client } => refresh(call, client, false),
        Way::ClientCredentials {
            client: (id, secret),
        } => {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret),
            ];
            let request = call.token_request(&fields, &Phase::ClientCredentials)?;
            Ok(request.repeatable().step())
        }
        Way::Check => call.graphql(SHOP, &json!({}), &Phase::Check),
    }
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Refresh { with_previous } => refreshed(call, with_previous, response),
        Phase::ClientCredentials => granted(call.store, response),
        Phase::Check => checked(response),
    }
}

fn refresh(
    call: Call<'_>,
    (id, secret): (&str, &str),
    with_previous: bool,
) -> Result<Step, PlatformError> {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", id),
        ("client_secret", secret),
        ("refresh_token", refresh_token(call.store, with_previous)),
    ];
    let request = call.token_request(&fields, &Phase::Refresh { with_previous })?;
    Ok(request.repeatable().step())
}

fn refresh_token(store: &Store, with_previous: bool) -> &str {
    let name = if with_previous { PREVIOUS } else { REFRESH };
    store.credential(name).unwrap_or_default()
}

fn refreshed(
    call: Call<'_>,
    with_previous: bool,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let used = refresh_token(call.store, with_previous);
    if is_token_refused(response) {
        let previous = call.store.credential(PREVIOUS);
        if !with_previous
            && previous.is_some_and(|previous| previous != used)
            && let Some(client) = client(call.store)
        {
            return refresh(call, client, true);
        }
        return Err(refused("the refresh token", response));
    }
    let grant: Grant = plain(response)?;
    if grant.refresh_token.is_none() {
        return Err(PlatformError::protocol(
            "`refresh_token` is missing in the answer to a refresh",
        ));
    }
    let credentials = grant.merged_into(call.store, Source::of(call.store), Some(used));
    Ok(finish(&grant, credentials))
}

fn granted(store: &Store, response: &HttpResponse) -> Result<Step, PlatformError> {
    if is_token_refused(response) {
        return Err(refused("`client_id` and `client_secret`", response));
    }
    let grant: Grant = plain(response)?;
    let credentials = grant.merged_into(store, Some(Source::ClientCredentials), None);
    Ok(finish(&grant, credentials))
}

fn refused(what: &str, response: &HttpResponse) -> PlatformError {
    PlatformError::AuthenticateAgain {
        reason: format!("the shop does not accept {what}: {}", spoken(response)),
    }
}

fn finish(grant: &Grant, credentials: Secret<serde_json::Value>) -> Step {
    Step::done(Outcome {
        result: grant.summary(),
        credentials: Some(credentials),
        token_lifetime: grant.lifetime(),
        ..Outcome::default()
    })
}

fn checked(response: &HttpResponse) -> Result<Step, PlatformError> {
    #[derive(Deserialize)]
    struct Answer {
        shop: Shop,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shop {
        name: String,
        myshopify_domain: String,
        currency_code: String,
    }
    let shop = data::<Answer>(response)?.shop;
    Ok(Step::done(Outcome {
        result: json!({
            "shop": shop.name,
            "domain": shop.myshopify_domain,
            "currency": shop.currency_code,
        }),
        ..Outcome::default()
    }))
}
