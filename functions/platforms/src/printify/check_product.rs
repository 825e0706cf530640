//! How the shop shows a product.

use super::answer;
use super::call::Call;
use super::product::Product;
use common::platform::{Outcome, PlatformError, Presence, Step};
use common::ports::HttpResponse;
use serde_json::json;

pub fn begin(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    Ok(call.get(&call.product(id, "")?, &())?.step())
}

pub fn resume(_: Call<'_>, id: &str, response: &HttpResponse) -> Result<Step, PlatformError> {
    let product: Option<Product> = answer::found(response)?;
    let Some(product) = product.filter(|product| !product.is_deleted) else {
        return Ok(Step::done(Outcome {
            result: json!({"external_id": id, "found": false}),
            external_id: Some(id.to_owned()),
            presence: Some(Presence::Gone),
            ..Outcome::default()
        }));
    };
    let issues = product.losses();
    let presence = presence(&product);
    let product = product.external()?;
    Ok(Step::done(Outcome {
        result: json!({"external_id": product.external_id, "status": product.status}),
        external_id: Some(product.external_id.clone()),
        presence: Some(presence),
        issues,
        products: vec![product],
        ..Outcome::default()
    }))
}

fn presence(product: &Product) -> Presence {
    let mut offered = product.variants.iter().filter(|variant| variant.is_enabled);
    if product.is_locked {
        Presence::Pending
    } else if !product.is_published() || !product.visible {
        Presence::Inactive
    } else if offered.any(|variant| variant.is_available) {
        Presence::Live
    } else {
        Presence::OutOfStock
    }
}
