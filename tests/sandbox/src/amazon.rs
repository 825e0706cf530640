//! The fake Selling Partner API: one seller in one Amazon store.
//!
//! | `what` | body | |
//! |---|---|---|
//! | `orders` | `{"lines": [{"sku", "quantity"}], "status"?, "fulfilled_by"?}` | a customer orders; answers `{"id"}` |
//! | `sales` | `{"sku", "quantity"}` | stock falls as by a sale |
//! | `webhooks` | `{"address", "subscribe"?}` | what a person sets up in AWS: notifications go there; subscribes to all unless `subscribe` is false |
//! | `drop_subscriptions` | `{}` | Amazon forgets them |
//! | `uninstall` | `{}` | the seller takes back his consent; Amazon tells nobody |
//! | `acceptance` | `{"seconds"}` | how long Amazon takes to decide on what it accepted |
//! | `search_lag` | `{"seconds"}` | how long a search does not know a new item |
//! | `quota` | `{"operation", "per_second", "burst"}`, or `{"lift": true}` | another rate for an operation; none at all |
//! | `edit` | `{"sku", "attributes"}` | the seller changes attributes in Seller Central |
//! | `fba` | `{"sku"}` | the item goes into Amazon's own warehouses |
//!
//! A title with `COUNTERFEIT` is accepted and refused later.

mod asked;
mod control;
mod feeds;
mod item;
mod listings;
mod login;
mod notify;
mod orders;
mod patch;
mod quota;
mod reply;
mod rules;
mod seller;
pub mod spec;
pub mod static_cases;

use crate::fake::Fake;
use crate::outbox::Outbox;
use crate::stamp::Stamp;
use asked::Asked;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use login::Logins;
use notify::Notifications;
use quota::Quotas;
use reply::{Reply, not_found, ok, refusal};
use seller::Seller;
use serde_json::{Value, json};

/// The application of the ready store.
pub const CLIENT_ID: &str = "amzn1.application-oa2-client.sandbox";
/// Its secret.
pub const CLIENT_SECRET: &str = "amzn1.oa2-cs.v1.sandbox";
/// The consent of the ready store's seller.
pub const REFRESH_TOKEN: &str = "Atzr|sandbox";
/// What the sandbox's EventBridge sends as `x-api-key`.
pub const WEBHOOK_KEY: &str = "sandbox-webhook-key";
/// The application as sellers see it.
pub const APPLICATION_ID: &str = "amzn1.sp.solution.sandbox";
/// The seller.
pub const SELLER_ID: &str = "A3SANDBOXSELLR";
/// The Amazon store: the United States.
pub const MARKETPLACE_ID: &str = "ATVPDKIKX0DER";
/// Where listings' notifications go.
pub const BUS_DESTINATION: &str = "sandbox-event-bridge";
/// Where orders' notifications go.
pub const QUEUE_DESTINATION: &str = "sandbox-queue";

/// The fake.
#[derive(Debug)]
pub struct Amazon {
    logins: Logins,
    quotas: Quotas,
    seller: Seller,
    notifications: Notifications,
    answered: u64,
}

impl Default for Amazon {
    fn default() -> Self {
        Self {
            logins: Logins::new(),
            quotas: Quotas::new(),
            seller: Seller::new(),
            notifications: Notifications::default(),
            answered: 0,
        }
    }
}

