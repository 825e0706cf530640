//! What all connections share: the channels, the faults, the notifications, the clock.

use crate::asked::{Asked, Vendor};
use crate::control;
use crate::fake::Fake;
use crate::faults::Faults;
use crate::graphql::{GraphqlError, Request as GraphqlRequest};
use crate::outbox::{Outbox, Waiting};
use crate::schema::AdminSchema;
use crate::server::{Body, VERSION};
use crate::shopify::{Shop, Tokens, execute};
use crate::stamp::Stamp;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

#[derive(Debug)]
pub(crate) struct Inner {
    pub world: Mutex<World>,
    pub schema: Option<Arc<AdminSchema>>,
    pub began: Instant,
}

/// Everything that requests change.
#[derive(Debug)]
pub(crate) struct World {
    /// Shopify's, by the token that opens them.
    pub shops: BTreeMap<String, Shop>,
    pub tokens: Tokens,
    /// The other channels, by slug.
    pub fakes: BTreeMap<&'static str, Box<dyn Fake>>,
    pub faults: Faults,
    pub outbox: Outbox,
    /// How far tests moved the clock.
    pub ahead: Duration,
}

impl World {
    pub fn shop(&mut self, token: &str) -> &mut Shop {
        let new = || Shop::new(token.trim_start_matches("shpat_"));
        self.shops.entry(token.to_owned()).or_insert_with(new)
    }
}

impl Inner {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub fn now(&self) -> Stamp {
        let ahead = self.world().ahead;
        let epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() + ahead;
        Stamp {
            seconds: (self.began.elapsed() + ahead).as_secs_f64(),
            epoch_ms: i64::try_from(epoch.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// The shop that the request's token opens.
    fn token(&self, request: &Request<Bytes>) -> Option<String> {
        let token = request.headers().get("x-shopify-access-token")?;
        self.world().tokens.shop(token.to_str().ok()?)
    }

    /// A customer buys.
    pub fn sell(&self, asked: &Asked, sku: &str, quantity: i64) {
        match &asked.vendor {
            Vendor::Shopify(_) => {
                if let Some(token) = self.token(&asked.request) {
                    self.world().shop(&token).sell(sku, quantity);
                }
            }
            Vendor::Fake(slug) => {
                // A fake that does not know the article sells nothing.
                let _ = self.control(slug, "sales", &json!({"sku": sku, "quantity": quantity}));
            }
        }
    }

    /// Every token that was given out is good no more.
    pub fn expire_tokens(&self, asked: &Asked) {
        let mut world = self.world();
        match &asked.vendor {
            Vendor::Shopify(_) => world.tokens.expire(),
            Vendor::Fake(slug) => {
                if let Some(fake) = world.fakes.get_mut(slug) {
                    fake.expire_tokens();
                }
            }
        }
    }

    pub fn control(&self, slug: &str, what: &str, body: &Value) -> Result<Value, String> {
        let at = self.now();
        let mut world = self.world();
        let World { fakes, outbox, .. } = &mut *world;
        let fake = fakes
            .get_mut(slug)
            .ok_or_else(|| format!("the sandbox has no `{slug}` that can be told so"))?;
        fake.control(what, body, at, outbox)
    }

    /// Lets the channels do by themselves what is due.
    pub fn tick(&self) {
        let at = self.now();
        let mut world = self.world();
        let World { fakes, outbox, .. } = &mut *world;
        for fake in fakes.values_mut() {
            fake.tick(at, outbox);
        }
    }

    /// Notifications to be sent now.
    pub fn due_deliveries(&self) -> Vec<Waiting> {
        self.tick();
        let at = self.now();
        let mut world = self.world();
        let World { outbox, faults, .. } = &mut *world;
        outbox.take_due(at, faults)
    }

    /// How the sending of one went.
    pub fn delivered(&self, item: Waiting, status: Option<u16>) {
        let at = self.now();
        let mut world = self.world();
        let World { outbox, fakes, .. } = &mut *world;
        if let Some(failure) = outbox.ended(item, status, at)
            && let Some(fake) = fakes.get_mut(failure.vendor)
        {
            fake.undelivered(&failure.tag, failure.is_last);
        }
    }

    /// Does what the request asks for.
    pub fn respond(&self, asked: Asked) -> Response<Body> {
        let Asked { request, vendor } = asked;
        match vendor {
            Vendor::Shopify(graphql) => self.respond_as_shopify(&request, graphql),
            Vendor::Fake(slug) => {
                let at = self.now();
                let mut world = self.world();
                let World { fakes, outbox, .. } = &mut *world;
                match fakes.get_mut(slug) {
                    Some(fake) => fake.respond(&request, at, outbox).map(|body| {
                        let whole = Full::new(body);
                        whole.map_err(|never| match never {}).boxed_unsync()
                    }),
                    None => control::json(StatusCode::NOT_FOUND, &Value::Null),
                }
            }
        }
    }

    fn respond_as_shopify(
        &self,
        request: &Request<Bytes>,
        graphql: Result<GraphqlRequest, GraphqlError>,
    ) -> Response<Body> {
        let path = request.uri().path();
        if request.method() != Method::POST {
            return control::json(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}));
        }
        if path == "/admin/oauth/access_token" {
            return match self.world().tokens.grant(request.body()) {
                Ok(grant) => control::json(StatusCode::OK, &grant),
                Err(error) => control::json(StatusCode::BAD_REQUEST, &error),
            };
        }
        if path != format!("/admin/api/{VERSION}/graphql.json") {
            return control::json(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}));
        }
        let Some(token) = self.token(request) else {
            let reason =
                "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return control::json(StatusCode::UNAUTHORIZED, &json!({ "errors": reason }));
        };
        let now = self.now();
        let body = match graphql {
            Ok(graphql) => {
                let mut world = self.world();
                execute(world.shop(&token), &graphql, self.schema.as_deref(), now)
            }
            Err(error) => json!({"errors": [error.body()]}),
        };
        control::json(StatusCode::OK, &body)
    }
}
