//! Checks a token, or gets a new one by the client-credentials grant (24 hours, no refresh token).

use super::answer::{data, plain};
use super::call::Call;
use super::documents::SHOP;
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step, Store};
use common::ports::HttpResponse;
use common::secret::Secret;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
enum Phase {
    Grant,
    Check,
}

/// The id and secret of an app of the shop's own organisation.
fn client(store: &Store) -> Option<(&str, &str)> {
    store
        .credential("client_id")
        .zip(store.credential("client_secret"))
}

pub fn can_refresh(store: &Store) -> bool {
    client(store).is_some()
}

pub fn begin(call: Call<'_>) -> Result<Step, PlatformError> {
    match client(call.store) {
        Some((id, secret)) => {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret),
            ];
            call.form("/admin/oauth/access_token", &fields, &Phase::Grant)
        }
        None => call.graphql(SHOP, &json!({}), &Phase::Check),
    }
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Grant => granted(call.store, response),
        Phase::Check => {
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
    }
}

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

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    scope: Option<String>,
    expires_in: Option<u64>,
}

fn granted(store: &Store, response: &HttpResponse) -> Result<Step, PlatformError> {
    // OAuth answers 400 for a client that it does not know.
    if response.status() == StatusCode::BAD_REQUEST {
        return Err(PlatformError::AuthenticateAgain {
            reason: "`client_id` and `client_secret` are not accepted".to_owned(),
        });
    }
    let grant: Grant = plain(response)?;
    let mut credentials = store.credentials.expose().clone();
    if let Some(fields) = credentials.as_object_mut() {
        fields.insert("access_token".to_owned(), Value::String(grant.access_token));
    }
    Ok(Step::done(Outcome {
        result: json!({"scope": grant.scope, "expires_in_s": grant.expires_in}),
        credentials: Some(Secret::new(credentials)),
        ..Outcome::default()
    }))
}
