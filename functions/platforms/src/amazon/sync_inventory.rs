//! Sets the stock that the merchant sends himself. What lies in Amazon's warehouses Amazon counts.
//!
//! Every level is written, also one that reads as wanted: an accepted write shows only later, so what is read
//! may be what an earlier write is about to change.

use super::call::Call;
use super::choices::{Choices, no_product_type};
use super::known::Reading;
use super::listings::stock_patch;
use super::plan::amazon_counts;
use super::submit::{Next, Submission, Write};
use crate::wire::recall;
use common::platform::{InventorySync, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading what is there.
    Read(Reading),
    /// Writing.
    Submit {
        set: Vec<Value>,
        submission: Submission,
    },
}

pub fn begin(call: Call<'_>, sync: &InventorySync) -> Result<Step, PlatformError> {
    for level in &sync.levels {
        super::family::check_sku(&level.sku)?;
    }
    let skus = sync.levels.iter().map(|level| level.sku.clone()).collect();
    let (ask, reading) = Reading::begin(call, skus)?;
    call.send(ask, &Phase::Read(reading))
}

pub fn resume(
    call: Call<'_>,
    sync: &InventorySync,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Read(reading) => match reading.resume(call, response)? {
            (Some(ask), reading) => call.send(ask, &Phase::Read(reading)),
            (None, reading) => write(call, sync, &reading),
        },
        Phase::Submit { set, submission } => {
            follow(call, sync, set, submission.resume(call, response)?)
        }
    }
}

fn write(call: Call<'_>, sync: &InventorySync, reading: &Reading) -> Result<Step, PlatformError> {
    let choices = Choices::read(&sync.platform_data)?;
    let mut writes = Vec::new();
    let mut set = Vec::new();
    for level in &sync.levels {
        let known = reading.known.get(&level.sku).ok_or_else(|| {
            PlatformError::rejected_field(
                "sku",
                format!(
                    "Amazon has no item `{}`: publish or update the listing first",
                    level.sku
                ),
            )
        })?;
        if let Some(code) = &known.amazon_fulfilled {
            return Err(amazon_counts(&level.sku, code));
        }
        let quantity = level.quantity.max(0);
        let product_type = known
            .product_type
            .as_deref()
            .or_else(|| choices.product_type(call.store))
            .ok_or_else(|| no_product_type(&[]))?;
        writes.push(Write::Patch {
            sku: level.sku.clone(),
            body: json!({"productType": product_type, "patches": [stock_patch(quantity)]}),
        });
        set.push(json!({"sku": level.sku, "from": known.quantity, "to": quantity}));
    }
    let next = Submission::begin(call, writes)?;
    follow(call, sync, set, next)
}

fn follow(
    call: Call<'_>,
    sync: &InventorySync,
    set: Vec<Value>,
    next: Next,
) -> Result<Step, PlatformError> {
    match next {
        Next::Ask(ask, submission) => call.send(*ask, &Phase::Submit { set, submission }),
        Next::Settled(result) => Ok(Step::done(Outcome {
            result: json!({"set": set, "amazon": result}),
            external_id: Some(sync.external_id.clone()),
            ..Outcome::default()
        })),
    }
}
