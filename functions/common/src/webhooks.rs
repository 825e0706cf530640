//! Notifications that are posted to us: verified over their raw bytes, stored once, acted on later.
//!
//! Nothing of a delivery is read before it is verified, and a 2xx says that it is durably stored. One statement
//! stores headers and body, tells duplicates, and queues a job that processes the event in its store's lane
//! `webhooks`. The same delivery again is a 2xx that stores nothing; the same id with another body is a 409
//! and an alarm. A body that can't be read is stored all the same and fails visibly when it is processed.
//!
//! - [`receive`]: `POST /webhooks/{platform}/{store_id}`, signed as the channel signs.
//! - [`pms`]: `POST /api/webhook`, for product management systems.
//!
//! A store that is disconnected still receives: its events are kept and wait until it is connected again.
//! Who can't be verified is told nothing more: an unknown store, one of another platform and a wrong signature
//! are the same 401 after the same work.

mod delivery;
pub mod pms;
mod secrets;
mod stored;

pub use secrets::Memory;

use crate::credentials::KeyRing;
use crate::error::{Error, Kind, Result};
use crate::platform::{Platform, WebhookDelivery};
use crate::ports::{Host, Param, Repeat};
use crate::reply::Reply;
use crate::request::Request;
use crate::secret::Secret;
use secrets::{Signers, channel_signers};
use serde_json::json;
use std::rc::Rc;
use uuid::Uuid;

/// The largest body that is taken, in bytes; more is a 413.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Who is verified against where there is nobody: takes the same time and never succeeds.
const NOBODY: &str = "whsec_bm9ib2R5IHNpZ25zIHdpdGggdGhpcyBzZWNyZXQ=";

/// The two last parts of a delivery's address.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// Which channel, by its slug.
    pub platform: &'a str,
    /// Which store, by its id.
    pub store: &'a str,
}

/// `POST /webhooks/{platform}/{store_id}` → 200 `{"status": "stored" | "duplicate", "id"}`.
///
/// # Errors
/// 401 for whatever can't be verified; 409 when the id came before with another body; 413; 503 when it could not
/// be stored, so that the channel sends it again.
pub async fn receive<H: Host>(
    request: &mut Request,
    host: &H,
    platforms: &[&'static dyn Platform],
    memory: &Memory,
    address: Address<'_>,
) -> Result<Reply> {
    let body = request.bytes(MAX_BODY_BYTES).await?;
    let delivery = WebhookDelivery {
        headers: &request.headers,
        body: &body,
    };
    let store = address.store.parse().unwrap_or(Uuid::nil());
    let door = Door {
        host,
        memory,
        slug: address.platform,
        plugin: plugin(platforms, address.platform)?,
    };
    let signers = door.verified(store, &delivery).await?;
    let receipt = delivery::bounded(door.plugin.webhook_receipt(&delivery));
    let (encoding, text) = delivery::encoded(&body);
    let args = json!({
        "store_id": store,
        "event_id": receipt.event_id,
        "topic": receipt.topic,
        "headers": delivery::kept_headers(&request.headers, &signers.secrets),
        "encoding": encoding,
        "request_id": request.request_id,
    });
    let statement = include_str!("webhooks/receive.sql");
    let params = vec![Param::Json(args.to_string()), Param::Text(text)];
    // Sent twice, the second finds the first: a duplicate, which is stored too.
    let answer = host.text(statement, params, Repeat::Safe).await?;
    stored::reply(host, &answer, address.platform, &request.request_id)
}

/// The channel of that slug; where there is none, any, so that the work is the same.
fn plugin(platforms: &[&'static dyn Platform], slug: &str) -> Result<&'static dyn Platform> {
    platforms
        .iter()
        .find(|platform| platform.descriptor().slug == slug)
        .or(platforms.first())
        .copied()
        .ok_or_else(|| Error::internal("there is no platform"))
}

/// Where a channel's deliveries come in.
struct Door<'a, H> {
    host: &'a H,
    memory: &'a Memory,
    slug: &'a str,
    plugin: &'static dyn Platform,
}

impl<H: Host> Door<'_, H> {
    /// Whose `delivery` it is. What is remembered may be outdated: when it does not verify, the database is asked.
    async fn verified(&self, store: Uuid, delivery: &WebhookDelivery<'_>) -> Result<Rc<Signers>> {
        let now_ms = self.host.now_ms();
        if let Some(signers) = self.memory.recall(store, now_ms)
            && self.signed_by(&signers, delivery).is_ok()
        {
            return Ok(signers);
        }
        let ring = self.host.settings().text("credentials_keys")?;
        let ring = KeyRing::parse(ring).map_err(Error::internal)?;
        let credential = self.plugin.descriptor().webhook_credential;
        let signers = Rc::new(channel_signers(self.host, &ring, store, credential).await?);
        self.signed_by(&signers, delivery).map_err(refused)?;
        self.memory.keep(store, Rc::clone(&signers), now_ms);
        Ok(signers)
    }

    /// Tries the current secret, then the previous one.
    fn signed_by(&self, signers: &Signers, delivery: &WebhookDelivery<'_>) -> Result<(), String> {
        let now_ms = self.host.now_ms();
        let fits = signers.platform.as_deref() == Some(self.slug)
            && self.plugin.descriptor().slug == self.slug;
        let mut why = signers.absent.to_owned();
        for secret in signers.secrets.iter().filter(|_| fits) {
            match self.plugin.verify_webhook(delivery, secret, now_ms) {
                Ok(()) => return Ok(()),
                Err(refusal) => why = refusal.to_string(),
            }
        }
        if !fits || signers.secrets.is_empty() {
            let nobody = Secret::new(NOBODY.to_owned());
            let _ = self.plugin.verify_webhook(delivery, &nobody, now_ms);
        }
        Err(why)
    }
}

/// The one answer to what can't be verified; `why` is for the log.
fn refused(why: impl Into<String>) -> Error {
    Error {
        source: Some(why.into()),
        ..Error::new(Kind::Unauthorized, "The delivery could not be verified.")
    }
}
