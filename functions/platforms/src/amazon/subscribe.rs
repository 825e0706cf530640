//! Subscribes to notifications. Amazon posts none over HTTP: they go to EventBridge or a queue of the seller's
//! own AWS account, and from there to us. That part a person sets up once.

use super::answer::{accept, found};
use super::call::{Ask, Call};
use super::limits;
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step, Store, Subscriptions};
use common::ports::HttpResponse;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What goes over EventBridge.
const EVENT_BRIDGE: [&str; 3] = [
    "LISTINGS_ITEM_STATUS_CHANGE",
    "LISTINGS_ITEM_ISSUES_CHANGE",
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
];
/// What goes over a queue.
const QUEUE: [&str; 1] = ["ORDER_CHANGE"];

const VERSION: &str = "1.0";

/// One subscription that is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Wanted {
    topic: String,
    destination: String,
}

#[derive(Serialize, Deserialize)]
struct Progress {
    /// The last one is under way.
    left: Vec<Wanted>,
    registered: Vec<String>,
    present: Vec<String>,
    is_creating: bool,
}

impl Progress {
    fn created(&mut self, topic: String, response: &HttpResponse) -> Result<(), PlatformError> {
        match response.status() {
            // Somebody else was faster.
            StatusCode::CONFLICT => self.present.push(topic),
            _ => {
                accept(response)?;
                self.registered.push(topic);
            }
        }
        self.is_creating = false;
        self.left.pop();
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    destination_id: String,
}

#[derive(Deserialize)]
struct Answer {
    payload: Option<Subscription>,
}

pub fn begin(call: Call<'_>, wanted: &Subscriptions) -> Result<Step, PlatformError> {
    let mut left = wanted_for(call.store, "sqs_destination_id", &QUEUE);
    left.extend(wanted_for(call.store, "destination_id", &EVENT_BRIDGE));
    let progress = Progress {
        left,
        registered: Vec::new(),
        present: Vec::new(),
        is_creating: false,
    };
    next(call, wanted, progress)
}

fn wanted_for(store: &Store, setting: &str, topics: &[&str]) -> Vec<Wanted> {
    let destination = store.setting(setting);
    destination.map_or_else(Vec::new, |destination| {
        topics
            .iter()
            .map(|topic| Wanted {
                topic: (*topic).to_owned(),
                destination: destination.to_owned(),
            })
            .collect()
    })
}

pub fn resume(
    call: Call<'_>,
    wanted: &Subscriptions,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let mut progress: Progress = recall(state)?;
    let Some(current) = progress.left.last().cloned() else {
        return Ok(done(call, wanted, &progress));
    };
    if progress.is_creating {
        progress.created(current.topic, response)?;
        return next(call, wanted, progress);
    }
    match found::<Answer>(response)?.and_then(|answer| answer.payload) {
        Some(has) if has.destination_id == current.destination => {
            progress.present.push(current.topic);
            progress.left.pop();
            next(call, wanted, progress)
        }
        // One with another destination is another application's setting of ours: Amazon keeps one a version.
        Some(has) => Err(PlatformError::rejected_field(
            "config.destination_id",
            format!(
                "`{}` is subscribed to the destination `{}` already: use that one, or delete its subscription",
                current.topic, has.destination_id
            ),
        )),
        None => {
            let body = json!({"payloadVersion": VERSION, "destinationId": current.destination});
            let ask = Ask::write(
                Method::POST,
                limits::CREATE_SUBSCRIPTION,
                path(&current.topic),
            );
            progress.is_creating = true;
            call.send(ask.json(&body), &progress)
        }
    }
}

fn path(topic: &str) -> String {
    format!("/notifications/v1/subscriptions/{topic}")
}

fn next(call: Call<'_>, wanted: &Subscriptions, progress: Progress) -> Result<Step, PlatformError> {
    match progress.left.last() {
        Some(next) => {
            let ask = Ask::get(limits::GET_SUBSCRIPTION, path(&next.topic));
            call.send(ask.query("payloadVersion", VERSION), &progress)
        }
        None => Ok(done(call, wanted, &progress)),
    }
}

fn done(call: Call<'_>, wanted: &Subscriptions, progress: &Progress) -> Step {
    let mut result = Map::new();
    result.insert("registered".to_owned(), json!(progress.registered));
    result.insert("present".to_owned(), json!(progress.present));
    if let Some(steps) = manual(call.store, wanted) {
        result.insert("manual".to_owned(), json!(steps));
    }
    Step::done(Outcome {
        result: Value::Object(result),
        ..Outcome::default()
    })
}

/// What a person has to do as long as a destination is unknown.
fn manual(store: &Store, wanted: &Subscriptions) -> Option<String> {
    let address = &wanted.address;
    let mut steps = Vec::new();
    if store.setting("destination_id").is_none() {
        steps.push(format!(
            "Listings ({}): create an EventBridge destination (createDestination), accept its partner event source as a bus, add a rule with an API destination POST {address} whose connection is an API key named x-api-key with the store's webhook_key, then set config.destination_id.",
            EVENT_BRIDGE.join(", ")
        ));
    }
    if store.setting("sqs_destination_id").is_none() {
        steps.push(format!(
            "Orders ({}): create an SQS destination, connect its queue by an EventBridge pipe with batch size 1 and input template <$.body> to the same API destination {address}, then set config.sqs_destination_id.",
            QUEUE.join(", ")
        ));
    }
    (!steps.is_empty()).then(|| steps.join(" "))
}
