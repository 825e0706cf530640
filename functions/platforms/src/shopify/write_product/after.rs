//! What comes after the product is written: its memory, its stock, its publication.

use super::{Goal, Phase};
use crate::shopify::call::Call;
use crate::shopify::documents::PUBLISH;
use crate::shopify::memory::{Existing, Memory};
use crate::shopify::shop::Shop;
use crate::shopify::stock::{Next, StockRun};
use common::platform::{Outcome, PlatformError, Step, StockLevel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is known when the product is written.
#[derive(Serialize, Deserialize)]
pub struct Done {
    pub id: String,
    pub created: bool,
    pub memory: Memory,
    pub stock: Value,
}

pub fn remember(
    goal: Goal<'_>,
    shop: Shop,
    product: &Existing,
    has_files: bool,
) -> Result<Memory, PlatformError> {
    let before = Memory::read(&goal.product.platform_data)?;
    let mut memory = before.after(goal.product, product, has_files);
    memory.location_id = Some(shop.location_id);
    if !shop.publication_ids.is_empty() {
        memory.publication_ids = shop.publication_ids;
    }
    Ok(memory)
}

pub fn set_stock(call: Call<'_>, goal: Goal<'_>, done: Done) -> Result<Step, PlatformError> {
    if done.created || !goal.product.set_stock {
        return publish(call, goal, done);
    }
    let wanted = goal.product.variants.iter().map(|variant| StockLevel {
        sku: variant.sku.clone(),
        quantity: variant.inventory_quantity,
    });
    let location = done.memory.location_id.clone().unwrap_or_default();
    let next = StockRun::begin(&done.id, location, wanted.collect());
    follow_stock(call, goal, done, next)
}

pub fn follow_stock(
    call: Call<'_>,
    goal: Goal<'_>,
    done: Done,
    next: Next,
) -> Result<Step, PlatformError> {
    match next {
        Next::Ask {
            document,
            variables,
            run,
        } => call.graphql(*document, &variables, &Phase::Stock { done, run }),
        Next::Settled(stock) => publish(call, goal, Done { stock, ..done }),
    }
}

/// An update does not change where the product is shown.
fn publish(call: Call<'_>, goal: Goal<'_>, done: Done) -> Result<Step, PlatformError> {
    if goal.must_be.is_some() {
        return Ok(finish(done, false));
    }
    let input: Vec<Value> = done
        .memory
        .publication_ids
        .iter()
        .map(|id| json!({"publicationId": id}))
        .collect();
    let variables = json!({"id": done.id, "input": input});
    call.graphql(PUBLISH, &variables, &Phase::Publish { done })
}

pub fn finish(done: Done, published: bool) -> Step {
    let result = json!({
        "external_id": done.id,
        "handle": done.memory.handle,
        "created": done.created,
        "variants": done.memory.variants.len(),
        "published_to": published.then_some(&done.memory.publication_ids),
        "stock": done.stock,
    });
    Step::done(Outcome {
        result,
        external_id: Some(done.id),
        platform_data: serde_json::to_value(&done.memory).ok(),
        ..Outcome::default()
    })
}
