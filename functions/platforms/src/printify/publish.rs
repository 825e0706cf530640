//! Publication. Printify locks a product that is published until its sales channel says how that went. In a
//! store of the kind "API" we are that channel; in one that Printify connected itself it finishes on its own.

use super::call::Call;
use common::platform::{Exchange, PlatformError, Store};
use http::Method;
use serde::Serialize;
use serde_json::{Value, json};

/// What the vendor calls the channel of a store of the kind "API", and of one that has none.
const OURS: [&str; 3] = ["custom_integration", "api", "disconnected"];

/// Whether we are the channel that answers.
pub fn is_ours(store: &Store) -> bool {
    store.setting("sales_channel").is_none_or(|channel| {
        let channel = channel.trim().to_lowercase();
        OURS.contains(&channel.as_str())
    })
}

/// Publishes everything about a product, or only its variants.
pub fn publish(
    call: Call<'_>,
    id: &str,
    only_variants: bool,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    let all = !only_variants;
    let body = json!({
        "title": all, "description": all, "images": all, "variants": true, "tags": all,
        "keyFeatures": all, "shipping_template": all,
    });
    Ok(call
        .send(Method::POST, &call.product(id, "/publish")?, &body, phase)?
        .costing("publish", 1))
}

/// Says that the product is published as `listing_id`, at `handle`. Unlocks it.
pub fn succeeded(
    call: Call<'_>,
    id: &str,
    listing_id: &str,
    handle: &str,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    let body = json!({"external": {"id": listing_id, "handle": handle}});
    answer(call, id, "/publishing_succeeded", &body, phase)
}

/// Says that the product was not published. Unlocks it.
pub fn failed(
    call: Call<'_>,
    id: &str,
    reason: &str,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    answer(
        call,
        id,
        "/publishing_failed",
        &json!({ "reason": reason }),
        phase,
    )
}

/// Says that the product is not shown any more.
pub fn unpublished(
    call: Call<'_>,
    id: &str,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    Ok(call
        .bare(Method::POST, &call.product(id, "/unpublish")?, phase)?
        .repeatable())
}

fn answer(
    call: Call<'_>,
    id: &str,
    what: &str,
    body: &Value,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    Ok(call
        .send(Method::POST, &call.product(id, what)?, body, phase)?
        .repeatable())
}

/// Where customers find a listing: below the storefront's address, if there is one.
pub fn address(store: &Store, listing_id: &str, handle: Option<&str>) -> String {
    let last = handle.unwrap_or(listing_id);
    match store.setting("storefront_url") {
        Some(url) => format!("{}/{last}", url.trim_end_matches('/')),
        None => last.to_owned(),
    }
}
