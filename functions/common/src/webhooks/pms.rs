//! `POST /api/webhook`: events of a product management system, signed with a key of the workspace.
//!
//! ```text
//! X-Webhook-Key: <id of the key>
//! X-Webhook-Timestamp: <Unix seconds, at most five minutes from our clock>
//! X-Webhook-Nonce: <16 to 128 of A-Z a-z 0-9 _ ->, each good once
//! X-Webhook-Signature: sha256=<hex of HMAC-SHA256(secret, "{timestamp}.{nonce}.{body}")>
//!
//! {"id": "…", "type": "product.updated", "data": {…}}
//! ```
//! The types and their data are in [`event`]. An event that comes again with its `id` and a new nonce is a duplicate
//! and stored once; without an `id` each request is an event of its own.

pub mod event;

use super::secrets::{Signers, key_signers};
use super::{MAX_BODY_BYTES, Memory, delivery, refused, stored};
use crate::credentials::KeyRing;
use crate::error::{Error, Kind, Result};
use crate::ports::{Host, Param, Repeat};
use crate::reply::Reply;
use crate::request::Request;
use event::PmsEvent;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use std::rc::Rc;
use uuid::Uuid;

/// Clocks of sender and hub may differ by this much, in seconds.
const WINDOW_S: u64 = 300;

/// `POST /api/webhook` → 200 `{"status": "stored" | "duplicate", "id"}`.
///
/// # Errors
/// 400 for a nonce that is none, 401 for whatever can't be verified or is too old, 409 for a nonce that was used or an
/// id that came before with another body, 413, 429 over the key's limit, 503 when it could not be stored.
pub async fn receive<H: Host>(request: &mut Request, host: &H, memory: &Memory) -> Result<Reply> {
    let body = request.bytes(MAX_BODY_BYTES).await?;
    let claim = Claim::of(request)?;
    let signers = verified(host, memory, &claim, &body).await?;
    claim.check_time(host.now_ms())?;
    let event = PmsEvent::read(&body, claim.nonce);
    let receipt = delivery::bounded(event.receipt);
    let (encoding, text) = delivery::encoded(&body);
    let args = json!({
        "key_id": claim.key,
        "nonce": claim.nonce,
        "event_id": receipt.event_id,
        "topic": receipt.topic,
        "headers": delivery::kept_headers(&request.headers, &signers.secrets),
        "command": event.command,
        "encoding": encoding,
        "request_id": request.request_id,
    });
    let statement = include_str!("receive_pms.sql");
    let params = vec![Param::Json(args.to_string()), Param::Text(text)];
    // Sent twice, the second would find its nonce used.
    let answer = host.text(statement, params, Repeat::Unsafe).await?;
    stored::reply(host, &answer, "api", &request.request_id)
}

/// What the headers claim.
struct Claim<'a> {
    key: Uuid,
    timestamp: &'a str,
    nonce: &'a str,
    signature: Option<Vec<u8>>,
}

impl<'a> Claim<'a> {
    fn of(request: &'a Request) -> Result<Self> {
        let header = |name: &str| {
            request.header(name).ok_or_else(|| {
                Error::new(
                    Kind::Unauthorized,
                    "Sign the request with X-Webhook-Key, X-Webhook-Timestamp, X-Webhook-Nonce and X-Webhook-Signature.",
                )
            })
        };
        let nonce = header("x-webhook-nonce")?;
        // Without a dot: where the nonce ends and the body begins must not be open to another reading.
        let fits = (16..=128).contains(&nonce.len())
            && nonce
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if !fits {
            let issue = "takes 16 to 128 of the characters A-Z, a-z, 0-9, _ and -";
            return Err(Error::field("X-Webhook-Nonce", issue));
        }
        Ok(Self {
            key: header("x-webhook-key")?.parse().unwrap_or(Uuid::nil()),
            timestamp: header("x-webhook-timestamp")?,
            nonce,
            signature: header("x-webhook-signature")?
                .strip_prefix("sha256=")
                .and_then(from_hex),
        })
    }

    /// Whether the claim's signature is the one that `secret` gives; takes the same time for every signature.
    fn signed_with(&self, secret: &str, body: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            return false;
        };
        for part in [
            self.timestamp.as_bytes(),
            b".",
            self.nonce.as_bytes(),
            b".",
            body,
        ] {
            mac.update(part);
        }
        let signature = self.signature.as_deref().unwrap_or_default();
        mac.verify_slice(signature).is_ok()
    }

    fn check_time(&self, now_ms: i64) -> Result<()> {
        let sent: Option<i64> = self.timestamp.parse().ok();
        match sent.map(|seconds| seconds.abs_diff(now_ms.div_euclid(1000))) {
            Some(apart) if apart <= WINDOW_S => Ok(()),
            _ => Err(Error::new(
                Kind::Unauthorized,
                "X-Webhook-Timestamp must be the time of sending in Unix seconds, at most five minutes from our clock.",
            )),
        }
    }
}

/// As for channels: what is remembered is tried first, and looked up again when it does not verify.
async fn verified<H: Host>(
    host: &H,
    memory: &Memory,
    claim: &Claim<'_>,
    body: &[u8],
) -> Result<Rc<Signers>> {
    let now_ms = host.now_ms();
    if let Some(signers) = memory.recall(claim.key, now_ms)
        && signed_by(&signers, claim, body)
    {
        return Ok(signers);
    }
    let ring = host.settings().text("credentials_keys")?;
    let ring = KeyRing::parse(ring).map_err(Error::internal)?;
    let signers = Rc::new(key_signers(host, &ring, claim.key).await?);
    if !signed_by(&signers, claim, body) {
        let why = match signers.secrets.is_empty() {
            true => signers.absent,
            false => "the signature is wrong",
        };
        return Err(refused(why));
    }
    memory.keep(claim.key, Rc::clone(&signers), now_ms);
    Ok(signers)
}

fn signed_by(signers: &Signers, claim: &Claim<'_>, body: &[u8]) -> bool {
    if signers.secrets.is_empty() {
        let _ = claim.signed_with(super::NOBODY, body);
    }
    signers
        .secrets
        .iter()
        .any(|secret| claim.signed_with(secret.expose(), body))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect()
}
