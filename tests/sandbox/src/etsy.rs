//! An Etsy shop in memory: its listings with their inventory documents, its receipts, its tokens and limits,
//! and the notifications that it posts.
//!
//! Beside what every fake can be told it knows:
//!
//! | `what` | body | |
//! |---|---|---|
//! | `orders` | `{"lines", "country"?, "paid"?}` | the buyer's country; `false` is not paid yet |
//! | `webhooks` | `{"address", "secret"?}` | the endpoint of the portal, and its signing secret |
//! | `pay`, `cancel`, `refund` | `{"id"}` | what becomes of an order |
//! | `limits` | `{"per_second"?, "per_day"?}` | how often may be asked |
//! | `strict_rotation` | `{"on"}` | whether a refresh token dies as soon as it is used |
//! | `revoke_refresh_tokens` | `{}` | as when the owner changes the password |
//! | `scopes` | `{"scopes": []}` | what the owner allowed |
//! | `shop` | `{"country"?, "currency"?}` | where the shop is, and what it sells in |
//! | `shipping_profiles` | `{"profiles": {"61000001": true}}` | the shop's, and whether they are complete |
//! | `suspend`, `expire` | `{"id"}` | a listing that Etsy withholds; one whose four months are over |
//! | `listings` | `{"title", "sku", "price", "quantity"}` | a listing that somebody made on Etsy, for sale |
//! | `offer` | `{"id", "sku", "values"}` | a product that somebody added to a listing there |
//!
//! `GET /etsy/pictures/{name}.png` is not Etsy's: it is a host on which a product's picture may lie, and at
//! `{name}.html` a page in its place.

mod access;
mod controls;
mod form;
mod inventory;
mod inventory_rules;
mod limits;
mod listing;
mod listing_rules;
mod listing_view;
mod notify;
mod pictures;
mod receipts;
mod reference;
mod routes;
pub mod spec;
mod tokens;

use crate::fake::Fake;
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use bytes::Bytes;
use http::{Request, Response};
use limits::Limits;
use listing::Listing;
use notify::Endpoint;
use pictures::Library;
use receipts::Receipt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokens::Tokens;

/// The app that the shop's owner let in.
pub const KEYSTRING: &str = "sandboxkeystring00000001";
/// Its secret.
pub const SHARED_SECRET: &str = "sandboxsecret1";
/// The shop.
pub const SHOP_ID: u64 = 51_000_001;
/// Its owner.
pub const USER_ID: u64 = 42_000_001;
/// Good for an hour of the sandbox's clock.
pub const ACCESS_TOKEN: &str = "42000001.sandbox-access";
/// The one that it came with.
pub const REFRESH_TOKEN: &str = "42000001.sandbox-refresh";
/// Signs the notifications, until `webhooks` says another.
pub const WEBHOOK_SECRET: &str = "whsec_c2FuZGJveCBldHN5IHdlYmhvb2sgc2VjcmV0IDE=";
/// A category that asks for nothing.
pub const TAXONOMY_ID: u64 = 1429;
/// A picture that the shop has.
pub const IMAGE_ID: u64 = 7_000_000_001;

/// The shop and all around it.
#[derive(Debug)]
pub(crate) struct Etsy {
    tokens: Tokens,
    limits: Limits,
    currency: String,
    country: String,
    listings: BTreeMap<u64, Listing>,
    library: Library,
    receipts: BTreeMap<u64, Receipt>,
    /// Shipping profiles, and whether they are complete.
    profiles: BTreeMap<u64, bool>,
    endpoint: Endpoint,
    /// Numbers of the values of sellers' own properties.
    value_ids: BTreeMap<(u64, String), u64>,
    /// E-mails to buyers: receipt and tracking number.
    mails: Vec<(u64, String)>,
    requests: BTreeMap<String, u64>,
    last_number: u64,
}

impl Default for Etsy {
    fn default() -> Self {
        Self {
            tokens: Tokens::default(),
            limits: Limits::default(),
            currency: "USD".to_owned(),
            country: "IE".to_owned(),
            listings: BTreeMap::new(),
            library: Library::default(),
            receipts: BTreeMap::new(),
            profiles: BTreeMap::from([(reference::SHIPPING_PROFILE, true)]),
            endpoint: Endpoint::default(),
            value_ids: BTreeMap::new(),
            mails: Vec::new(),
            requests: BTreeMap::new(),
            last_number: 1_000_000_000,
        }
    }
}

impl Etsy {
    /// A number that nothing has yet.
    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

/// A refusal: status and body.
pub(crate) struct Refused {
    pub status: u16,
    pub body: Value,
}

impl Refused {
    /// As nearly all of Etsy's.
    pub fn new(status: u16, error: impl Into<String>) -> Self {
        Self {
            status,
            body: json!({"error": error.into()}),
        }
    }

    /// 400.
    pub fn bad(error: impl Into<String>) -> Self {
        Self::new(400, error)
    }

    /// As OAuth has them.
    pub fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self {
            status,
            body: json!({"error": error, "error_description": description}),
        }
    }
}

/// Seconds since 1970.
pub(crate) const fn epoch(at: Stamp) -> i64 {
    at.epoch_ms.div_euclid(1000)
}

impl Fake for Etsy {
    fn respond(
        &mut self,
        request: &Request<Bytes>,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Response<Bytes> {
        routes::respond(self, request, at, outbox)
    }

    fn dump(&self) -> Value {
        let listings: Vec<Value> = self
            .listings
            .values()
            .map(|listing| self.view(listing, &["Images", "Inventory"]))
            .collect();
        let receipts: Vec<Value> = self.receipts.values().map(|it| self.receipt(it)).collect();
        let mails: Vec<Value> = self
            .mails
            .iter()
            .map(|(receipt, code)| json!({"receipt_id": receipt, "tracking_code": code}))
            .collect();
        json!({
            "listings": listings,
            "receipts": receipts,
            "mails": mails,
            "requests": self.requests,
            "pictures": self.library.dump(),
        })
    }

    fn control(
        &mut self,
        what: &str,
        body: &Value,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Result<Value, String> {
        controls::control(self, what, body, at, outbox)
    }

    fn expire_tokens(&mut self) {
        self.tokens.expire();
    }

    fn ready_store(&self, base_url: &str) -> (Value, Value) {
        let config = json!({
            "base_url": base_url,
            "shop_id": SHOP_ID,
            "taxonomy_id": TAXONOMY_ID,
            "who_made": "i_did",
            "when_made": "made_to_order",
            "default_image_ids": [IMAGE_ID],
        });
        let credentials = json!({
            "keystring": KEYSTRING,
            "shared_secret": SHARED_SECRET,
            "access_token": ACCESS_TOKEN,
            "refresh_token": REFRESH_TOKEN,
            "webhook_secret": WEBHOOK_SECRET,
        });
        (config, credentials)
    }
}
