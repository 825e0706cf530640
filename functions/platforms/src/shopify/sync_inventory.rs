//! Sets the stock of a listing's variants.

use super::call::Call;
use super::documents::PREPARE;
use super::shop::{Prepared, known_location};
use super::stock::{Next, StockRun};
use crate::wire::recall;
use common::platform::{InventorySync, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Asking where the stock lies.
    Locate,
    /// Reading and writing it.
    Stock(StockRun),
}

pub fn begin(call: Call<'_>, sync: &InventorySync) -> Result<Step, PlatformError> {
    match known_location(call.store, &sync.platform_data) {
        Some(location) => run(call, sync, location),
        None => {
            let variables = json!({"identifier": {"id": sync.external_id}});
            call.graphql(PREPARE, &variables, &Phase::Locate)
        }
    }
}

pub fn resume(
    call: Call<'_>,
    sync: &InventorySync,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Locate => {
            let prepared = Prepared::read(response)?;
            run(
                call,
                sync,
                prepared.location(call.store, &sync.platform_data)?,
            )
        }
        Phase::Stock(stock) => follow(call, sync, stock.resume(call.operation, response)?),
    }
}

fn run(call: Call<'_>, sync: &InventorySync, location: String) -> Result<Step, PlatformError> {
    let next = StockRun::begin(&sync.external_id, location, sync.levels.clone());
    follow(call, sync, next)
}

fn follow(call: Call<'_>, sync: &InventorySync, next: Next) -> Result<Step, PlatformError> {
    match next {
        Next::Ask {
            document,
            variables,
            run,
        } => call.graphql(*document, &variables, &Phase::Stock(run)),
        Next::Settled(result) => Ok(Step::done(Outcome {
            result,
            external_id: Some(sync.external_id.clone()),
            ..Outcome::default()
        })),
    }
}
