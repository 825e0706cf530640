//! Removes a listing's items, a family's children before their parent.

use super::answer::{content, found};
use super::call::Call;
use super::item::Item;
use super::listings::{self, Page};
use super::submit::{Next, Submission, Write};
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DATA: &str = "summaries,relationships";

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading the item.
    Look,
    /// Reading its family.
    Family { skus: Vec<String> },
    /// Removing.
    Submit(Submission),
}

pub fn begin(call: Call<'_>, sku: &str) -> Result<Step, PlatformError> {
    call.send(listings::get(call, sku, DATA)?, &Phase::Look)
}

pub fn resume(
    call: Call<'_>,
    sku: &str,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Look => match found::<Item>(response)? {
            None => Ok(done(sku, json!({"was_gone": true}))),
            Some(item) if item.children(call.market_id()?).is_empty() => {
                remove(call, sku, Vec::new())
            }
            Some(_) => {
                let ask = listings::search_children(call, sku, "summaries", None)?;
                call.send(ask, &Phase::Family { skus: Vec::new() })
            }
        },
        Phase::Family { mut skus } => {
            let page: Page = content(response)?;
            let token = page.next().map(str::to_owned);
            skus.extend(page.items.into_iter().map(|item| item.sku));
            match token {
                Some(token) => {
                    let ask = listings::search_children(call, sku, "summaries", Some(&token))?;
                    call.send(ask, &Phase::Family { skus })
                }
                None => remove(call, sku, skus),
            }
        }
        Phase::Submit(submission) => follow(call, sku, submission.resume(call, response)?),
    }
}

fn remove(call: Call<'_>, sku: &str, children: Vec<String>) -> Result<Step, PlatformError> {
    let skus = children.into_iter().chain([sku.to_owned()]);
    let writes = skus.map(|sku| Write::Delete { sku }).collect();
    follow(call, sku, Submission::begin(call, writes)?)
}

fn follow(call: Call<'_>, sku: &str, next: Next) -> Result<Step, PlatformError> {
    match next {
        Next::Ask(ask, submission) => call.send(*ask, &Phase::Submit(submission)),
        Next::Settled(result) => Ok(done(sku, json!({"deleted": true, "amazon": result}))),
    }
}

fn done(sku: &str, result: Value) -> Step {
    Step::done(Outcome {
        result,
        external_id: Some(sku.to_owned()),
        // Nothing of it is there to be remembered.
        platform_data: Some(json!({"items": {}})),
        ..Outcome::default()
    })
}
