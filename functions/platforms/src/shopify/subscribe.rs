//! Sees to it that the shop's notifications come to us: asks which subscriptions lead to our address, and
//! makes those that are missing. Subscriptions to other addresses are another's business.

use super::answer::{Nodes, UserError, accept, data};
use super::call::Call;
use super::documents::{SUBSCRIBE, WEBHOOKS};
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step, Subscriptions};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What we act on. `ORDERS_UPDATED` comes for payments, shipments and cancellations too. The topics of
/// privacy law (customers/redact …) are set in the app's own configuration and can't be subscribed to.
const TOPICS: [&str; 6] = [
    "APP_UNINSTALLED",
    "INVENTORY_LEVELS_UPDATE",
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "PRODUCTS_DELETE",
    "PRODUCTS_UPDATE",
];

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Asked what is there.
    Look,
    /// Asked for `topic`.
    Subscribe { topic: String, run: Run },
}

#[derive(Default, Serialize, Deserialize)]
struct Run {
    present: Vec<String>,
    registered: Vec<String>,
    /// In reverse.
    missing: Vec<String>,
}

pub fn begin(call: Call<'_>, wanted: &Subscriptions) -> Result<Step, PlatformError> {
    call.graphql(WEBHOOKS, &json!({"address": wanted.address}), &Phase::Look)
}

pub fn resume(
    call: Call<'_>,
    wanted: &Subscriptions,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Look => go_on(call, wanted, look(wanted, response)?),
        Phase::Subscribe { topic, mut run } => {
            if subscribed(response)? {
                run.registered.push(topic);
            } else {
                run.present.push(topic);
            }
            go_on(call, wanted, run)
        }
    }
}

fn look(wanted: &Subscriptions, response: &HttpResponse) -> Result<Run, PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        webhook_subscriptions: Nodes<Subscription>,
    }
    #[derive(Deserialize)]
    struct Subscription {
        topic: String,
        uri: String,
    }
    let there = data::<Answer>(response)?.webhook_subscriptions.nodes;
    let is_there = |topic: &&str| {
        there
            .iter()
            .any(|it| it.topic == *topic && it.uri == wanted.address)
    };
    let (present, missing): (Vec<&str>, Vec<&str>) = TOPICS.iter().partition(|it| is_there(it));
    Ok(Run {
        present: present.into_iter().map(str::to_owned).collect(),
        registered: Vec::new(),
        missing: missing.into_iter().rev().map(str::to_owned).collect(),
    })
}

/// Asks for the next missing topic, or ends.
fn go_on(call: Call<'_>, wanted: &Subscriptions, mut run: Run) -> Result<Step, PlatformError> {
    let Some(topic) = run.missing.pop() else {
        return Ok(Step::done(Outcome {
            result: json!({
                "address": wanted.address,
                "registered": run.registered,
                "present": run.present,
            }),
            ..Outcome::default()
        }));
    };
    let webhook = json!({"uri": wanted.address, "format": "JSON"});
    let variables = json!({"topic": topic, "webhook": webhook});
    call.graphql(SUBSCRIBE, &variables, &Phase::Subscribe { topic, run })
}

/// Whether the subscription was made now; an earlier attempt whose reply was lost may have made it.
fn subscribed(response: &HttpResponse) -> Result<bool, PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        webhook_subscription_create: Payload,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        user_errors: Vec<UserError>,
    }
    let errors = data::<Answer>(response)?
        .webhook_subscription_create
        .user_errors;
    // These errors have no code.
    let is_taken = |error: &UserError| error.message.contains("already been taken");
    if !errors.is_empty() && errors.iter().all(is_taken) {
        return Ok(false);
    }
    accept(&errors)?;
    Ok(true)
}
