//! Removes a product. One that is gone already is removed: an earlier attempt's reply may have been lost. Where
//! we are the sales channel the product is taken off it first; a channel of Printify's own removes its listing
//! when the product is deleted, and forgets it when the product is unpublished before.

use super::answer::{self, Refusal};
use super::call::Call;
use super::product::Product;
use super::publish;
use crate::wire::recall;
use common::platform::{Exchange, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading what it is like.
    Read,
    /// Ending a publication that was begun.
    Unlock {
        published: bool,
    },
    /// Taking it off the channel.
    Unpublish,
    Delete,
}

pub fn begin(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    Ok(call.get(&call.product(id, "")?, &Phase::Read)?.step())
}

pub fn resume(
    call: Call<'_>,
    id: &str,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let phase: Phase = recall(state)?;
    match answer::accept(response) {
        Ok(()) => {}
        Err(Refusal::Missing) => return Ok(finish(id, true)),
        Err(other) => return Err(other.into()),
    }
    let next = match phase {
        Phase::Read => {
            let product: Product = answer::read(response)?;
            if product.is_deleted {
                return Ok(finish(id, true));
            }
            after_read(call, id, &product)?
        }
        Phase::Unlock { published: true } => publish::unpublished(call, id, &Phase::Unpublish)?,
        Phase::Unlock { published: false } | Phase::Unpublish => delete(call, id)?,
        Phase::Delete => return Ok(finish(id, false)),
    };
    Ok(next.step())
}

fn after_read(call: Call<'_>, id: &str, product: &Product) -> Result<Exchange, PlatformError> {
    let published = product.is_published();
    match (publish::is_ours(call.store), product.is_locked) {
        (true, true) => {
            let phase = Phase::Unlock { published };
            publish::failed(call, id, "The listing was withdrawn", &phase)
        }
        (true, false) if published => publish::unpublished(call, id, &Phase::Unpublish),
        (true, false) => delete(call, id),
        (false, true) => Err(answer::locked()),
        (false, false) => delete(call, id),
    }
}

fn delete(call: Call<'_>, id: &str) -> Result<Exchange, PlatformError> {
    let path = call.product(id, "")?;
    Ok(call
        .bare(Method::DELETE, &path, &Phase::Delete)?
        .repeatable())
}

fn finish(id: &str, was_gone: bool) -> Step {
    Step::done(Outcome {
        result: json!({"external_id": id, "deleted": !was_gone, "was_gone": was_gone}),
        external_id: Some(id.to_owned()),
        ..Outcome::default()
    })
}
