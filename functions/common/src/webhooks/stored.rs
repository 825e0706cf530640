//! What the statement that stores a delivery answered, as the sender is told.

use crate::error::{Error, Result};
use crate::ports::Host;
use crate::reply::Reply;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Stored {
    outcome: String,
    id: Option<String>,
    conflicts: Option<u64>,
}

/// The answer for the outcome in `text`. An id that came with another body raises an alarm in the log.
///
/// # Errors
/// 401 when the sender went away meanwhile, 409 for a conflict or a nonce that was used.
pub(super) fn reply(
    host: &impl Host,
    text: &str,
    platform: &str,
    request_id: &str,
) -> Result<Reply> {
    let stored: Stored = serde_json::from_str(text).map_err(Error::internal)?;
    match stored.outcome.as_str() {
        "stored" | "duplicate" => {
            let body = json!({"status": stored.outcome, "id": stored.id});
            Ok(Reply::json(StatusCode::OK, body.to_string()))
        }
        "conflict" => {
            host.log(json!({
                "event": "webhook.conflict",
                "alarm": true,
                "platform": platform,
                "webhook.id": stored.id,
                "webhook.conflicts": stored.conflicts,
                "request.id": request_id,
            }));
            Err(Error::conflict(
                "An event with this id was delivered before, with another body. Send it under an id of its own.",
            ))
        }
        "replayed" => Err(Error::conflict(
            "This nonce was used before. Take a new one for each request, also to repeat an event.",
        )),
        "unknown" => Err(super::refused("the sender went away")),
        other => Err(Error::internal(format!("unknown outcome {other:?}"))),
    }
}