/// The operation that a request asks for, as the models name it.
fn operation(asked: &Asked<'_>) -> Option<&'static str> {
    let (method, segments) = asked.route();
    Some(match (method, segments.as_slice()) {
        ("GET", ["listings", "2021-08-01", "items", _]) => "searchListingsItems",
        ("GET", ["listings", "2021-08-01", "items", _, _]) => "getListingsItem",
        ("PUT", ["listings", "2021-08-01", "items", _, _]) => "putListingsItem",
        ("PATCH", ["listings", "2021-08-01", "items", _, _]) => "patchListingsItem",
        ("DELETE", ["listings", "2021-08-01", "items", _, _]) => "deleteListingsItem",
        ("GET", ["orders", "2026-01-01", "orders"]) => "searchOrders",
        ("GET", ["orders", "2026-01-01", "orders", _]) => "getOrder",
        ("POST", ["orders", "v0", "orders", _, "shipmentConfirmation"]) => "confirmShipment",
        ("POST", ["feeds", "2021-06-30", "documents"]) => "createFeedDocument",
        ("POST", ["feeds", "2021-06-30", "feeds"]) => "createFeed",
        ("GET", ["feeds", "2021-06-30", "feeds", _]) => "getFeed",
        ("GET", ["feeds", "2021-06-30", "documents", _]) => "getFeedDocument",
        ("GET", ["notifications", "v1", "subscriptions", _]) => "getSubscription",
        ("POST", ["notifications", "v1", "subscriptions", _]) => "createSubscription",
        ("GET", ["definitions", "2020-09-01", "productTypes"]) => "searchDefinitionsProductTypes",
        _ => return None,
    })
}

impl Amazon {
    /// Answers an API request that was let in.
    fn serve(&mut self, operation: &str, asked: &Asked<'_>, at: Stamp) -> Reply {
        let state = &mut self.seller;
        let part = |index: usize| asked.segments.get(index).map_or("", String::as_str);
        match operation {
            "searchListingsItems" => listings::search(state, asked, part(3), at),
            "getListingsItem" => listings::get(state, asked, part(3), part(4)),
            "putListingsItem" | "patchListingsItem" | "deleteListingsItem" => {
                listings::write(state, asked, part(3), part(4), at)
            }
            "searchOrders" => orders::search(state, asked),
            "getOrder" => orders::get(state, asked, part(3)),
            "confirmShipment" => orders::confirm(state, asked, part(3), at),
            "createFeedDocument" => feeds::create_document(state, asked, at),
            "createFeed" => feeds::create(state, asked, at),
            "getFeed" => feeds::get(state, part(3), at),
            "getFeedDocument" => feeds::get_document(state, asked, part(3), at),
            "getSubscription" => self.notifications.get(part(3)),
            "createSubscription" => self.notifications.create(asked, part(3)),
            _ => product_types(),
        }
    }

    fn api(&mut self, asked: &Asked<'_>, at: Stamp) -> Response<Bytes> {
        let Some(operation) = operation(asked) else {
            return finish(not_found("The resource was not found."));
        };
        if let Err(reason) = self.logins.check(asked.header("x-amz-access-token"), at) {
            let message = "Access to requested resource is denied.";
            return finish(refusal(403, "Unauthorized", message, reason));
        }
        let (is_served, rate) = self.quotas.take(operation, at);
        let reply = match is_served {
            true => self.serve(operation, asked, at),
            false => {
                let message = "You exceeded your quota for the requested resource.";
                refusal(429, "QuotaExceeded", message, "")
            }
        };
        let mut response = finish(reply);
        let rate = rate.and_then(|rate| HeaderValue::from_str(&format!("{rate:?}")).ok());
        if let Some(rate) = rate {
            response
                .headers_mut()
                .insert("x-amzn-ratelimit-limit", rate);
        }
        response
    }

    fn consent(&mut self, asked: &Asked<'_>, at: Stamp) -> Response<Bytes> {
        match self.logins.consent(asked, at) {
            Ok(address) => {
                let mut response = reply::bytes(StatusCode::FOUND, Bytes::new());
                if let Ok(address) = HeaderValue::from_str(&address) {
                    response
                        .headers_mut()
                        .insert(http::header::LOCATION, address);
                }
                response
            }
            Err(reason) => reply::bytes(StatusCode::BAD_REQUEST, reason),
        }
    }
}

fn product_types() -> Reply {
    let types: Vec<Value> = rules::PRODUCT_TYPES
        .iter()
        .map(|name| json!({"name": name, "displayName": name, "marketplaceIds": [MARKETPLACE_ID]}))
        .collect();
    ok(json!({"productTypes": types, "productTypeVersion": "sandbox"}))
}

fn finish(reply: Reply) -> Response<Bytes> {
    let (status, body) = match reply {
        Ok(answer) | Err(answer) => answer,
    };
    reply::json(status, &body)
}

impl Fake for Amazon {
    fn respond(
        &mut self,
        request: &Request<Bytes>,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Response<Bytes> {
        self.tick(at, outbox);
        let asked = Asked::read(request);
        let (method, segments) = asked.route();
        let mut response = match (method, segments.as_slice()) {
            ("POST", ["auth", "o2", "token"]) => finish(self.logins.token(&asked, at)),
            ("GET", ["apps", "authorize", "consent"]) => self.consent(&asked, at),
            ("PUT" | "GET", ["_documents", id]) => {
                feeds::transfer(&mut self.seller, &asked, id, at)
            }
            _ => self.api(&asked, at),
        };
        self.answered += 1;
        if let Ok(id) = HeaderValue::from_str(&format!("sandbox-{:08}", self.answered)) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        self.tick(at, outbox);
        response
    }

    fn tick(&mut self, at: Stamp, outbox: &mut Outbox) {
        self.seller.settle(at);
        self.notifications.tell(&mut self.seller, at, outbox);
    }

    fn dump(&self) -> Value {
        json!({
            "seller": self.seller,
            "quotas": self.quotas,
            "logins": self.logins,
            "notifications": self.notifications,
        })
    }

    fn control(
        &mut self,
        what: &str,
        body: &Value,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Result<Value, String> {
        self.tick(at, outbox);
        let done = control::obey(self, what, body, at)?;
        self.tick(at, outbox);
        Ok(done)
    }

    fn expire_tokens(&mut self) {
        self.logins.expire();
    }

    fn ready_store(&self, base_url: &str) -> (Value, Value) {
        let config = json!({
            "base_url": base_url,
            "seller_id": SELLER_ID,
            "marketplace_id": MARKETPLACE_ID,
            "application_id": APPLICATION_ID,
            "product_type": "PRODUCT",
            "attributes": {"brand": "Generic", "country_of_origin": "US"},
            "destination_id": BUS_DESTINATION,
            "sqs_destination_id": QUEUE_DESTINATION,
        });
        let credentials = json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            "webhook_key": WEBHOOK_KEY,
        });
        (config, credentials)
    }
}
