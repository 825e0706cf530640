//! A Printify account in memory, as its reference describes it and as it was measured where the reference is silent:
//! products with the whole variant matrix of their blueprint, the publish lock, orders that are made to order,
//! uploads, webhooks with their signature, and the limits.
//!
//! The ready store uses the shop [`SHOP`] with the token [`TOKEN`] and signs with [`WEBHOOK_SECRET`]. Beside what every
//! fake knows, `POST /_sandbox/printify/{what}` takes:
//!
//! | `what` | body | |
//! |---|---|---|
//! | `produce`, `deliver`, `cancel`, `issue`, `unpaid` | `{"id"}` | what becomes of an order |
//! | `ship` | `{"id", "carrier"?, "number"?}` | its parcel is sent |
//! | `publish` | `{"id", "action"?}` | a person presses "Publish" in Printify |
//! | `delete_product` | `{"id"}` | a person deletes a product |
//! | `availability` | `{"sku", "available"}` | a print provider runs out of a variant, or has it again |
//! | `shops` | `{"title", "sales_channel"}` | the account has another shop |
//! | `limits` | `{"global"?, "catalog"?, "publish"?}` | other limits; `null` for none |

mod catalog;
mod control;
mod event;
mod limits;
mod order;
mod order_body;
mod page;
mod product;
mod product_body;
mod publication;
mod refusal;
mod route;
mod shop;
pub mod spec;
mod upload;

use crate::fake::Fake;
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use bytes::Bytes;
use http::{Request, Response};
use limits::Limits;
use serde_json::{Value, json};
use shop::Shop;
use std::collections::BTreeMap;
use upload::Upload;

/// The access token of the ready store, until tokens are expired.
pub const TOKEN: &str = "pfy_sandbox";
/// Its shop.
pub const SHOP: u64 = 815_256;
/// Signs its webhooks.
pub const WEBHOOK_SECRET: &str = "7afa37fd47d7a52ea644382e04962a83c16aef62";
/// The blueprint of listings that name none: a shirt in colours and sizes.
pub const BLUEPRINT: i64 = 6;
/// Who prints it.
pub const PRINT_PROVIDER: i64 = 29;

/// A token is good for a year.
const TOKEN_LIFETIME_S: f64 = 365.0 * 24.0 * 60.0 * 60.0;

/// The account.
#[derive(Debug)]
pub struct Printify {
    shops: BTreeMap<u64, Shop>,
    uploads: Vec<Upload>,
    limits: Limits,
    /// How often its tokens were expired.
    generation: u32,
    /// When the token was made.
    token_since: f64,
    /// Makes ids.
    count: u64,
    /// The time of the last request.
    seconds: f64,
}

impl Default for Printify {
    fn default() -> Self {
        let shop = Shop::new(SHOP, "Sandbox", shop::OURS);
        Self {
            shops: BTreeMap::from([(SHOP, shop)]),
            uploads: Vec::new(),
            limits: Limits::default(),
            generation: 0,
            token_since: 0.0,
            count: 0,
            seconds: 0.0,
        }
    }
}

impl Printify {
    /// The token that is good now.
    fn token(&self) -> String {
        match self.generation {
            0 => TOKEN.to_owned(),
            generation => format!("{TOKEN}_{generation}"),
        }
    }

    /// 24 hexadecimal digits, as the vendor's ids are.
    fn id(&mut self, at: Stamp) -> String {
        self.count += 1;
        format!("{:08x}{:016x}", at.epoch_ms / 1000, self.count)
    }
}

impl Fake for Printify {
    fn respond(
        &mut self,
        request: &Request<Bytes>,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Response<Bytes> {
        self.settle(at);
        route::answer(self, request, at, outbox)
    }

    fn dump(&self) -> Value {
        json!({
            "shops": self.shops.values().map(Shop::dump).collect::<Vec<Value>>(),
            "uploads": self.uploads,
        })
    }

    fn control(
        &mut self,
        what: &str,
        body: &Value,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Result<Value, String> {
        self.settle(at);
        control::obey(self, what, body, at, outbox)
    }

    fn expire_tokens(&mut self) {
        self.generation += 1;
        self.token_since = self.seconds;
    }

    fn undelivered(&mut self, tag: &str, is_last: bool) {
        for shop in self.shops.values_mut() {
            shop.undelivered(tag, is_last, self.seconds);
        }
    }

    fn ready_store(&self, base_url: &str) -> (Value, Value) {
        let config = json!({
            "base_url": base_url,
            "shop_id": SHOP,
            "sales_channel": shop::OURS,
            "currency": "USD",
            "blueprint_id": BLUEPRINT,
            "print_provider_id": PRINT_PROVIDER,
            "artwork_url": "https://images.example/artwork.png",
            "option_defaults": {"color": "White", "size": "M"},
        });
        let credentials = json!({"token": self.token(), "webhook_secret": WEBHOOK_SECRET});
        (config, credentials)
    }
}

impl Printify {
    /// Lets happen what was due.
    fn settle(&mut self, at: Stamp) {
        self.seconds = at.seconds;
        for shop in self.shops.values_mut() {
            shop.settle(at);
        }
    }
}

/// A time as the vendor writes it.
fn time(at: Stamp) -> String {
    at.text().replace('T', " ").replace('Z', "+00:00")
}
