//! Lets the shop's owner let us in: the authorisation address, and the exchange of the code that comes
//! back for tokens. Shopify's grant has no PKCE; the callback is signed with the app's secret instead.

use super::address::{base, domain, is_shop_domain};
use super::answer::{is_token_refused, plain, spoken};
use super::call::Call;
use super::tokens::{Grant, Source};
use crate::wire::{self, credential};
use common::platform::{Authorisation, CodeGrant, Outcome, PlatformError, Step, Store};
use common::ports::HttpResponse;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// What the plugin's documents need; `config.scopes` replaces it.
pub const SCOPES: &str = "write_products,write_inventory,read_locations,write_publications,\
    read_orders,write_merchant_managed_fulfillment_orders";

pub fn authorisation_url(
    store: &Store,
    authorisation: &Authorisation<'_>,
) -> Result<String, PlatformError> {
    let query = wire::form([
        ("client_id", credential(store, "client_id")?),
        ("scope", scopes(store)),
        ("redirect_uri", authorisation.redirect_uri),
        ("state", authorisation.state),
    ]);
    Ok(format!("{}/admin/oauth/authorize?{query}", base(store)?))
}

fn scopes(store: &Store) -> &str {
    store.setting("scopes").unwrap_or(SCOPES)
}

pub fn begin(call: Call<'_>, grant: &CodeGrant) -> Result<Step, PlatformError> {
    let id = credential(call.store, "client_id")?;
    let secret = credential(call.store, "client_secret")?;
    verify(grant, secret)?;
    shop(call.store, grant)?;
    let code = grant.parameter("code").ok_or_else(|| {
        PlatformError::rejected_field("code", "is missing: the shop's owner did not let us in")
    })?;
    let fields = [
        ("client_id", id),
        ("client_secret", secret),
        ("code", code),
        ("expiring", "1"),
    ];
    Ok(call.token_request(&fields, &())?.step())
}

pub fn resume(
    call: Call<'_>,
    grant: &CodeGrant,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    if is_token_refused(response) {
        let reason = format!("the shop does not accept the code: {}", spoken(response));
        return Err(PlatformError::AuthenticateAgain { reason });
    }
    let shop = shop(call.store, grant)?;
    let tokens: Grant = plain(response)?;
    let missing = tokens.missing(scopes(call.store));
    if !missing.is_empty() {
        return Err(PlatformError::rejected_field(
            "scope",
            format!("the shop's owner did not grant {}", missing.join(", ")),
        ));
    }
    Ok(Step::done(Outcome {
        result: tokens.summary(),
        credentials: Some(tokens.merged_into(call.store, Some(Source::AuthorisationCode), None)),
        token_lifetime: tokens.lifetime(),
        config: Some(json!({ "shop_domain": shop })),
        ..Outcome::default()
    }))
}

/// The shop that the callback names; it has to be the store's.
fn shop<'g>(store: &Store, grant: &'g CodeGrant) -> Result<&'g str, PlatformError> {
    let shop = grant.parameter("shop").unwrap_or_default();
    let is_ours = match domain(store)? {
        Some(domain) => domain == shop,
        None => is_shop_domain(shop),
    };
    if is_ours {
        Ok(shop)
    } else {
        Err(PlatformError::rejected_field(
            "shop",
            "the answer came from another shop than the store's",
        ))
    }
}

/// Checks the callback's signature: hex HMAC-SHA256 over the other parameters, sorted by name, as a form
/// (Shopify's authorization code grant; its libraries do the same).
fn verify(grant: &CodeGrant, secret: &str) -> Result<(), PlatformError> {
    let forged = || {
        PlatformError::rejected_field("hmac", "the callback does not carry the shop's signature")
    };
    let mut pairs: Vec<&(String, String)> = grant
        .query
        .iter()
        .filter(|(name, _)| name != "hmac")
        .collect();
    pairs.sort();
    // Signed once, read twice: which of two values counts would be anybody's guess.
    let repeats = |pair: &[&(String, String)]| matches!(pair, [one, other] if one.0 == other.0);
    if pairs.windows(2).any(repeats) {
        return Err(forged());
    }
    let message: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", form_encode(name), form_encode(value)))
        .collect();
    let given = grant.parameter("hmac").and_then(unhex).ok_or_else(forged)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| forged())?;
    mac.update(message.join("&").as_bytes());
    mac.verify_slice(&given).map_err(|_| forged())
}

/// As the URL standard serialises a form: a blank is a plus.
fn form_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)
        })
        .collect()
}
