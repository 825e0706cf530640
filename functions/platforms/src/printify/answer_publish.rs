//! Answers the vendor's wish to publish a product: a person pressed "Publish" in Printify, which locks it.

use super::answer::{self, Refusal};
use super::call::Call;
use super::publish;
use common::platform::{Outcome, PlatformError, Step};
use common::ports::HttpResponse;
use serde_json::json;

pub fn begin(call: Call<'_>, id: &str, listing_id: Option<&str>) -> Result<Step, PlatformError> {
    let exchange = match listing_id {
        Some(listing_id) => {
            let address = publish::address(call.store, listing_id, None);
            publish::succeeded(call, id, listing_id, &address, &())
        }
        None => publish::failed(call, id, "No listing wants this product", &()),
    };
    Ok(exchange?.step())
}

/// A product that is gone meanwhile waits for no answer.
pub fn resume(id: &str, response: &HttpResponse) -> Result<Step, PlatformError> {
    let was_gone = match answer::accept(response) {
        Ok(()) => false,
        Err(Refusal::Missing) => true,
        Err(other) => return Err(other.into()),
    };
    Ok(Step::done(Outcome {
        result: json!({"external_id": id, "was_gone": was_gone}),
        external_id: Some(id.to_owned()),
        ..Outcome::default()
    }))
}
