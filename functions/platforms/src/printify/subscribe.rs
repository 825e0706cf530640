//! Sees to it that every event of the shop comes to us, signed. What others registered is left alone.

use super::answer::{self, Refusal};
use super::call::Call;
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step, Subscriptions};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Every event that the vendor has.
pub const TOPICS: [&str; 8] = [
    "shop:disconnected",
    "product:deleted",
    "product:publish:started",
    "order:created",
    "order:updated",
    "order:sent-to-production",
    "order:shipment:created",
    "order:shipment:delivered",
];

#[derive(Serialize, Deserialize)]
enum Phase {
    List,
    Register(Registration),
}

#[derive(Default, Serialize, Deserialize)]
struct Registration {
    /// Topics to be registered; the last is under way.
    left: Vec<String>,
    registered: Vec<String>,
    present: Vec<String>,
    /// Topics that the vendor refused, with its reason.
    refused: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Webhook {
    topic: String,
    url: String,
}

pub fn begin(call: Call<'_>, _: &Subscriptions) -> Result<Step, PlatformError> {
    secret(call)?;
    Ok(call
        .get(&call.in_shop("webhooks.json")?, &Phase::List)?
        .step())
}

fn secret(call: Call<'_>) -> Result<&str, PlatformError> {
    call.store.credential("webhook_secret").ok_or_else(|| {
        PlatformError::rejected_field(
            "credentials.webhook_secret",
            "is missing: without it Printify signs nothing, and nothing unsigned is taken",
        )
    })
}

pub fn resume(
    call: Call<'_>,
    wanted: &Subscriptions,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::List => {
            let there: Vec<Webhook> = answer::read(response)?;
            let is_there = |topic: &str| {
                there
                    .iter()
                    .any(|it| it.topic == topic && it.url == wanted.address)
            };
            let (present, mut left): (Vec<String>, Vec<String>) = TOPICS
                .iter()
                .map(|topic| (*topic).to_owned())
                .partition(|topic| is_there(topic));
            left.reverse();
            register(
                call,
                wanted,
                Registration {
                    left,
                    present,
                    ..Registration::default()
                },
            )
        }
        Phase::Register(mut at) => {
            let topic = at.left.pop().unwrap_or_default();
            match answer::accept(response) {
                Ok(()) => at.registered.push(topic),
                Err(Refusal::Other(PlatformError::Rejected { reason, .. })) => {
                    at.refused.push((topic, reason));
                }
                Err(other) => return Err(other.into()),
            }
            register(call, wanted, at)
        }
    }
}

fn register(
    call: Call<'_>,
    wanted: &Subscriptions,
    at: Registration,
) -> Result<Step, PlatformError> {
    let Some(topic) = at.left.last() else {
        return Ok(finish(at));
    };
    let body = json!({"topic": topic, "url": wanted.address, "secret": secret(call)?});
    let path = call.in_shop("webhooks.json")?;
    Ok(call
        .send(Method::POST, &path, &body, &Phase::Register(at))?
        .step())
}

fn finish(at: Registration) -> Step {
    let refused: Vec<String> = at
        .refused
        .iter()
        .map(|(topic, reason)| format!("{topic} ({reason})"))
        .collect();
    let mut result = json!({"registered": at.registered, "present": at.present});
    if let (false, Some(fields)) = (refused.is_empty(), result.as_object_mut()) {
        let manual = format!(
            "Printify did not register {}: remove what else is registered for it there, then connect again",
            refused.join(", ")
        );
        fields.insert("manual".to_owned(), json!(manual));
    }
    Step::done(Outcome {
        result,
        ..Outcome::default()
    })
}
