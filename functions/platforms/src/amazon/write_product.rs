//! Makes and changes a listing's items. Amazon accepts first and decides later.

use super::answer::found;
use super::call::Call;
use super::choices::Choices;
use super::item::Item;
use super::known::{DATA, Known, Reading};
use super::listings;
use super::plan::Goal;
use super::submit::{Next, Submission};
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, Presence, ProductInput, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading what is there.
    Read(Reading),
    /// Looking for the item that has to be there: a search may not know yet what was made a moment ago.
    Confirm(Reading),
    /// Writing.
    Submit {
        before: Before,
        memory: Value,
        submission: Submission,
    },
}

/// What there was before the writes.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Before {
    was_there: bool,
    /// A change of what customers can buy leaves it on sale.
    was_live: bool,
}

/// `must_be` is the listing's `external_id` in an update; a create finds or makes it.
pub fn begin(
    call: Call<'_>,
    product: &ProductInput,
    must_be: Option<&str>,
) -> Result<Step, PlatformError> {
    let choices = Choices::read(&product.platform_data)?;
    let goal = Goal::new(call, product, &choices, must_be)?;
    let (ask, reading) = Reading::begin(call, goal.skus()?)?;
    call.send(ask, &Phase::Read(reading))
}

pub fn resume(
    call: Call<'_>,
    product: &ProductInput,
    must_be: Option<&str>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let choices = Choices::read(&product.platform_data)?;
    let goal = Goal::new(call, product, &choices, must_be)?;
    match recall(state)? {
        Phase::Read(reading) => match reading.resume(call, response)? {
            (Some(ask), reading) => call.send(ask, &Phase::Read(reading)),
            (None, reading) if must_be.is_some() && !reading.known.contains_key(goal.head) => {
                let ask = listings::get(call, goal.head, DATA)?;
                call.send(ask, &Phase::Confirm(reading))
            }
            (None, reading) => write(goal, &reading),
        },
        Phase::Confirm(mut reading) => {
            let item = found::<Item>(response)?.ok_or_else(is_gone)?;
            let known = Known::of(&item, call.market_id()?);
            reading.known.insert(goal.head.to_owned(), known);
            write(goal, &reading)
        }
        Phase::Submit {
            before,
            memory,
            submission,
        } => follow(goal, before, memory, submission.resume(call, response)?),
    }
}

fn is_gone() -> PlatformError {
    PlatformError::rejected_field(
        "external_id",
        "Amazon has no item with this SKU any more: publish the listing again",
    )
}

fn write(goal: Goal<'_>, reading: &Reading) -> Result<Step, PlatformError> {
    let was_there = reading.known.contains_key(goal.head);
    let plan = goal.plan(&reading.known)?;
    let next = Submission::begin(goal.call, plan.writes)?;
    let before = Before {
        was_there,
        was_live: reading.known.values().any(|known| known.is_live),
    };
    follow(goal, before, plan.memory, next)
}

fn follow(
    goal: Goal<'_>,
    before: Before,
    memory: Value,
    next: Next,
) -> Result<Step, PlatformError> {
    match next {
        Next::Ask(ask, submission) => goal.call.send(
            *ask,
            &Phase::Submit {
                before,
                memory,
                submission,
            },
        ),
        Next::Settled(result) => Ok(Step::done(Outcome {
            result: json!({"created": !before.was_there, "sku": goal.head, "amazon": result}),
            external_id: Some(goal.head.to_owned()),
            platform_data: Some(memory),
            presence: Some(match before.was_live {
                true => Presence::Live,
                false => Presence::Pending,
            }),
            ..Outcome::default()
        })),
    }
}
