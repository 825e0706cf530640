//! Answers the vendor's wish to publish a product: a person pressed "Publish" in Printify, which locks it. Our own
//! publications make the same wish known, and are mostly answered by the time that it is heard.

use super::answer::{self, Refusal};
use super::call::Call;
use super::product::Product;
use super::publish;
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading whether it still waits.
    Read,
    /// Answered.
    Answer,
}

pub fn begin(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    Ok(call.get(&call.product(id, "")?, &Phase::Read)?.step())
}

pub fn resume(
    call: Call<'_>,
    id: &str,
    listing_id: Option<&str>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let phase: Phase = recall(state)?;
    match (answer::accept(response), phase) {
        (Ok(()), Phase::Read) => {}
        (Ok(()), Phase::Answer) => return Ok(finish(id, "answered")),
        (Err(Refusal::Missing), _) => return Ok(finish(id, "gone")),
        (Err(other), _) => return Err(other.into()),
    }
    let product: Product = answer::read(response)?;
    if !product.is_locked || product.is_deleted {
        return Ok(finish(id, "not waiting"));
    }
    let exchange = match listing_id {
        Some(listing_id) => {
            let known = product.external.and_then(|external| external.handle);
            let handle = known.unwrap_or_else(|| publish::address(call.store, listing_id, None));
            publish::succeeded(call, id, listing_id, &handle, &Phase::Answer)
        }
        None => publish::failed(call, id, "No listing wants this product", &Phase::Answer),
    };
    Ok(exchange?.step())
}

fn finish(id: &str, ended: &str) -> Step {
    Step::done(Outcome {
        result: json!({"external_id": id, "publication": ended}),
        external_id: Some(id.to_owned()),
        ..Outcome::default()
    })
}
