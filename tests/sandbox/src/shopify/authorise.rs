//! The page at which the shop's owner lets the app in. This owner always says yes.

use super::form::{self, Fields};
use super::token::{CLIENT_ID, Tokens};
use crate::stamp::Stamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The address to which the browser is sent back, or why not.
pub fn answer(
    tokens: &mut Tokens,
    (shop, domain): (&str, &str),
    query: &str,
    at: Stamp,
) -> Result<String, &'static str> {
    let asked = form::read(query);
    let field = |name: &str| asked.get(name).map_or("", String::as_str);
    if field("client_id") != CLIENT_ID {
        return Err("Oauth error invalid_request: Could not find Shopify API application");
    }
    let back = field("redirect_uri");
    if !back.starts_with("https://") && !back.starts_with("http://") {
        return Err("Oauth error invalid_request: The redirect_uri is not whitelisted");
    }
    if field("scope").is_empty() {
        return Err("Oauth error invalid_scope: scope is missing");
    }
    let name = domain.trim_end_matches(".myshopify.com");
    let host = STANDARD_NO_PAD.encode(format!("admin.shopify.com/store/{name}"));
    let mut fields: Fields = [
        ("code", tokens.authorise(shop, field("scope"))),
        ("host", host),
        ("shop", domain.to_owned()),
        ("state", field("state").to_owned()),
        ("timestamp", (at.epoch_ms / 1000).to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let message = form::write(&fields);
    fields.insert("hmac".to_owned(), hex(tokens.signing_secret(at), &message));
    let join = if back.contains('?') { '&' } else { '?' };
    Ok(format!("{back}{join}{}", form::write(&fields)))
}

fn hex(secret: &str, message: &str) -> String {
    signature(secret, message.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// HMAC-SHA256.
pub fn signature(secret: &str, message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        },
    )
}
