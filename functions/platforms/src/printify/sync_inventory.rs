//! Switches variants on and off: Printify makes to order and keeps no count.

use super::answer;
use super::call::Call;
use super::memory::Memory;
use super::product::{Product, Variant};
use super::publish;
use crate::wire::recall;
use common::platform::{InventorySync, Outcome, PlatformError, Presence, State, Step, StockLevel};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
enum Phase {
    Read,
    /// Ending a publication that was begun.
    Unlock(Box<Product>),
    /// Switched; the result.
    Switch(Value),
    /// Told to the channel; the result.
    Publish(Value),
}

pub fn begin(call: Call<'_>, sync: &InventorySync) -> Result<Step, PlatformError> {
    let path = call.product(&sync.external_id, "")?;
    Ok(call.get(&path, &Phase::Read)?.step())
}

pub fn resume(
    call: Call<'_>,
    sync: &InventorySync,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Read => {
            let product: Option<Product> = answer::found(response)?;
            let product = product
                .filter(|product| !product.is_deleted)
                .ok_or_else(|| {
                    PlatformError::rejected_field(
                        "external_id",
                        "the product is no longer in the shop: publish the listing again",
                    )
                })?;
            match product.is_locked {
                true => unlock(call, product),
                false => switch(call, sync, &product),
            }
        }
        Phase::Unlock(product) => {
            answer::accept(response)?;
            switch(call, sync, &product)
        }
        Phase::Switch(result) => {
            answer::accept(response)?;
            if publish::is_ours(call.store) {
                return Ok(finish(sync, result, None));
            }
            let phase = Phase::Publish(result);
            Ok(publish::publish(call, &sync.external_id, true, &phase)?.step())
        }
        Phase::Publish(result) => {
            answer::accept(response)?;
            Ok(finish(sync, result, Some(Presence::Pending)))
        }
    }
}

/// A lock is ours to end where we are the channel and the product is marked as made for a listing.
fn unlock(call: Call<'_>, product: Product) -> Result<Step, PlatformError> {
    let listing_id = product.listing().map(str::to_owned);
    let listing_id = listing_id
        .filter(|_| publish::is_ours(call.store))
        .ok_or_else(answer::locked)?;
    let handle = product.external.as_ref().and_then(|it| it.handle.clone());
    let handle = handle.unwrap_or_else(|| publish::address(call.store, &listing_id, None));
    let id = product.id.clone();
    let phase = Phase::Unlock(Box::new(product));
    Ok(publish::succeeded(call, &id, &listing_id, &handle, &phase)?.step())
}

fn switch(call: Call<'_>, sync: &InventorySync, product: &Product) -> Result<Step, PlatformError> {
    let memory = Memory::read(&sync.platform_data)?;
    let mut rows = Vec::new();
    let mut changed = Vec::new();
    for level in &sync.levels {
        let variant = variant(product, &memory, level)?;
        let wanted = level.quantity > 0;
        if variant.is_enabled != wanted {
            rows.push(json!({"id": variant.id, "price": variant.price, "is_enabled": wanted}));
            changed.push(json!({"sku": level.sku, "enabled": wanted}));
        }
    }
    let unchanged = sync.levels.len() - changed.len();
    let result = json!({"changed": changed, "unchanged": unchanged});
    if rows.is_empty() {
        return Ok(finish(sync, result, None));
    }
    let path = call.product(&product.id, "")?;
    let body = json!({ "variants": rows });
    let request = call.send(Method::PUT, &path, &body, &Phase::Switch(result))?;
    Ok(request.repeatable().step())
}

fn variant<'p>(
    product: &'p Product,
    memory: &Memory,
    level: &StockLevel,
) -> Result<&'p Variant, PlatformError> {
    let known = memory.variants.get(&level.sku);
    known
        .and_then(|id| product.by_id(*id))
        .or_else(|| product.by_sku(&level.sku))
        .ok_or_else(|| {
            PlatformError::rejected_field(
                format!("levels.{}", level.sku),
                "the product has no variant with this SKU: update the listing first",
            )
        })
}

fn finish(sync: &InventorySync, result: Value, presence: Option<Presence>) -> Step {
    Step::done(Outcome {
        result,
        external_id: Some(sync.external_id.clone()),
        presence,
        ..Outcome::default()
    })
}
