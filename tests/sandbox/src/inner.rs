//! What all connections share: the channels, the faults, the notifications, the clock.

use crate::asked::Asked;
use crate::control;
use crate::fake::Fake;
use crate::faults::Faults;
use crate::outbox::{Outbox, Waiting};
use crate::server::Body;
use crate::shopify::Shopify;
use crate::stamp::Stamp;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

#[derive(Debug)]
pub(crate) struct Inner {
    pub world: Mutex<World>,
    /// Whether the vendor's schema is at hand.
    pub checks_schema: bool,
    pub began: Instant,
}

/// Everything that requests change.
#[derive(Debug)]
pub(crate) struct World {
    pub shopify: Shopify,
    /// The other channels, by slug.
    pub fakes: BTreeMap<&'static str, Box<dyn Fake>>,
    pub faults: Faults,
    pub outbox: Outbox,
    /// How far tests moved the clock.
    pub ahead: Duration,
}

impl World {
    /// The channel called `slug`, and where it posts.
    pub fn fake(&mut self, slug: &str) -> Option<(&mut dyn Fake, &mut Outbox)> {
        let Self {
            shopify,
            fakes,
            outbox,
            ..
        } = self;
        let fake: &mut dyn Fake = match slug {
            "shopify" => shopify,
            _ => fakes.get_mut(slug)?.as_mut(),
        };
        Some((fake, outbox))
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

    /// A customer buys.
    pub fn sell(&self, asked: &Asked, sku: &str, quantity: i64) {
        let at = self.now();
        let mut body = json!({"sku": sku, "quantity": quantity});
        if asked.slug == "shopify"
            && let Some(token) = self.world().shopify.opened(&asked.request, at)
        {
            body["token"] = json!(token);
        }
        // A fake that does not know the article sells nothing.
        let _ = self.control(asked.slug, "sales", &body);
    }

    /// Every token that was given out is good no more.
    pub fn expire_tokens(&self, asked: &Asked) {
        if let Some((fake, _)) = self.world().fake(asked.slug) {
            fake.expire_tokens();
        }
    }

    pub fn control(&self, slug: &str, what: &str, body: &Value) -> Result<Value, String> {
        let at = self.now();
        let mut world = self.world();
        let (fake, outbox) = world
            .fake(slug)
            .ok_or_else(|| format!("the sandbox has no `{slug}`"))?;
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
        if let Some(failure) = world.outbox.ended(item, status, at)
            && let Some((fake, _)) = world.fake(failure.vendor)
        {
            fake.undelivered(&failure.tag, failure.is_last);
        }
    }

    /// Does what the request asks for.
    pub fn respond(&self, asked: &Asked) -> Response<Body> {
        let at = self.now();
        let mut world = self.world();
        match world.fake(asked.slug) {
            Some((fake, outbox)) => fake.respond(&asked.request, at, outbox).map(|body| {
                let whole = Full::new(body);
                whole.map_err(|never| match never {}).boxed_unsync()
            }),
            None => control::json(StatusCode::NOT_FOUND, &Value::Null),
        }
    }
}
