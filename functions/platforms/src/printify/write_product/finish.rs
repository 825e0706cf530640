//! What comes after the product is written: its publication and what is remembered.

use super::{Goal, Phase};
use crate::printify::answer;
use crate::printify::call::Call;
use crate::printify::memory::{Memory, SentArtwork};
use crate::printify::product::Product;
use crate::printify::publish;
use common::platform::{Outcome, PlatformError, Presence, ProductStatus, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is known when the product is written.
#[derive(Serialize, Deserialize)]
pub struct Done {
    pub id: String,
    created: bool,
    variants: usize,
    memory: Memory,
    /// A part of the outcome already: what is offered at a loss.
    losses: Vec<(String, Option<String>)>,
}

/// What becomes of the product's publication.
enum Show {
    Publish,
    Hide,
    Leave,
}

pub fn written(
    call: Call<'_>,
    goal: Goal<'_>,
    response: &HttpResponse,
    created: bool,
    variants: &[i64],
    artwork: Option<SentArtwork>,
) -> Result<Step, PlatformError> {
    let product: Product = answer::read(response)?;
    if let Some(id) = variants.iter().find(|id| product.by_id(**id).is_none()) {
        return Err(PlatformError::protocol(format!(
            "`variants` lacks {id}, which was sent"
        )));
    }
    let losses = product.losses().into_iter();
    let done = Done {
        created,
        variants: variants.len(),
        memory: Memory::after(goal.product, &product, variants, artwork),
        losses: losses.map(|issue| (issue.message, issue.field)).collect(),
        id: product.id.clone(),
    };
    match show(goal, &product) {
        Show::Publish => {
            let id = done.id.clone();
            Ok(publish::publish(call, &id, false, &Phase::Publish(done))?.step())
        }
        Show::Hide => {
            let id = done.id.clone();
            Ok(publish::unpublished(call, &id, &Phase::Hide(done))?.step())
        }
        Show::Leave => Ok(finish(done, Some(Presence::Inactive))),
    }
}

fn show(goal: Goal<'_>, product: &Product) -> Show {
    match (goal.product.status, goal.must_be) {
        (Some(ProductStatus::Active), _) | (None, None) => Show::Publish,
        (None, Some(_)) if product.is_published() => Show::Publish,
        (Some(_), _) if product.is_published() => Show::Hide,
        _ => Show::Leave,
    }
}

/// The product is locked now: we are its channel and confirm, or its channel does.
pub fn follow_publish(
    call: Call<'_>,
    goal: Goal<'_>,
    done: Done,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    answer::accept(response)?;
    if !publish::is_ours(call.store) {
        return Ok(finish(done, Some(Presence::Pending)));
    }
    let (id, input) = (done.id.clone(), goal.product);
    let address = publish::address(call.store, &input.listing_id, input.handle.as_deref());
    let phase = Phase::Succeed(done);
    Ok(publish::succeeded(call, &id, &input.listing_id, &address, &phase)?.step())
}

pub fn published(done: Done, response: &HttpResponse) -> Result<Step, PlatformError> {
    answer::accept(response)?;
    Ok(finish(done, None))
}

pub fn hidden(done: Done, response: &HttpResponse) -> Result<Step, PlatformError> {
    answer::accept(response)?;
    Ok(finish(done, Some(Presence::Inactive)))
}

fn finish(done: Done, presence: Option<Presence>) -> Step {
    let losses: Vec<Value> = done
        .losses
        .iter()
        .map(|(message, _)| json!(message))
        .collect();
    let result = json!({
        "external_id": done.id,
        "created": done.created,
        "variants": done.variants,
        "published": presence.is_none(),
        "warnings": losses,
    });
    let issues = done
        .losses
        .into_iter()
        .map(|(message, field)| crate::printify::product::below_cost(message, field));
    Step::done(Outcome {
        result,
        external_id: Some(done.id),
        platform_data: serde_json::to_value(&done.memory).ok(),
        presence,
        issues: issues.collect(),
        ..Outcome::default()
    })
}
